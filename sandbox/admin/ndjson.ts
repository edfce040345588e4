import type { ServerResponse } from 'node:http';
import { drained } from '../server/respond.ts';

export function sendJson(res: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': String(body.length) });
  res.end(body);
}

/** One record a line, in parcels, waiting for the socket: a million records stream in bounded memory. */
export async function ndjson(res: ServerResponse, lines: Iterable<unknown>): Promise<void> {
  res.writeHead(200, { 'content-type': 'application/x-ndjson' });
  let parcel = '';
  for (const line of lines) {
    parcel += `${JSON.stringify(line)}\n`;
    if (parcel.length < 65_536) continue;
    if (!res.write(parcel)) await drained(res);
    if (res.destroyed) return;
    parcel = '';
  }
  res.end(parcel);
}
