/** A fetch that also reports each request and its answer. Request headers hold credentials and are not reported. */
import type { GuardedFetch, GuardedRequest, GuardedResponse } from './types.ts';

export interface Exchange {
  method: string;
  /** With its query, below the vendor's address. */
  path: string;
  body?: string | undefined;
  status: number;
  /** Those that say what the body is, and what of the limits is left. */
  headers: Record<string, string>;
  answer: string;
}

const headers = [
  'content-type',
  'retry-after',
  ...['max', 'remaining', 'interval-milliseconds', 'daily', 'daily-remaining'].map(
    (name) => `x-hubspot-ratelimit-${name}`,
  ),
];

export function recordedFetch(fetch: GuardedFetch, base: string, report: (exchange: Exchange) => void): GuardedFetch {
  return async (url, request) => {
    const response = await fetch(url, request);
    const path = String(url).slice(base.length);
    // Those requests and answers hold credentials.
    return path.startsWith('/oauth/') ? response : recorded(response, path, request, report);
  };
}

function recorded(
  response: GuardedResponse,
  path: string,
  { method, body }: GuardedRequest,
  report: (exchange: Exchange) => void,
): GuardedResponse {
  const { status } = response;
  const note = (answer: string): void => {
    const said = headers.flatMap((name) => {
      const value = response.header(name);
      return value === undefined ? [] : [[name, value] as const];
    });
    report({ method, path, body, status, headers: Object.fromEntries(said), answer });
  };
  return {
    status,
    header: (name) => response.header(name),
    async text(most) {
      const text = await response.text(most);
      note(text);
      return text;
    },
    async *stream() {
      const pieces: Uint8Array[] = [];
      for await (const piece of response.stream()) {
        pieces.push(piece);
        yield piece;
      }
      note(Buffer.concat(pieces).toString('utf8'));
    },
    async discard() {
      note('');
      await response.discard();
    },
  };
}
