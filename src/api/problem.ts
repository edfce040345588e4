/** Every refusal has the same body. Text of other programs (vendors, PostgreSQL) never gets into it. */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ZodError } from 'zod';
import { isDatabaseAway } from '../control/control.ts';
import { ControlError, type ControlErrorKind } from '../control/errors.ts';
import { inputProblems } from '../control/input-problems.ts';
import { retryFix } from '../control/retry-fix.ts';
import { vendorNames } from '../sync/legs.ts';
import { VendorError } from '../sync/vendor-error.ts';
import type { ApiEnv } from './environment.ts';

export const fieldProblemSchema = z.object({
  path: z.string().openapi({ example: 'pull.2.property' }),
  code: z.string().openapi({ example: 'PROPERTY_UNKNOWN' }),
  message: z.string(),
  fix: z.string().optional(),
});

export const problemSchema = z
  .object({
    code: z.string().openapi({ description: 'Stable code.', example: 'SYNC_NOT_ENABLED' }),
    message: z.string().openapi({ example: 'The sync is draft.' }),
    fix: z.string().openapi({ description: 'What to do about it.', example: 'Enable it first.' }),
    requestId: z
      .string()
      .openapi({ description: 'Also in the server log.', example: '5f0c9a2e-6d0d-4a8e-8a53-0d7a1f4b2c11' }),
    fields: z.array(fieldProblemSchema).openapi({ description: 'Problems of single fields of the request.' }),
    quota: z
      .object({
        limit: z.number().openapi({ example: 200 }),
        freeAt: z.string().nullable().openapi({ description: 'When there is room again. Null: not by waiting.' }),
      })
      .optional()
      .openapi({ description: 'The bound that was met. Codes that end in `_QUOTA` have it.' }),
  })
  .openapi('Problem');

const statusOf = {
  unauthenticated: 401,
  forbidden: 403,
  notFound: 404,
  invalid: 422,
  conflict: 409,
  tooLarge: 413,
  limited: 429,
  vendor: 502,
  unavailable: 503,
} as const satisfies Record<ControlErrorKind, number>;

export function answerProblem(c: Context<ApiEnv>, error: unknown, log: (error: unknown) => void) {
  const { problem, status } = describeProblem(c, error, log);
  return c.json(problem, status);
}

/** The body and status that an error is answered with; headers that go with it are set. */
export function describeProblem(c: Context<ApiEnv>, error: unknown, log: (error: unknown) => void) {
  const requestId = c.get('requestId');
  const known = toProblem(error);
  if (known === undefined) {
    log(error);
    const problem = {
      code: 'INTERNAL',
      message: 'Something went wrong here.',
      fix: 'Try again; if it stays, look for the request id in the log.',
      requestId,
      fields: [],
    };
    return { problem, status: 500 as const };
  }
  if (known.retryAfter !== undefined) c.header('Retry-After', String(Math.ceil(known.retryAfter)));
  if (known.kind === 'unauthenticated') c.header('WWW-Authenticate', 'Bearer');
  const { code, message, fix, fields } = known;
  const quota = known.quota && { limit: known.quota.limit, freeAt: known.quota.freeAt?.toISOString() ?? null };
  return { problem: { code, message, fix, requestId, fields, ...(quota && { quota }) }, status: statusOf[known.kind] };
}

/** @param given what was sent, as it was read */
export function invalidRequest(error: ZodError, given: unknown): ControlError {
  const fields = inputProblems(error.issues, given);
  const more = fields.length > 1 ? ` (and ${fields.length - 1} more)` : '';
  return new ControlError({
    kind: 'invalid',
    code: 'INVALID_REQUEST',
    message: `The request does not match the API document: ${fields[0]?.message}${more}`,
    fix: fields[0]?.fix ?? 'Correct the fields named here. Nothing was changed.',
    fields,
  });
}

function toProblem(error: unknown): ControlError | undefined {
  if (error instanceof ControlError) return error;
  if (error instanceof VendorError) return ofVendor(error);
  if (error instanceof HTTPException && error.status < 500) {
    return new ControlError({
      kind: error.status === 413 ? 'tooLarge' : error.status === 404 ? 'notFound' : 'invalid',
      code: error.status === 413 ? 'TOO_LARGE' : 'INVALID_REQUEST',
      message: error.status === 413 ? 'The request is too large.' : 'The request could not be read.',
      fix: 'Send well-formed JSON within the size limit.',
    });
  }
  if (isDatabaseAway(error)) {
    return new ControlError({
      kind: 'unavailable',
      code: 'DATABASE_UNAVAILABLE',
      message: 'The database does not answer.',
      fix: 'Try again in a moment.',
      retryAfter: 5,
    });
  }
  return undefined;
}

function ofVendor(error: VendorError): ControlError {
  const vendor = vendorNames[error.vendor];
  if (error.code === 'NOT_CONNECTED' || error.code === 'RECONNECT_NEEDED') {
    const fix = `Connect ${vendor} ${error.code === 'NOT_CONNECTED' ? 'first' : 'again'}.`;
    return new ControlError({ kind: 'conflict', code: error.code, message: error.message, fix });
  }
  if (error.blames === 'operator') {
    const fix = 'Ask whoever operates this installation: its log names the setting.';
    return new ControlError({ kind: 'vendor', code: 'OPERATOR_FAULT', message: error.message, fix });
  }
  const fix =
    error.kind === 'unauthorised' || error.kind === 'forbidden'
      ? `Test the ${vendor} connection: it says what is missing.`
      : retryFix(error);
  const code = error.kind === 'wait' ? 'VENDOR_BUSY' : 'VENDOR_FAILED';
  const retryAfter = error.until === undefined ? {} : { retryAfter: Math.max(1, (error.until - Date.now()) / 1000) };
  return new ControlError({ kind: 'vendor', code, message: error.message, fix, ...retryAfter });
}
