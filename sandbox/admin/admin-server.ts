import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Clock, PendoRegion } from '../contract.ts';
import type { Worlds } from '../server/world.ts';
import { AdminError } from './admin-error.ts';
import { checkedFault } from './checked-fault.ts';
import { fieldWrites } from './field-writes.ts';
import { ndjson, sendJson } from './ndjson.ts';
import { worldRequest } from './world-request.ts';
import { routeWorld } from './world-routes.ts';

export interface SandboxAddresses {
  hubspotUrl: string;
  pendoUrl: string;
  pendoUrls: Record<PendoRegion, string>;
  oauth: { clientId: string; clientSecret: string };
}

/** The admin API of `sandbox/contract.ts`. */
export function createAdminServer(worlds: Worlds, addresses: SandboxAddresses): Server {
  return createServer((req, res) => {
    answer(worlds, addresses, req, res).catch((error: unknown) => {
      const status =
        error instanceof AdminError
          ? error.status
          : error instanceof RangeError || error instanceof SyntaxError
            ? 400
            : 500;
      if (status === 500)
        process.stderr.write(
          `admin ${req.method} ${req.url}: ${error instanceof Error ? error.stack : String(error)}\n`,
        );
      if (res.headersSent) res.destroy();
      else sendJson(res, status, { error: error instanceof Error ? error.message : String(error) });
    });
  });
}

async function answer(
  worlds: Worlds,
  addresses: SandboxAddresses,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const url = new URL(req.url ?? '/', 'http://sandbox');
  const [area, noun, name, ...rest] = url.pathname.split('/').filter(Boolean).map(decodeURIComponent);
  const method = req.method ?? 'GET';
  if (area !== 'admin') throw new AdminError(404, 'Everything is under /admin.');
  if (noun === 'health' && method === 'GET') return sendJson(res, 200, { ok: true, ...addresses });
  if (noun === 'clock') return clock(worlds, method, req, res);
  if (noun === 'writes' && method === 'GET') return ndjson(res, fieldWrites(worlds.all(), url.searchParams));
  if (noun === 'faults') return faults(worlds, method, req, res);
  if (noun !== 'worlds') throw new AdminError(404, `There is no /admin/${noun ?? ''}.`);

  if (name === undefined) {
    if (method === 'GET')
      return sendJson(
        res,
        200,
        worlds.all().map(({ world }) => world),
      );
    if (method !== 'POST') throw new AdminError(405, 'GET or POST.');
    const request = worldRequest(await readJson(req));
    if (worlds.named(request.world)) throw new AdminError(409, `There is a world ${request.world} already.`);
    return sendJson(res, 201, worlds.create(request).world);
  }
  const live = worlds.named(name);
  if (!live) throw new AdminError(404, `There is no world ${name}.`);
  if (rest.length === 0) {
    if (method === 'DELETE') return sendJson(res, 200, { deleted: worlds.delete(name) });
    if (method === 'GET') return sendJson(res, 200, live.world);
  }
  const result = await routeWorld({
    worlds,
    live,
    method,
    path: rest.join('/'),
    query: url.searchParams,
    body: () => readJson(req),
  });
  if ('lines' in result) return ndjson(res, result.lines);
  sendJson(res, 200, result.value);
}

async function clock(worlds: Worlds, method: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
  if (method === 'GET') return sendJson(res, 200, worlds.clock.state());
  if (method !== 'PUT') throw new AdminError(405, 'GET or PUT.');
  const change = (await readJson(req)) as Partial<Clock>;
  if (change.now !== undefined && !Number.isFinite(change.now)) throw new AdminError(400, 'now is epoch milliseconds.');
  sendJson(res, 200, worlds.clock.set(change));
}

async function faults(worlds: Worlds, method: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
  if (method === 'POST')
    return sendJson(res, 200, { id: worlds.faults.add(checkedFault(worlds, await readJson(req))) });
  if (method !== 'DELETE') throw new AdminError(405, 'POST or DELETE.');
  worlds.faults.clear();
  sendJson(res, 200, { cleared: true });
}

async function readJson(req: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString() || 'null');
}
