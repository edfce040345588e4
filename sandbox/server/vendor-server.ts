import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Call, Fault } from '../contract.ts';
import { changedAnswer, spelledOut } from './answer-faults.ts';
import { faultResponse, revokedResponse } from './fault-bodies.ts';
import { operationOf } from './operation.ts';
import { quoted } from './quoting.ts';
import { collect, send, sendHalf, sendSlowly } from './respond.ts';
import { defaultSwitches } from './switches.ts';
import type { VendorRequest, VendorResponse } from './vendor.ts';
import type { LiveWorld, Vendor, Worlds } from './world.ts';

/** Which world a request belongs to, by its credential, and how that world's half answers it. */
export interface Resolved {
  live: LiveWorld | null;
  credential: string;
  /** Called with a request on its arrival, before anything is done about it. */
  admit?(request: VendorRequest): void;
  handle(request: VendorRequest): VendorResponse | Promise<VendorResponse>;
}

/** The HTTP server of one vendor: reads requests, lets faults happen, keeps the log. @param worlds for `otherWorld` */
export function createVendorServer(
  vendor: Vendor,
  worlds: Worlds,
  resolve: (request: VendorRequest) => Resolved,
): Server {
  const server = createServer({ keepAliveTimeout: 60_000, maxHeaderSize: 1 << 20 }, (req, res) => {
    answer(vendor, worlds, resolve, req, res).catch((error: unknown) => {
      // A mistake in the sandbox itself: seen by the client as one, and by whoever runs it.
      process.stderr.write(
        `${vendor} ${req.method} ${req.url}: ${error instanceof Error ? error.stack : String(error)}\n`,
      );
      if (!res.headersSent) res.writeHead(500, { 'content-type': 'text/plain' });
      res.end('sandbox failure');
    });
  });
  return server;
}

async function answer(
  vendor: Vendor,
  worlds: Worlds,
  resolve: (request: VendorRequest) => Resolved,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const at = Date.now();
  const url = req.url ?? '/';
  // HubSpot's edge refuses long addresses; 16 KB is where its proxies stop.
  if (url.length > 16_000)
    return send(res, 414, { 'content-type': 'text/html' }, '<html><body><h1>414 URI Too Long</h1></body></html>');
  const request = await readRequest(req, url);
  const resolved = resolve(request);
  const { live, credential, handle } = resolved;
  const seen = {
    at,
    vendor,
    method: request.method,
    path: request.path,
    operation: 'unknown',
    status: 0,
    overLimit: false,
    records: 0,
  };
  // Who has no world has no log either.
  const call: Call = live?.log.open(seen) ?? { seq: 0, endedAt: at, ...seen };
  const end = (status: number) => {
    call.status = status;
    call.endedAt = Date.now();
  };
  const { fault, held, quotes } = await meetFaults(vendor, worlds, resolved, request);
  const shown = async <T extends Pick<VendorResponse, 'status' | 'headers' | 'body'>>(response: T): Promise<T> =>
    quotes ? { ...response, ...(await quoted(response, request)) } : response;
  const switches = live?.switches() ?? defaultSwitches();
  if (held) call.fault = 'latency';
  if (fault) {
    call.fault = fault.kind;
    call.operation = operationOf(vendor, request);
  }
  // A dead refresh token is answered by OAuth in its own words.
  if (live?.revoked.has(credential) && !request.path.startsWith('/oauth/')) {
    const response = await shown(revokedResponse(vendor, switches));
    end(response.status);
    return send(res, response.status, response.headers, response.body);
  }

  switch (fault?.kind) {
    case 'timeoutBefore':
      return;
    case 'reset':
      req.socket.resetAndDestroy();
      return end(0);
    case 'status': {
      const response = await shown(faultResponse(fault, switches));
      end(response.status);
      return send(res, response.status, response.headers, response.body);
    }
    case 'answerWith': {
      if (fault.done) describe(call, await done(handle, request));
      const response = await shown(spelledOut(fault, request));
      end(response.status);
      return send(res, response.status, response.headers, response.body);
    }
    case 'empty200':
      end(200);
      return send(res, 200, json, '{"results":[]}');
    case 'noBody200':
      end(200);
      return send(res, 200, json, '');
  }

  const earlier = live?.lastPages.before(request);
  if (fault?.kind === 'repeatPage' && earlier !== undefined) {
    end(200);
    return send(res, 200, json, earlier);
  }
  if (fault?.kind === 'noop200') request.noop = true;
  const other = fault?.kind === 'otherWorld' ? worlds.named(fault.world ?? '') : undefined;
  const response = await (other ? answerOfAnother(vendor, other, request) : handle(request));
  describe(call, response);
  if (fault?.kind === 'changeAnswer') {
    const { changed, ...edited } = await changedAnswer(response, fault, request);
    call.changed = changed;
    Object.assign(response, edited);
  }
  if (quotes) Object.assign(response, await quoted(response, request));
  if (live && response.status === 200 && (live.faults.repeats() || worlds.faults.repeats())) {
    const bytes = await collect(response.body);
    response.body = bytes;
    live.lastPages.keep(request, bytes.toString());
  }
  try {
    switch (fault?.kind) {
      case 'timeoutAfter':
        return;
      case 'resetAfter':
        await collect(response.body);
        req.socket.resetAndDestroy();
        return;
      case 'truncate':
        return await sendHalf(res, response.status, response.headers, response.body);
      case 'slowBody':
        return await sendSlowly(res, response.status, response.headers, response.body, fault.ms ?? 1_000);
      default:
        return await send(res, response.status, response.headers, response.body);
    }
  } finally {
    describe(call, response);
    end(response.status);
  }
}

/** What the faults of everybody and of the world have for a request, which waits as long as they say. */
async function meetFaults(
  vendor: Vendor,
  worlds: Worlds,
  { live, credential, admit }: Resolved,
  request: VendorRequest,
): Promise<{ fault: Fault | undefined; held: boolean; quotes: boolean }> {
  const everywhere = worlds.faults.plan(vendor, request);
  const own = live?.faults.plan(vendor, request, everywhere.fault);
  const fault = own?.fault ?? everywhere.fault;
  // At once: faults that are cleared while this request is held up are over, and may not come back after that.
  if (fault?.kind === 'revoked') live?.revoked.add(credential);
  if (!live?.revoked.has(credential)) admit?.(request);
  if (everywhere.latencyMs > 0) await worlds.faults.hold(everywhere.latencyMs);
  if (own && own.latencyMs > 0) await live?.faults.hold(own.latencyMs);
  const held = everywhere.latencyMs + (own?.latencyMs ?? 0) > 0;
  return { fault, held, quotes: everywhere.quotes || own?.quotes === true };
}

/** Does the work to its end, streamed or not. */
async function done(handle: Resolved['handle'], request: VendorRequest): Promise<VendorResponse> {
  const response = await handle(request);
  await collect(response.body);
  return response;
}

/** A reply that somebody else was to get. What is written goes nowhere. */
function answerOfAnother(vendor: Vendor, { hubspot, pendo, world }: LiveWorld, request: VendorRequest) {
  if (vendor === 'hubspot') return hubspot.handle({ ...request, noop: true }, hubspot.ownAccess());
  const headers = { ...request.headers, 'x-pendo-integration-key': world.pendoKey };
  return pendo.handle({ ...request, headers, noop: true });
}

const json = { 'content-type': 'application/json;charset=utf-8' };

/** Takes over what the half knows; once more after a streamed body, which counts as it goes. */
function describe(call: Call, { status, call: info }: VendorResponse): void {
  call.status = status;
  call.operation = info.operation;
  call.records = info.records;
  call.overLimit = info.overLimit ?? false;
  if (info.writes) call.writes = info.writes;
  if (info.occurrences) call.occurrences = info.occurrences;
}

async function readRequest(req: IncomingMessage, url: string): Promise<VendorRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const mark = url.indexOf('?');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(req.headers)) if (value !== undefined) headers[name] = String(value);
  return {
    method: req.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
    headers,
    body: chunks.length === 1 ? chunks[0]!.toString() : Buffer.concat(chunks).toString(),
  };
}
