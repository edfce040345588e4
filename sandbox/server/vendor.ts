import type { Call } from '../contract.ts';

/** What the server hands to a vendor's half: one request, read in full, credential already resolved to a world. */
export interface VendorRequest {
  method: string;
  /** Path without the query, as it came (still percent-encoded). */
  path: string;
  query: URLSearchParams;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** The raw body, decoded as UTF-8; `''` when there was none. */
  body: string;
  /** Answer as if it were done, but change nothing (the `noop200` fault). */
  noop?: boolean;
}

/** What the call log needs to know and only the vendor's half can tell. */
export interface CallInfo {
  operation: string;
  /** Records read or written. A streamed body may raise it until its end. */
  records: number;
  writes?: Call['writes'];
  occurrences?: Call['occurrences'];
  overLimit?: boolean;
}

export interface VendorResponse {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer | AsyncIterable<string>;
  call: CallInfo;
}

/** A JSON answer. */
export function jsonResponse(
  status: number,
  value: unknown,
  call: CallInfo,
  headers: Record<string, string> = {},
): VendorResponse {
  return {
    status,
    headers: { 'content-type': 'application/json;charset=utf-8', ...headers },
    body: JSON.stringify(value),
    call,
  };
}
