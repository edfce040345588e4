/** The HTTP edge: one router per noun, behind one key, with one kind of refusal. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { createSecurityLog, type SecurityLog } from '../control/audit/security-log.ts';
import type { Control } from '../control/control.ts';
import { notFound } from '../control/errors.ts';
import { alertMailPages } from './alert-mail-pages.ts';
import { alertRecipientRoutes } from './alert-recipients.ts';
import { alertRoutes } from './alerts.ts';
import { assumptionRoutes } from './assumptions.ts';
import { auditRoutes } from './audit.ts';
import { createAuthentication } from './authentication.ts';
import { catalogueRoutes } from './catalogue.ts';
import { createAddressOf } from './client-address.ts';
import { compression } from './compression.ts';
import { connectionRoutes } from './connections.ts';
import { consolePages } from './console.ts';
import { noteDenied } from './denied.ts';
import { docsPage } from './docs.ts';
import { plainAddress, plainJson, requestIds, securityHeaders, sizeLimit, uncached } from './edge.ts';
import type { ApiEnv } from './environment.ts';
import { erasureRoutes } from './erasures.ts';
import { evidenceRoutes } from './evidence.ts';
import { fleetRoutes } from './fleet.ts';
import { healthRoutes } from './health.ts';
import { defaultInFlight, limitInFlight } from './in-flight.ts';
import { keyRoutes } from './keys.ts';
import { limitChanges } from './limit-changes.ts';
import { createRequestLimits, defaultLimits, type Limits } from './limits.ts';
import { metricsRoutes } from './metrics.ts';
import { oauthBrowserRoutes, oauthStartRoutes } from './oauth.ts';
import { answerProblem } from './problem.ts';
import { recordCheckRoutes } from './record-check.ts';
import { recordDeliverRoutes } from './record-deliver.ts';
import { recordSearchRoutes } from './record-search.ts';
import { recordRoutes } from './records.ts';
import { createRouter } from './route.ts';
import { routeOf } from './route-of.ts';
import { runRoutes } from './runs.ts';
import { sampleRoutes } from './samples.ts';
import { sessionRoutes, signInRoutes } from './session.ts';
import { singleSignOnRoutes } from './single-sign-on.ts';
import { syncRoutes } from './syncs.ts';
import { telemetry } from './telemetry.ts';
import { tenantRoutes } from './tenants.ts';
import { usageRoutes } from './usage.ts';
import { versionRoutes } from './versions.ts';

export const apiVersion = '1.0.0';

export interface AppOptions {
  limits?: Limits | undefined;
  /** Proxies whose `X-Forwarded-For` is believed: addresses and CIDR blocks. Default: none. */
  trustedProxies?: readonly string[] | undefined;
  /** Where the built console is. Left out: the API alone is served. */
  consoleFolder?: string | undefined;
  /** Left out: one of its own. */
  security?: SecurityLog | undefined;
}

/** Serve it with `serveApp`; call it with `app.request` in tests. */
export function createApp(control: Control, options: AppOptions = {}): OpenAPIHono<ApiEnv> {
  const limits = options.limits ?? defaultLimits;
  const security = options.security ?? createSecurityLog(control);
  const app = createRouter();
  app.onError(async (error, c) => {
    await noteDenied(c, error);
    return answerProblem(c, error, (fault) =>
      control.log.error(
        { err: fault, requestId: c.get('requestId'), method: c.req.method, route: routeOf(c) },
        'request failed',
      ),
    );
  });
  app.use(async (c, next) => {
    c.set('security', security);
    await next();
  });
  app.notFound((c) => answerProblem(c, notFound('address'), () => undefined));
  app.use(requestIds, telemetry, securityHeaders(control.publicUrl), compression, uncached);
  app.route('/', healthRoutes(control));
  app.route('/', docsPage());
  app.route('/', oauthBrowserRoutes(control));
  app.route('/', alertMailPages(control));
  const addressOf = createAddressOf(options.trustedProxies ?? []);
  app.use(plainAddress);
  // Nothing of a body is read before the key is known: whoever has none costs a lookup.
  const requests = createRequestLimits(limits, control.clock);
  const authentication = createAuthentication(control, { limits, addressOf, security, requests });
  app.route('/', singleSignOnRoutes(control, authentication));
  app.route('/', signInRoutes(control, authentication));
  app.use('/v1/*', authentication.requireCaller, requests.middleware);
  app.use('/v1/*', limitInFlight(defaultInFlight), sizeLimit, plainJson, limitChanges(control));
  app.route('/', tenantRoutes(control));
  app.route('/', connectionRoutes(control));
  app.route('/', assumptionRoutes(control));
  app.route('/', oauthStartRoutes(control));
  app.route('/', catalogueRoutes(control));
  app.route('/', syncRoutes(control));
  app.route('/', versionRoutes(control));
  app.route('/', sampleRoutes(control));
  app.route('/', runRoutes(control));
  app.route('/', evidenceRoutes(control));
  app.route('/', recordRoutes(control));
  app.route('/', keyRoutes(control));
  app.route('/', auditRoutes(control));
  app.route('/', erasureRoutes(control));
  app.route('/', alertRoutes(control));
  app.route('/', alertRecipientRoutes(control));
  app.route('/', metricsRoutes(control));
  app.route('/', sessionRoutes(control));
  app.route('/', fleetRoutes(control));
  app.route('/', recordSearchRoutes(control));
  app.route('/', recordCheckRoutes(control));
  app.route('/', recordDeliverRoutes(control));
  app.route('/', usageRoutes(control));
  let document: string | undefined;
  app.get('/openapi.json', (c) => {
    document ??= JSON.stringify(describeApi(app));
    return c.body(document, 200, { 'Content-Type': 'application/json' });
  });
  if (options.consoleFolder !== undefined) app.route('/', consolePages(options.consoleFolder));
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
