/**
 * The one way out. Bounded in time at every step and over all, bounded in size, abortable, never redirected, and only to
 * hosts that the deployment allows (vendors) or to public addresses (what a tenant may type).
 */
import { isIP } from 'node:net';
import { Agent, type Dispatcher } from 'undici';
import { traced } from '../telemetry/tracing.ts';
import { isPublicAddress, publicLookup } from './addresses.ts';
import { decoded, textOf } from './decode.ts';
import { EgressError, toEgressError } from './egress-error.ts';
import { credentialsIn, redactBytes } from './redaction.ts';
import type { GuardedFetch, GuardedResponse, Timeouts } from './types.ts';
import { userAgent } from './user-agent.ts';

export interface GuardedFetchOptions {
  /**
   * Origins (`https://host`, `http://127.0.0.1:8080`), or `public`: any https host whose every address is public.
   * Default `[]`, which lets nothing through.
   */
  allow: readonly string[] | 'public';
  timeouts?: Partial<Timeouts> | undefined;
  /** Open connections per origin. Calls beyond wait in line, which counts into `total`. Default 256. */
  connections?: number;
  /** Default 64 MiB. A streamed reply is bounded too: pass more with the request. */
  maxBytes?: number;
}

export interface ClosableFetch {
  fetch: GuardedFetch;
  /** Ends calls in flight. */
  close(): Promise<void>;
}

const defaultTimeouts: Timeouts = { connect: 10_000, headers: 30_000, body: 30_000, total: 90_000 };

/** A vendor's own client names itself, in a spelling of its own. */
function withoutAgent(headers: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'user-agent'));
}

export function createGuardedFetch(options: GuardedFetchOptions): ClosableFetch {
  const defaults = { ...defaultTimeouts, ...options.timeouts };
  const maxBytes = options.maxBytes ?? 64 * 1024 * 1024;
  const allow = options.allow === 'public' ? 'public' : new Set(options.allow.map((origin) => new URL(origin).origin));
  const agent = new Agent({
    connections: options.connections ?? 256,
    pipelining: 1,
    // Several calls on one connection would fail together, and a limit of calls per window needs no multiplexing.
    allowH2: false,
    // Longer than the pause between two bursts of a ten-second window.
    keepAliveTimeout: 30_000,
    connect: { timeout: defaults.connect, ...(allow === 'public' ? { lookup: publicLookup } : {}) },
  });
  const client = agent.compose(sendingInTime);

  const fetch: GuardedFetch = async (address, request) => {
    const url = permitted(address, allow);
    const timeouts = { ...defaults, ...request.timeouts };
    const deadline = startDeadline(timeouts.total, request.signal);
    try {
      const reply = await tracedCall(url, request.method, () =>
        client.request({
          opaque: { sendBy: request.sendBy } satisfies Timed,
          origin: url.origin,
          path: url.pathname + url.search,
          method: request.method as Dispatcher.HttpMethod,
          headers: { 'accept-encoding': 'gzip', ...withoutAgent(request.headers), 'user-agent': userAgent },
          body: request.body ?? null,
          headersTimeout: timeouts.headers,
          bodyTimeout: timeouts.body,
          signal: deadline.signal,
        }),
      );
      if (reply.statusCode >= 300 && reply.statusCode < 400) {
        reply.body.on('error', () => {}).destroy();
        throw new EgressError('REDIRECT', 'The host answered with a redirect, which is not followed.');
      }
      return openReply(reply, deadline, {
        maxBytes: request.maxBytes ?? maxBytes,
        secrets: credentialsIn(request.headers),
      });
    } catch (cause) {
      deadline.end();
      throw deadline.reason() ?? toEgressError(cause, 'exchange');
    }
  };
  return { fetch, close: () => agent.destroy() };
}

/** Until the answer begins. Path and query are not recorded: they contain ids of records. */
function tracedCall<Reply extends { statusCode: number }>(
  url: URL,
  method: string,
  send: () => Promise<Reply>,
): Promise<Reply> {
  const server = { 'server.address': url.hostname, ...(url.port === '' ? {} : { 'server.port': Number(url.port) }) };
  return traced(method, 'client', { 'http.request.method': method, ...server }, async (span) => {
    const reply = await send();
    const failed = reply.statusCode >= 400 ? { 'error.type': String(reply.statusCode) } : {};
    span.set({ 'http.response.status_code': reply.statusCode, ...failed });
    return reply;
  });
}

/** By `performance.now()`: the latest that the request may go onto its connection, which it may have waited for. */
interface Timed {
  sendBy: number | undefined;
}

const sendingInTime: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
  const { sendBy = Number.POSITIVE_INFINITY } = (options as { opaque?: Timed }).opaque ?? {};
  const begin = handler.onRequestStart;
  // The handler was made for this one request.
  handler.onRequestStart = (...args) => {
    begin?.apply(handler, args);
    // The request is written in this same turn of the process or, thrown here, not at all; the connection stays open.
    if (performance.now() > sendBy) throw new EgressError('LATE', 'The request could not go out in time.');
  };
  return dispatch(options, handler);
};

function permitted(address: string | URL, allow: ReadonlySet<string> | 'public'): URL {
  const url = URL.canParse(String(address)) ? new URL(address) : undefined;
  if (!url || url.username || url.password) throw new EgressError('HOST_REFUSED', 'The address is not a plain URL.');
  if (allow !== 'public') {
    if (!allow.has(url.origin)) throw new EgressError('HOST_REFUSED', 'This deployment does not allow the host.');
    return url;
  }
  if (url.protocol !== 'https:') throw new EgressError('HOST_REFUSED', 'Only https addresses are allowed.');
  // An address written out never comes to the lookup. URL has already folded hexadecimal and the like.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) && !isPublicAddress(host)) {
    throw new EgressError('PRIVATE_ADDRESS', 'The host does not have a public address.');
  }
  return url;
}

interface Deadline {
  signal: AbortSignal;
  /** What ended the call, if this did. */
  reason(): EgressError | undefined;
  end(): void;
}

/** By hand and not by `AbortSignal.any`: a run's signal lives for hours, and every call would stay hooked to it. */
function startDeadline(total: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  let reason: EgressError | undefined;
  const stop = (why: EgressError) => {
    reason = why;
    controller.abort(why);
  };
  const onAbort = () => stop(new EgressError('ABORTED', 'The call was aborted.'));
  const timer = setTimeout(() => stop(new EgressError('TIMEOUT', 'No complete answer in time.')), total);
  if (outer?.aborted) onAbort();
  else outer?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    reason: () => reason,
    end() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', onAbort);
    },
  };
}

function openReply(
  reply: Dispatcher.ResponseData<Timed>,
  deadline: Deadline,
  { maxBytes, secrets }: { maxBytes: number; secrets: readonly string[] },
): GuardedResponse {
  // Unread bodies may still break: nobody is waiting for them.
  reply.body.on('error', () => {});
  const coding = reply.headers['content-encoding'];
  const stream = async function* () {
    let size = 0;
    try {
      const plain = decoded(reply.body, Array.isArray(coding) ? coding.join(',') : coding);
      for await (const piece of redactBytes(plain, secrets)) {
        size += piece.length;
        if (size > maxBytes) throw new EgressError('TOO_LARGE', `The reply is larger than ${maxBytes} bytes.`);
        yield piece;
      }
    } catch (cause) {
      throw deadline.reason() ?? toEgressError(cause, 'body');
    } finally {
      deadline.end();
      reply.body.destroy();
    }
  };
  return {
    status: reply.statusCode,
    header(name) {
      const value = reply.headers[name.toLowerCase()];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    stream,
    async text(most = Number.POSITIVE_INFINITY) {
      const pieces: Uint8Array[] = [];
      let size = 0;
      for await (const piece of stream()) {
        pieces.push(piece.subarray(0, most - size));
        size += piece.length;
        if (size >= most) break;
      }
      return textOf(Buffer.concat(pieces));
    },
    async discard() {
      // Reading a short rest keeps the connection; undici closes it when the rest is long, or drips beyond the time.
      await reply.body.dump({ limit: 64 * 1024, signal: deadline.signal }).catch(() => {});
      deadline.end();
    },
  };
}
