/** One call of the HubSpot API: path, permission, token, reply. */
import type { z } from 'zod';
import { converse, isLate, mostOfAnError, parseReply, type Twice, unreadable } from '../egress/converse.ts';
import type { Permission, ReplyFacts } from '../egress/types.ts';
import { VendorError } from '../sync/vendor-error.ts';
import { readErrorBody, readLimits, readPolicy, toVendorError } from './errors.ts';
import { send } from './transport.ts';
import type { HubSpotOptions } from './types.ts';

export interface HubSpotCall {
  method: 'GET' | 'POST' | 'PATCH';
  /** Begins with `/`. */
  path: string;
  query?: Record<string, string>;
  body?: object;
  limitClass?: 'burst' | 'search';
  /** True: what is too much at once is thrown as such. Else there is no less to ask for, and HubSpot is asked again. */
  divisible?: boolean;
  /** Refusals that are believed only when HubSpot repeats them. Default: of a read every one, of a write the credential's. */
  twice?: Twice;
  /** What must not happen twice: repeated only where HubSpot says that it did nothing. `onSent`: a request went out. */
  once?: { onSent(): void };
  /** Of batches: `errors` in a successful reply are about rows, and the caller reads them. */
  rowErrors?: boolean;
}

export interface ApiReply<T> {
  status: number;
  body: T;
  /** It was sent more than once: an earlier one may have been carried out. */
  repeated: boolean;
  /** What its headers say of the limits. */
  limits: ReplyFacts;
}

export type CallApi = <T>(schema: z.ZodType<T>, call: HubSpotCall) => Promise<ApiReply<T>>;

/** Throws `VendorError` and `RunStopped`. A 2xx that the schema does not take is an unreadable reply. */
export function createCall(options: HubSpotOptions): CallApi {
  return (schema, call) => {
    let token = '';
    let sent = 0;
    const reads = call.method === 'GET' || call.limitClass === 'search' || call.path.endsWith('/batch/read');
    const conversation = {
      vendor: 'hubspot',
      limitClass: call.limitClass ?? 'burst',
      twice: call.twice ?? (reads ? 'everything' : 'credential'),
      beforeSecondLook: async ({ kind }: VendorError) =>
        kind === 'unauthorised' && token !== '' && (await options.onUnauthorised?.(token)) === true,
      ...options,
      mayRepeat: call.once && didNothing,
    } as const;
    return converse(conversation, async (permission) => {
      token = await options.token();
      sent += 1;
      const settled = (error?: unknown): void => {
        if (isLate(error)) sent -= 1;
        else call.once?.onSent();
      };
      const { status, text, limits } = await exchange(options, call, permission, token).catch((error: unknown) => {
        settled(error);
        throw error;
      });
      settled();
      const parsed = schema.safeParse(status === 204 ? undefined : parseReply('hubspot', text, call.rowErrors));
      if (!parsed.success) throw unreadable('hubspot', 'The reply does not have the documented shape.');
      return { status, body: parsed.data, repeated: sent > 1, limits };
    });
  };
}

/** Limits, a busy or a moving portal; and whatever is refused for who asks or for what is asked. */
const refusals: readonly (number | undefined)[] = [413, 414, 423, 429, 477];

/** Did HubSpot surely do nothing of the request that it answered so? */
export function didNothing({ kind, status, blames }: VendorError): boolean {
  if (blames === 'operator' || kind === 'unauthorised' || kind === 'forbidden' || kind === 'rejected') return true;
  return refusals.includes(status);
}

async function exchange(options: HubSpotOptions, call: HubSpotCall, permission: Permission, token: string) {
  const response = await send({
    method: call.method,
    url: options.baseUrl + call.path,
    query: call.query,
    body: call.body,
    token,
    fetch: options.fetch,
    signal: options.requestSignal ?? options.signal,
    timeouts: options.timeouts,
    sendBy: permission.slot?.sendBy,
  });
  const limits = readLimits(response);
  const { status } = response;
  if (status >= 200 && status < 300) {
    await permission.report(limits);
    return { status, text: await response.text(), limits };
  }
  // A broken body still has a status, and that is what counts.
  const text = await response.text(mostOfAnError).catch(() => '');
  const policy = status === 429 ? readPolicy(readErrorBody(parsedOrNothing(text))) : undefined;
  // A month's limit is one of what was sent, and not of calls.
  const limit = policy === 'month' ? undefined : policy;
  const until = await permission.report({ ...limits, ...(policy === 'month' ? { status: 200 } : {}), limit });
  const error = toVendorError(response, text, until);
  throw error.code === 'VENDOR_TIMEOUT' && !call.divisible ? passing(error) : error;
}

/** HubSpot ran out of its own time on what cannot be asked for in parts. */
function passing({ code, message, status, detail }: VendorError): VendorError {
  const fields = {
    vendor: 'hubspot',
    kind: 'transient',
    code,
    ...(status && { status }),
    ...(detail && { detail }),
  } as const;
  return new VendorError(message, fields);
}

function parsedOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
