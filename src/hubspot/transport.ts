/**
 * `apiRequest` of HubSpot's own client prepares the request; the guarded fetch sends it.
 *
 * Left alone, `apiRequest` hands the request to the global `fetch` with neither signal nor time-out, follows redirects to any
 * host, and reads bodies of any size. It has one seam: what sends a request is run through the client's decorators (that is how
 * the package hangs in its own limiter and retry), and `getDecorators` may be overridden. Ours does not call the sender it is
 * given for a request that carries a guard.
 *
 * The decorators live in a process-wide singleton which every `new Client` replaces, so they are put in place anew before each
 * request; `apiRequest` reads them before it first yields. The guard travels in the request's options, the token in its headers:
 * the one client of the process knows no tenant.
 */
import { Client } from '@hubspot/api-client';
import type { GuardedFetch, GuardedResponse, Timeouts } from '../egress/types.ts';

type ApiRequestOptions = NonNullable<Parameters<Client['apiRequest']>[0]>;
type Decorator = ReturnType<Client['getDecorators']>[number];

export interface PreparedCall {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  url: string;
  query?: Record<string, string> | undefined;
  /** An object is sent as JSON, URLSearchParams as a form. */
  body?: object | undefined;
  token?: string | undefined;
  fetch: GuardedFetch;
  signal?: AbortSignal | undefined;
  timeouts?: Partial<Timeouts> | undefined;
  sendBy?: number | undefined;
}

const guard = Symbol('guard');
type GuardedOptions = ApiRequestOptions & { [guard]?: PreparedCall };

/** What `apiRequest` passes to a decorated sender. */
interface PreparedRequest {
  opts?: GuardedOptions;
  getUrl(): URL;
  getSendData(): { method: string; headers: Record<string, string>; body?: string };
}

const throughGuard: Decorator = {
  decorate:
    (send) =>
    (request: PreparedRequest, ...rest: unknown[]) => {
      const call = request?.opts?.[guard];
      if (!call) return send(request, ...rest);
      const { method, headers, body } = request.getSendData();
      return call.fetch(request.getUrl(), {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
        signal: call.signal,
        timeouts: call.timeouts,
        sendBy: call.sendBy,
      });
    },
};

class GuardedClient extends Client {
  protected override getDecorators(): Decorator[] {
    return [throughGuard];
  }

  override apiRequest(options: GuardedOptions): Promise<Response> {
    this.init();
    return super.apiRequest(options);
  }
}

const client = new GuardedClient();

/** Sends one request. Throws `EgressError`. */
export async function send(call: PreparedCall): Promise<GuardedResponse> {
  const form = call.body instanceof URLSearchParams;
  const options: GuardedOptions = {
    method: call.method,
    overlapUrl: call.url,
    ...(call.query ? { qs: call.query } : {}),
    ...(call.body ? { body: form ? call.body.toString() : call.body } : {}),
    defaultJson: !form,
    headers: {
      ...(form ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {}),
      ...(call.token === undefined ? {} : { Authorization: `Bearer ${call.token}` }),
    },
    [guard]: call,
  };
  return (await client.apiRequest(options)) as unknown as GuardedResponse;
}
