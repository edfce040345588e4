/** One call of the Pendo API: path, permission, key, reply. */
import type { z } from 'zod';
import { converse, mostOfAnError, parseReply, type Twice, unexpected, unreadable } from '../egress/converse.ts';
import type { GuardedResponse, Timeouts } from '../egress/types.ts';
import { VendorError } from '../sync/vendor-error.ts';
import { deadKey, toVendorError } from './errors.ts';
import type { PendoOptions } from './types.ts';

export interface PendoCall {
  method: 'GET' | 'POST';
  /** Below `/api/v1`, begins with `/`. */
  path: string;
  body?: unknown;
  limitClass?: 'read' | 'write' | 'aggregation';
  timeouts?: Partial<Timeouts> | undefined;
  /** Repeats after a transient fault. Default 2. */
  repeats?: number;
  /** False: a time-out is thrown at once. */
  repeatTimeouts?: boolean;
  /** Largest reply, in bytes. */
  maxBytes?: number;
  /** Of batches: `errors` in a successful reply are about rows, and the caller reads them. */
  rowErrors?: boolean;
}

export interface PendoApi {
  /** Reads a whole JSON reply. A 2xx that the schema does not take is an unreadable reply. */
  call<T>(schema: z.ZodType<T>, call: PendoCall): Promise<T>;
  /** Like `call`, for replies that nobody reads: Pendo documents no body. */
  send(call: PendoCall): Promise<void>;
  /** Hands a successful reply over unread; the slot is kept until `read` is done. */
  open<T>(call: PendoCall, read: (response: GuardedResponse) => Promise<T>): Promise<T>;
}

/** Answers 2xx to any key that is alive. */
export const verifyPath = '/token/verify';

/** Throws `VendorError` and `RunStopped`. */
export function createApi(options: PendoOptions): PendoApi {
  const open: PendoApi['open'] = async (call, read) => {
    try {
      return await exchange(options, call, read);
    } catch (error) {
      if (!(error instanceof VendorError) || call.path === verifyPath) throw error;
      if (error.kind === 'forbidden' && !(await isAccepted(options))) throw deadKey(error.status ?? 403);
      // Another call that Pendo accepts the key for: what it refused was not the key.
      if (error.kind === 'unauthorised' && (await isAccepted(options))) throw unexpected('pendo', error.status ?? 401);
      throw error;
    }
  };

  const call: PendoApi['call'] = async (schema, request) => {
    try {
      return await open(request, async (response) => {
        const parsed = schema.safeParse(parseReply('pendo', await response.text(), request.rowErrors));
        if (!parsed.success) throw unreadable('pendo', 'The reply does not have the documented shape.');
        return parsed.data;
      });
    } catch (error) {
      throw request.method === 'GET' ? passing(error) : error;
    }
  };
  return { open, call, send: (request) => open(request, (response) => response.discard()) };
}

/** @param said what has to be said twice before it is believed; by default what suits the call */
function exchange<T>(
  options: PendoOptions,
  call: PendoCall,
  read: (response: GuardedResponse) => Promise<T>,
  said?: Twice,
): Promise<T> {
  const { budget, runId, signal } = options;
  const { limitClass = 'read', repeats, repeatTimeouts } = call;
  const twice = said ?? (call.method === 'GET' || limitClass === 'aggregation' ? 'everything' : 'credential');
  const conversation = { vendor: 'pendo', budget, runId, signal, limitClass, repeats, repeatTimeouts, twice } as const;
  return converse(conversation, async (permission) => {
    const response = await fetchReply(options, call, permission.slot?.sendBy);
    if (response.status >= 200 && response.status < 300) {
      await permission.report({ status: response.status });
      return read(response);
    }
    const text = await response.text(mostOfAnError).catch(() => '');
    const error = toVendorError(response, text);
    const limit = response.status === 429 ? 'window' : undefined;
    const wait = error.until === undefined || !response.header('retry-after') ? undefined : error.until - Date.now();
    const until = await permission.report({ status: response.status, limit, retryAfter: wait });
    throw until === undefined ? error : toVendorError(response, text, until);
  });
}

async function fetchReply(
  options: PendoOptions,
  call: PendoCall,
  sendBy: number | undefined,
): Promise<GuardedResponse> {
  return options.fetch(`${options.baseUrl}/api/v1${call.path}`, {
    method: call.method,
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      'x-pendo-integration-key': await options.key(),
    },
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    signal: options.requestSignal ?? options.signal,
    timeouts: { ...options.timeouts, ...call.timeouts },
    maxBytes: call.maxBytes,
    sendBy,
  });
}

/** Pendo refuses a dead key and a key without write access with the same 403; which it is, it says here. */
async function isAccepted(options: PendoOptions): Promise<boolean> {
  try {
    await exchange(options, { method: 'GET', path: verifyPath }, (response) => response.discard(), 'nothing');
    return true;
  } catch (error) {
    const refused = error instanceof VendorError && (error.kind === 'forbidden' || error.kind === 'unauthorised');
    // Not answered is not refused: the run waits until Pendo says which it is.
    if (!refused) throw error;
    return false;
  }
}

/** Pendo ran out of its own time on what cannot be asked for in parts: it is asked again. */
function passing(error: unknown): unknown {
  if (!(error instanceof VendorError) || error.code !== 'VENDOR_TIMEOUT') return error;
  const { code, message, status = 408, detail = '' } = error;
  return new VendorError(message, { vendor: 'pendo', kind: 'transient', code, status, detail });
}
