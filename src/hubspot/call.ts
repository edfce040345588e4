/** One call of the HubSpot API: path, permission, token, reply. */
import type { z } from 'zod';
import { converse, parseReply, unreadable } from '../egress/converse.ts';
import type { Permission } from '../egress/types.ts';
import { VendorError } from '../sync/vendor-error.ts';
import { readErrorBody, readLimits, readPolicy, toVendorError } from './errors.ts';
import { send } from './transport.ts';
import type { HubSpotOptions } from './types.ts';

export interface ApiCall {
  method: 'GET' | 'POST';
  /** Begins with `/`. */
  path: string;
  query?: Record<string, string>;
  body?: object;
  lane?: 'burst' | 'search';
  /** Of batches: `errors` in a successful reply are about rows, and the caller reads them. */
  rowErrors?: boolean;
}

export interface ApiReply<T> {
  status: number;
  body: T;
}

export type CallApi = <T>(schema: z.ZodType<T>, call: ApiCall) => Promise<ApiReply<T>>;

/** Throws `VendorError` and `RunStopped`. A 2xx that the schema does not take is an unreadable reply. */
export function createCall(options: HubSpotOptions): CallApi {
  return (schema, call) => {
    let renewed = false;
    let token = '';
    const once = async (permission: Permission): Promise<ApiReply<z.infer<typeof schema>>> => {
      token = await options.token();
      const { status, text } = await exchange(options, call, permission, token);
      const parsed = schema.safeParse(parseReply('hubspot', text, call.rowErrors));
      if (!parsed.success) throw unreadable('hubspot', 'The reply does not have the documented shape.');
      return { status, body: parsed.data };
    };
    const conversation = { vendor: 'hubspot', lane: call.lane ?? 'burst', ...options } as const;
    const attempt = (): ReturnType<typeof converse<ApiReply<z.infer<typeof schema>>>> =>
      converse(conversation, once).catch(async (error: unknown) => {
        const dead = error instanceof VendorError && error.kind === 'unauthorised';
        if (!dead || renewed || token === '' || !options.onUnauthorised) throw error;
        renewed = true;
        if (!(await options.onUnauthorised(token))) throw error;
        return attempt();
      });
    return attempt();
  };
}

async function exchange(options: HubSpotOptions, call: ApiCall, permission: Permission, token: string) {
  const response = await send({
    method: call.method,
    url: options.baseUrl + call.path,
    query: call.query,
    body: call.body,
    token,
    fetch: options.fetch,
    signal: options.signal,
    timeouts: options.timeouts,
  });
  const limits = readLimits(response);
  const { status } = response;
  if (status >= 200 && status < 300) {
    await permission.report(limits);
    return { status, text: await response.text() };
  }
  // A broken body still has a status, and that is what counts.
  const text = await response.text().catch(() => '');
  const limit = status === 429 ? readPolicy(readErrorBody(parsedOrNothing(text))) : undefined;
  const until = await permission.report({ ...limits, limit });
  throw toVendorError(response, text, until);
}

function parsedOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
