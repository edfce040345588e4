export type EgressCode =
  | 'TIMEOUT'
  | 'ABORTED'
  /** DNS, refused, reset, TLS: the exchange did not come about or broke before the reply began. */
  | 'CONNECTION'
  /** The reply began and did not end. */
  | 'CUT_OFF'
  /** The reply is packed in a way that cannot be undone. */
  | 'ENCODING'
  | 'TOO_LARGE'
  /** Its time was over before it could go onto a connection: nothing was sent. */
  | 'LATE'
  | 'REDIRECT'
  | 'HOST_REFUSED'
  | 'PRIVATE_ADDRESS';

/** Why a guarded call has no reply. The message names no host, path or value. */
export class EgressError extends Error {
  readonly code: EgressCode;

  constructor(code: EgressCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EgressError';
    this.code = code;
  }
}

/** The codes of undici and Node that mean time ran out. */
const timeouts = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT']);

/** Casts what undici, zlib or the connector threw. `stage` distinguishes a broken exchange from a broken body. */
export function toEgressError(cause: unknown, stage: 'exchange' | 'body'): EgressError {
  if (cause instanceof EgressError) return cause;
  const code = codeOf(cause);
  // The connector wraps what a refused address threw, one level deep.
  if (cause instanceof Error && cause.cause instanceof EgressError) return cause.cause;
  if (timeouts.has(code)) return new EgressError('TIMEOUT', 'No answer in time.', { cause });
  return stage === 'body'
    ? new EgressError('CUT_OFF', 'The reply broke off.', { cause })
    : new EgressError('CONNECTION', `The connection failed${code ? ` (${code})` : ''}.`, { cause });
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}
