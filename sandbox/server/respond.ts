import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { VendorResponse } from './vendor.ts';

type Body = VendorResponse['body'];

/** Sends an answer whole. A streamed body waits for the socket, so that it stays in bounded memory. */
export async function send(
  res: ServerResponse,
  status: number,
  headers: Record<string, string>,
  body: Body,
): Promise<void> {
  if (typeof body === 'string' || Buffer.isBuffer(body)) {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    // 204 has no body, and a length of it would be wrong.
    res.writeHead(status, status === 204 ? headers : { ...headers, 'content-length': String(bytes.length) });
    res.end(bytes);
    return;
  }
  res.writeHead(status, headers);
  for await (const part of body) {
    if (res.destroyed) return;
    if (!res.write(part)) await drained(res);
  }
  res.end();
}

/** Until the socket takes more, or is gone. */
export function drained(res: ServerResponse): Promise<void> {
  return new Promise((done) => {
    const go = (): void => {
      res.off('drain', go).off('close', go);
      done();
    };
    res.on('drain', go).on('close', go);
  });
}

/** Announces the whole body, sends the first half, and hangs up. */
export async function sendHalf(
  res: ServerResponse,
  status: number,
  headers: Record<string, string>,
  body: Body,
): Promise<void> {
  const bytes = await collect(body);
  res.writeHead(status, { ...headers, 'content-length': String(Math.max(2, bytes.length)) });
  res.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => res.destroy());
}

/** Sends the body in ten drops over `ms`. */
export async function sendSlowly(
  res: ServerResponse,
  status: number,
  headers: Record<string, string>,
  body: Body,
  ms: number,
): Promise<void> {
  const bytes = await collect(body);
  res.writeHead(status, { ...headers, 'content-length': String(bytes.length) });
  const drops = 10;
  for (let n = 0; n < drops && !res.destroyed; n++) {
    res.write(bytes.subarray(Math.floor((bytes.length * n) / drops), Math.floor((bytes.length * (n + 1)) / drops)));
    await wait(ms / drops);
  }
  res.end();
}

export async function collect(body: Body): Promise<Buffer> {
  if (typeof body === 'string') return Buffer.from(body);
  if (Buffer.isBuffer(body)) return body;
  const parts: string[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.from(parts.join(''));
}
