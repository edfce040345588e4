/** The map of the console: every address, what its search parameters may be, and its page. */
import type { FetchQueryOptions, QueryClient, QueryKey } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, Navigate } from '@tanstack/react-router';
import { z } from 'zod';
import { pages } from './pages.ts';
import { Waiting } from './parts/page.tsx';
import { ProblemBox } from './parts/problem.tsx';
import {
  attentionQuery,
  connectionsQuery,
  fleetFilter,
  fleetQuery,
  historyQuery,
  probablySignedIn,
  runQuery,
  runsQuery,
  syncsQuery,
  tenantQuery,
} from './queries.ts';
import { NotFound } from './shell/not-found.tsx';
import { SignedIn, useSession } from './shell/session.tsx';
import { Shell } from './shell/shell.tsx';

/** What a page shows first is asked for as soon as its address is known. */
type Ask = <T, K extends QueryKey>(query: FetchQueryOptions<T, Error, T, K>) => void;

const object = z.enum(['visitor', 'account']);
const text = z.coerce.string().optional().catch(undefined);

const root = createRootRouteWithContext<{ ask: Ask }>()({
  staleTime: Number.POSITIVE_INFINITY,
  loader: ({ context: { ask } }) => {
    ask(attentionQuery());
  },
  component: () => (
    <SignedIn>
      <Shell />
    </SignedIn>
  ),
  notFoundComponent: NotFound,
  errorComponent: ({ error, reset }) => <ProblemBox error={error} retry={reset} />,
});

function Home() {
  const { tenant } = useSession();
  return tenant === null ? (
    <Navigate to="/fleet" search={{}} replace />
  ) : (
    <Navigate to="/t/$tenant" params={{ tenant: tenant.id }} replace />
  );
}

const home = createRoute({ getParentRoute: () => root, path: '/', component: Home });
const login = createRoute({ getParentRoute: () => root, path: '/login', component: Home });

const signedIn = createRoute({ getParentRoute: () => root, path: '/signed-in', component: pages.signedIn });

export const fleetRoute = createRoute({
  getParentRoute: () => root,
  path: '/fleet',
  validateSearch: z.object({
    health: text,
    q: text,
    sort: z.enum(['worst', 'name', 'oldest']).optional().catch(undefined),
    offset: z.coerce.number().int().min(0).optional().catch(undefined),
  }),
  loaderDeps: ({ search }) => search,
  loader: ({ context: { ask }, deps }) => {
    ask(fleetQuery(fleetFilter(deps)));
  },
  component: pages.fleet,
});
const attention = createRoute({ getParentRoute: () => root, path: '/attention', component: pages.attention });
export const allRunsRoute = createRoute({
  getParentRoute: () => root,
  path: '/runs',
  validateSearch: z.object({ object: object.optional().catch(undefined), state: text, trigger: text, before: text }),
  component: pages.allRuns,
});
const keys = createRoute({ getParentRoute: () => root, path: '/keys', component: pages.keys });
export const auditRoute = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: z.object({ tenant: text, before: text }),
  component: pages.audit,
});

const tenant = createRoute({
  getParentRoute: () => root,
  path: '/t/$tenant',
  loader: ({ context: { ask }, params: { tenant: id } }) => {
    ask(tenantQuery(id));
    ask(syncsQuery(id));
    ask(runsQuery(id, { limit: 8 }));
    ask(fleetQuery(fleetFilter({ q: id, sort: 'name' })));
    ask(connectionsQuery(id));
  },
  component: pages.tenant,
});
export const runsRoute = createRoute({
  getParentRoute: () => root,
  path: '/t/$tenant/runs',
  validateSearch: z.object({ object: object.optional().catch(undefined), state: text, before: text }),
  component: pages.runs,
});
export const runRoute = createRoute({
  getParentRoute: () => root,
  path: '/t/$tenant/runs/$run',
  validateSearch: z.object({
    leg: z.enum(['pull', 'push']).optional().catch(undefined),
    outcome: text,
    after: text,
  }),
  loader: ({ context: { ask }, params: { tenant: id, run } }) => {
    ask(tenantQuery(id));
    ask(runQuery(id, run));
  },
  component: pages.run,
});
export const recordsRoute = createRoute({
  getParentRoute: () => root,
  path: '/t/$tenant/records',
  validateSearch: z.object({ q: text }),
  component: pages.records,
});
export const setupRoute = createRoute({
  getParentRoute: () => root,
  path: '/t/$tenant/setup',
  validateSearch: z.object({
    step: z.enum(['pendo', 'hubspot', 'match', 'pull', 'push', 'preview', 'enable']).optional().catch(undefined),
    object: object.optional().catch(undefined),
  }),
  component: pages.setup,
});
const connections = createRoute({
  getParentRoute: () => root,
  path: '/t/$tenant/connections',
  component: pages.connections,
});
const alerts = createRoute({ getParentRoute: () => root, path: '/t/$tenant/alerts', component: pages.alerts });
const settings = createRoute({ getParentRoute: () => root, path: '/t/$tenant/settings', component: pages.settings });
const days = z.object({ days: z.coerce.number().int().min(1).max(366).optional().catch(undefined) });
export const allUsageRoute = createRoute({
  getParentRoute: () => root,
  path: '/usage',
  validateSearch: days,
  component: pages.allUsage,
});
export const usageRoute = createRoute({
  getParentRoute: () => root,
  path: '/t/$tenant/usage',
  validateSearch: days,
  component: pages.usage,
});
const sync = createRoute({
  getParentRoute: () => root,
  path: '/t/$tenant/$object',
  loader: ({ context: { ask }, params: { tenant: id, object: asked } }) => {
    const of = asked === 'account' ? asked : 'visitor';
    ask(tenantQuery(id));
    ask(syncsQuery(id));
    ask(runsQuery(id, { object: of, limit: 50 }));
    ask(fleetQuery(fleetFilter({ q: id, sort: 'name' })));
    ask(historyQuery(id, of, 90));
  },
  component: pages.sync,
});
export const versionsRoute = createRoute({
  getParentRoute: () => root,
  path: '/t/$tenant/$object/versions',
  validateSearch: z.object({ version: z.coerce.number().int().min(1).optional().catch(undefined) }),
  component: pages.versions,
});
const record = createRoute({
  getParentRoute: () => root,
  path: '/t/$tenant/$object/records/$side/$id',
  component: pages.record,
});

export function createConsoleRouter(queries: QueryClient) {
  return createRouter({
    context: {
      ask: (query) => {
        if (probablySignedIn()) void queries.prefetchQuery(query);
      },
    },
    routeTree: root.addChildren([
      home,
      login,
      signedIn,
      fleetRoute,
      attention,
      allRunsRoute,
      keys,
      auditRoute,
      allUsageRoute,
      usageRoute,
      tenant,
      runsRoute,
      runRoute,
      recordsRoute,
      setupRoute,
      connections,
      alerts,
      settings,
      sync,
      versionsRoute,
      record,
    ]),
    defaultPreload: false,
    defaultPendingComponent: () => <Waiting rows={8} />,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
