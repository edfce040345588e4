import { keptCode, keptScopes } from './vendor-words.ts';

/**
 * The closed set of ways in which a call to a vendor does not succeed. `hubspot/` and `pendo/` cast everything to
 * these at one seam; activities and the workflow decide by `kind` alone.
 *
 * - `wait`: the vendor asks us to come back (limit, quota, outage, migration). Not a failure; `until` says when.
 * - `transient`: time-out, reset, 5xx, unreadable or cut-off body, a firewall's page, any status that the vendor does not
 *   document. Worth trying again.
 * - `unauthorised`: the credential is dead; a person must reconnect.
 * - `forbidden`: the credential lacks something; `scopes` names it where the vendor does.
 * - `rejected`: the vendor refuses this request as it is (400, 404, 409, 422).
 * - `tooMuch`: the vendor ran out of its own time or size on this request (408, 413, 414): ask for less.
 *
 * A person is needed only for what the vendor said in its own format, and said twice: `needsPerson`.
 *
 * `message` is ours and holds no ids, values or secrets, so that it may appear in workflow history and logs.
 * `detail` is the vendor's text (first 2 kB) as it came: what is kept of it goes through `keptText`. `code` and `scopes` are the
 * vendor's too, and are taken only where they look like codes and scopes.
 */
export type VendorErrorKind = 'wait' | 'transient' | 'unauthorised' | 'forbidden' | 'rejected' | 'tooMuch';

export interface VendorErrorFields {
  vendor: 'hubspot' | 'pendo';
  kind: VendorErrorKind;
  /** Stable, e.g. `RATE_LIMIT`, `DAILY_LIMIT`, `MISSING_SCOPES`, `VALIDATION_ERROR`, `TIMEOUT`. */
  code: string;
  status?: number;
  /** Epoch ms. Only with `wait`. */
  until?: number;
  scopes?: string[];
  detail?: string;
  /** Parsed body of a `rejected` reply. */
  body?: unknown;
  /** With `rejected`: the reply names, in the vendor's own format, what is wrong with the request. */
  explained?: boolean;
  /** Whose configuration is at fault. The operator's: every tenant waits for it, and none is paused. */
  blames?: 'operator';
}

export class VendorError extends Error {
  readonly vendor: 'hubspot' | 'pendo';
  readonly kind: VendorErrorKind;
  readonly code: string;
  readonly status: number | undefined;
  readonly until: number | undefined;
  readonly scopes: string[] | undefined;
  readonly detail: string | undefined;
  readonly body: unknown;
  readonly explained: boolean;
  readonly blames: 'operator' | undefined;

  constructor(message: string, fields: VendorErrorFields, options?: ErrorOptions) {
    super(message, options);
    this.name = 'VendorError';
    this.vendor = fields.vendor;
    this.kind = fields.kind;
    this.code = keptCode(fields.code) ?? 'UNKNOWN_CODE';
    this.status = fields.status;
    this.until = fields.until;
    this.scopes = fields.scopes && keptScopes(fields.scopes);
    this.detail = fields.detail;
    this.body = fields.body;
    this.explained = fields.explained ?? false;
    this.blames = fields.blames;
  }
}

/**
 * Is this about the credential, a scope or the mapping, in the vendor's own words? Everything else passes by itself: a refusal
 * without an explanation, or of a status that no request of ours should get, says nothing that a person could act on.
 */
export function needsPerson({ kind, status, explained, blames }: VendorError): boolean {
  if (blames === 'operator') return false;
  if (kind === 'unauthorised' || kind === 'forbidden') return true;
  return kind === 'rejected' && explained && (status === 400 || status === 422);
}
