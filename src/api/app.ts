/** The HTTP edge: one router per noun, behind one key, with one kind of refusal. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Control } from '../control/control.ts';
import { notFound } from '../control/errors.ts';
import { alertRoutes } from './alerts.ts';
import { auditRoutes } from './audit.ts';
import { catalogueRoutes } from './catalogue.ts';
import { connectionRoutes } from './connections.ts';
import { docsPage } from './docs.ts';
import { plainJson, requestId, requireKey, securityHeaders, sizeLimit } from './edge.ts';
import type { ApiEnv } from './environment.ts';
import { evidenceRoutes } from './evidence.ts';
import { healthRoutes } from './health.ts';
import { keyRoutes } from './keys.ts';
import { defaultLimits, type Limits, limitFailures, limitRequests } from './limits.ts';
import { metricsRoutes } from './metrics.ts';
import { oauthBrowserRoutes, oauthStartRoutes } from './oauth.ts';
import { answerProblem } from './problem.ts';
import { recordRoutes } from './records.ts';
import { createRouter } from './route.ts';
import { runRoutes } from './runs.ts';
import { syncRoutes } from './syncs.ts';
import { tenantRoutes } from './tenants.ts';

export const apiVersion = '1.0.0';

/** Serve it with `@hono/node-server`; call it with `app.request` in tests. */
export function createApp(control: Control, limits: Limits = defaultLimits): OpenAPIHono<ApiEnv> {
  const app = createRouter();
  app.onError((error, c) =>
    answerProblem(c, error, (fault) =>
      control.log.error(
        { err: fault, requestId: c.get('requestId'), method: c.req.method, route: c.req.path },
        'request failed',
      ),
    ),
  );
  app.notFound((c) => answerProblem(c, notFound('address'), () => undefined));
  app.use(requestId, securityHeaders);
  app.route('/', healthRoutes(control));
  app.route('/', docsPage());
  app.route('/', oauthBrowserRoutes(control));
  app.use(sizeLimit, plainJson);
  app.use('/v1/*', limitFailures(limits, control.clock), requireKey(control), limitRequests(limits, control.clock));
  app.route('/', tenantRoutes(control));
  app.route('/', connectionRoutes(control));
  app.route('/', oauthStartRoutes(control));
  app.route('/', catalogueRoutes(control));
  app.route('/', syncRoutes(control));
  app.route('/', runRoutes(control));
  app.route('/', evidenceRoutes(control));
  app.route('/', recordRoutes(control));
  app.route('/', keyRoutes(control));
  app.route('/', auditRoutes(control));
  app.route('/', alertRoutes(control));
  app.route('/', metricsRoutes(control));
  app.get('/openapi.json', (c) => c.json(describeApi(app)));
  return app;
}

/** The API document. Made once per process: making it per request leaks. */
const described = new WeakMap<OpenAPIHono<ApiEnv>, unknown>();
export function describeApi(app: OpenAPIHono<ApiEnv>): unknown {
  let document = described.get(app);
  if (document === undefined) {
    app.openAPIRegistry.registerComponent('securitySchemes', 'key', {
      type: 'http',
      scheme: 'bearer',
      description: 'An API key: `Authorization: Bearer cwk_…`.',
    });
    document = app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: {
        title: 'Crosswalk',
        version: apiVersion,
        description: 'A two-way sync between HubSpot and Pendo. Each operation names the scope that its key needs.',
      },
      security: [{ key: [] }],
    });
    described.set(app, document);
  }
  return document;
}
