/** The route of a request for logs and the audit trail, without what stands in its place: ids of records are e-mail addresses. */
import type { Context } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { ApiEnv } from './environment.ts';

export function routeOf(c: Context<ApiEnv>): string {
  const named = matchedRoutes(c).filter(({ path }) => !path.includes('*'));
  return named.at(-1)?.path ?? 'none';
}
