/** Answers are sent compressed to whoever takes them so. */
import type { MiddlewareHandler } from 'hono';
import { compress } from 'hono/compress';
import type { ApiEnv } from './environment.ts';

const compressed: MiddlewareHandler<ApiEnv> = compress({ encoding: 'gzip' });

/**
 * Only what is read. The answer to a change may hold a secret beside what the caller typed, and the length of both compressed
 * together would tell of the secret. A route whose answers do not gain by it says `no-transform`.
 */
export const compression: MiddlewareHandler<ApiEnv> = (c, next) =>
  c.req.method === 'GET' ? compressed(c, next) : next();
