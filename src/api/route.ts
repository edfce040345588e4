/** The parts that every operation of the API document shares. */
import { OpenAPIHono, z } from '@hono/zod-openapi';
import type { Scope } from '../control/caller.ts';
import { syncObjects } from '../sync/config.ts';
import type { ApiEnv } from './environment.ts';
import { invalidRequest, problemSchema } from './problem.ts';

export function createRouter() {
  return new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      // The validator hands on what it was given beside its result.
      if (!result.success) throw invalidRequest(result.error, 'data' in result ? result.data : undefined);
    },
  });
}

export function json<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { 'application/json': { schema } } };
}

export function body<Schema extends z.ZodType>(schema: Schema, example?: unknown) {
  return {
    required: true,
    content: { 'application/json': { schema, ...(example === undefined ? {} : { example }) } },
  } as const;
}

const problem = (description: string) => json(problemSchema, description);

/** Refusals that any operation behind a key may answer. */
export const problems = {
  401: problem('The key or session is missing or not accepted.'),
  403: problem('The key may not do this.'),
  404: problem('It does not exist, or this key may not see it.'),
  409: problem('The present state does not allow it.'),
  413: problem('Too large.'),
  422: problem('The request is not valid. Nothing was changed.'),
  429: problem('Too many requests.'),
  502: problem('A vendor failed.'),
  503: problem('The database does not answer. Try again shortly.'),
} as const;

/** An operation behind a key with at least this scope. */
export function needs(scope: Scope) {
  return { security: [{ key: [] }], 'x-scope': scope };
}

export const tenantParam = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, "a tenant's id: letters, digits, _ and -, 64 at most")
  .openapi({ param: { name: 'tenant', in: 'path' }, example: 't_k3v9q2m8x7c4b6n5' });
export const objectParam = z.enum(syncObjects).openapi({ param: { name: 'object', in: 'path' }, example: 'visitor' });
export const runParam = z
  .string()
  .regex(/^[1-9]\d{0,17}$/, "a run's number, in digits")
  .openapi({ param: { name: 'run', in: 'path' }, example: '42' });
export const limitQuery = z.coerce
  .number()
  .int()
  .min(1)
  .max(200)
  .default(50)
  .openapi({ param: { name: 'limit', in: 'query' }, example: 50 });

/** For lists that had no pages in version 0.1.0: their readers expect them whole. */
export const longLimitQuery = z.coerce
  .number()
  .int()
  .min(1)
  .max(200)
  .default(200)
  .openapi({ param: { name: 'limit', in: 'query' }, example: 200 });

export const instant = z.iso.datetime().openapi({ example: '2026-11-23T18:00:00.000Z' });
export const reasonSchema = z
  .looseObject({ code: z.string(), message: z.string(), fix: z.string().optional() })
  .openapi('Reason');

export const toInstant = (date: Date | null): string | null => date?.toISOString() ?? null;
