/** Every request is a span, a part of the caller's trace where it names one, and its lines of the log have its id. */
import type { MiddlewareHandler } from 'hono';
import { withLogFields } from '../telemetry/log-fields.ts';
import { traced, withinTrace } from '../telemetry/tracing.ts';
import type { ApiEnv } from './environment.ts';
import { routeOf } from './route-of.ts';

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export const telemetry: MiddlewareHandler<ApiEnv> = (c, next) => {
  const method = methods.has(c.req.method) ? c.req.method : '_OTHER';
  return withLogFields({ requestId: c.get('requestId') }, () =>
    withinTrace(c.req.header('traceparent'), () =>
      traced(method, 'server', { 'http.request.method': method }, async (span) => {
        await next();
        const route = routeOf(c);
        span.name(`${method} ${route}`);
        const { status } = c.res;
        const failed = status >= 500 ? { 'error.type': String(status) } : {};
        span.set({ 'http.route': route, 'http.response.status_code': status, ...failed });
      }),
    ),
  );
};
