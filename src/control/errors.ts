/** The closed set of ways in which a request to the control plane is refused. Each says what to do about it. */

export type ControlErrorKind =
  | 'unauthenticated'
  | 'forbidden'
  | 'notFound'
  | 'invalid'
  | 'conflict'
  | 'tooLarge'
  | 'limited'
  | 'vendor'
  | 'unavailable';

export interface FieldProblem {
  /** Where in the request, e.g. `pull.2.property`. */
  path: string;
  code: string;
  message: string;
  fix?: string;
}

export interface ControlErrorFields {
  kind: ControlErrorKind;
  /** Stable, upper case. */
  code: string;
  message: string;
  fix: string;
  fields?: FieldProblem[];
  /** Seconds; with `limited` and `unavailable`. */
  retryAfter?: number;
  /** The bound that was met. */
  quota?: { limit: number; freeAt: Date | null };
  /** What the refusal is in the audit trail, where it is an event of security. */
  event?: 'scope.denied' | 'tenant.denied';
}

/** Message and fix are ours: they hold no secret and no value of a record. */
export class ControlError extends Error {
  readonly kind: ControlErrorKind;
  readonly code: string;
  readonly fix: string;
  readonly fields: FieldProblem[];
  readonly retryAfter: number | undefined;
  readonly quota: ControlErrorFields['quota'];
  readonly event: ControlErrorFields['event'];

  constructor(fields: ControlErrorFields, options?: ErrorOptions) {
    super(fields.message, options);
    this.name = 'ControlError';
    this.kind = fields.kind;
    this.code = fields.code;
    this.fix = fields.fix;
    this.fields = fields.fields ?? [];
    this.retryAfter = fields.retryAfter;
    this.quota = fields.quota;
    this.event = fields.event;
  }
}

/** The same whether the thing is not there or is somebody else's. */
export function notFound(what: string, event?: ControlErrorFields['event']): ControlError {
  return new ControlError({
    ...(event === undefined ? {} : { event }),
    kind: 'notFound',
    code: 'NOT_FOUND',
    message: `There is no such ${what}.`,
    fix: 'Check the address and the ids in it. What belongs to another tenant cannot be seen with this key.',
  });
}

/** There is a sync for each object; what may be missing is its configuration. */
export function notConfigured(object: 'visitor' | 'account'): ControlError {
  return new ControlError({
    kind: 'notFound',
    code: 'SYNC_NOT_CONFIGURED',
    message: `The ${object} sync of this tenant is not configured yet.`,
    fix: `Set its configuration first: PUT …/syncs/${object}, with at least {"joinKey": {"property": "…"}}.`,
  });
}

export function conflict(code: string, message: string, fix: string, fields: FieldProblem[] = []): ControlError {
  return new ControlError({ kind: 'conflict', code, message, fix, fields });
}

export function invalid(code: string, message: string, fix: string, fields: FieldProblem[] = []): ControlError {
  return new ControlError({ kind: 'invalid', code, message, fix, fields });
}
