/** What is fetched, under which name, and how often it is asked again. Pages use these and nothing else. */
import { keepPreviousData, QueryClient, queryOptions } from '@tanstack/react-query';
import { typeableId } from '../src/sync/typed-id.ts';
import { ApiProblem, answer, api } from './api.ts';
import type { Leg, SyncObject } from './words/things.ts';

/** Boards are asked again every ten seconds; a hidden tab asks nothing. */
const boardMs = 10_000;

/** An open run: every second at first, and later less often, as what is new becomes a smaller part of its figures. */
const live = { leastMs: 1000, mostMs: 5000, share: 1 / 30 };
export const liveMs = (seconds: number): number =>
  Math.min(live.mostMs, Math.max(live.leastMs, 1000 * seconds * live.share));

export function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 2000,
        refetchOnWindowFocus: true,
        // What was refused is refused again; only a server that did not answer is asked once more.
        retry: (failures, error) =>
          failures < 2 && (!(error instanceof ApiProblem) || error.status === 0 || error.status === 503),
      },
    },
  });
}

export type Session = Awaited<ReturnType<typeof fetchSession>>;
/** Set in the browser by a sign-in: a page that is signed out skips requests that would be refused. Identifies nobody. */
const signedInBefore = 'crosswalk.signedIn';
const fetchSession = async () => {
  try {
    const session = await answer(api.session.session.$get());
    localStorage.setItem(signedInBefore, 'yes');
    return session;
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) localStorage.removeItem(signedInBefore);
    throw error;
  }
};
/** Whether what a page shows first can be asked for beside the session, instead of after it. */
export const probablySignedIn = (): boolean => localStorage.getItem(signedInBefore) !== null;
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: fetchSession,
  staleTime: 60_000,
  retry: false,
});

export const signInWaysQuery = queryOptions({
  queryKey: ['signInWays'],
  queryFn: () => answer(api.ways.$get()),
  staleTime: 300_000,
});

interface FleetFilter {
  health?: string | undefined;
  q?: string | undefined;
  sort: 'worst' | 'name' | 'oldest';
  offset: number;
}
/** What the fleet's address asks for. */
export const fleetFilter = ({
  health,
  q,
  sort,
  offset,
}: { [K in keyof FleetFilter]?: FleetFilter[K] | undefined }) => ({
  health,
  q: q || undefined,
  sort: sort ?? 'worst',
  offset: offset ?? 0,
});
export const fleetQuery = (query: FleetFilter) =>
  queryOptions({
    queryKey: ['fleet', query],
    queryFn: () => answer(api.fleet.syncs.$get({ query: { ...query, offset: String(query.offset), limit: '50' } })),
    refetchInterval: boardMs,
    placeholderData: keepPreviousData,
  });
export type FleetRow = Awaited<ReturnType<NonNullable<ReturnType<typeof fleetQuery>['queryFn']>>>['syncs'][number];

export const attentionQuery = (tenantId?: string) =>
  queryOptions({
    queryKey: ['attention', tenantId],
    queryFn: () => answer(api.fleet.attention.$get({ query: tenantId === undefined ? {} : { tenantId } })),
    refetchInterval: boardMs,
  });
const attentionOf = () => answer(api.fleet.attention.$get({ query: {} }));
export type AttentionItem = Awaited<ReturnType<typeof attentionOf>>['items'][number];

export const tenantQuery = (tenant: string) =>
  queryOptions({
    queryKey: ['tenant', tenant],
    queryFn: () => answer(api.tenants[':tenant'].$get({ param: { tenant } })),
    staleTime: 30_000,
  });
const tenantOf = (tenant: string) => answer(api.tenants[':tenant'].$get({ param: { tenant } }));
export type Tenant = Awaited<ReturnType<typeof tenantOf>>;

export const syncsQuery = (tenant: string) =>
  queryOptions({
    queryKey: ['syncs', tenant],
    queryFn: () => answer(api.syncs.$get({ param: { tenant } })),
    refetchInterval: boardMs,
  });
const syncsOf = (tenant: string) => answer(api.syncs.$get({ param: { tenant } }));
export type Sync = Awaited<ReturnType<typeof syncsOf>>['syncs'][number];

export const connectionsQuery = (tenant: string) =>
  queryOptions({
    queryKey: ['connections', tenant],
    queryFn: () => answer(api.connections.$get({ param: { tenant } })),
    refetchInterval: boardMs,
  });
const assumptionsOf = (tenant: string) => answer(api.assumptions.$get({ param: { tenant } }));
export type Assumption = Awaited<ReturnType<typeof assumptionsOf>>['assumptions'][number];

export const assumptionsQuery = (tenant: string) =>
  queryOptions({
    queryKey: ['assumptions', tenant],
    queryFn: () => assumptionsOf(tenant),
    refetchInterval: boardMs,
  });

const connectionsOf = (tenant: string) => answer(api.connections.$get({ param: { tenant } }));
export type Connection = Awaited<ReturnType<typeof connectionsOf>>['connections'][number];

export const propertiesQuery = (tenant: string, object: SyncObject) =>
  queryOptions({
    queryKey: ['properties', tenant, object],
    queryFn: () => answer(api.catalogue['hubspot-properties'].$get({ param: { tenant, object } })),
    staleTime: 300_000,
  });
const propertiesOf = (tenant: string, object: SyncObject) =>
  answer(api.catalogue['hubspot-properties'].$get({ param: { tenant, object } }));
export type HubSpotProperty = Awaited<ReturnType<typeof propertiesOf>>['properties'][number];

export const pendoFieldsQuery = (tenant: string, object: SyncObject, search: string) =>
  queryOptions({
    queryKey: ['pendoFields', tenant, object, search],
    queryFn: () =>
      answer(api.catalogue['pendo-fields'].$get({ param: { tenant, object }, query: { search, limit: '30' } })),
    staleTime: 300_000,
    placeholderData: keepPreviousData,
  });

export type ItemList = 'pages' | 'features' | 'track-types' | 'segments';
export const pendoItemsQuery = (tenant: string, kind: ItemList, search: string) =>
  queryOptions({
    queryKey: ['pendoItems', tenant, kind, search],
    queryFn: () => answer(api.items.$get({ param: { tenant, kind }, query: { search, limit: '30' } })),
    staleTime: 300_000,
    placeholderData: keepPreviousData,
  });

type CheckedConfig = NonNullable<Parameters<(typeof api.syncs)[':object']['check']['$post']>[0]['json']['config']>;
/** What the API would say of a configuration; nothing is stored. */
export const syncCheckQuery = (tenant: string, object: SyncObject, config: CheckedConfig) =>
  queryOptions({
    queryKey: ['syncCheck', tenant, object, config],
    queryFn: () => answer(api.syncs[':object'].check.$post({ param: { tenant, object }, json: { config } })),
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  });

type RunState =
  | 'queued'
  | 'running'
  | 'paused'
  | 'waiting'
  | 'held'
  | 'succeeded'
  | 'degraded'
  | 'failed'
  | 'cancelled';
export const samplesQuery = (tenant: string, object: SyncObject, properties: string) =>
  queryOptions({
    queryKey: ['samples', tenant, object, properties],
    queryFn: () =>
      answer(
        api.samples.catalogue[':object'].samples.$get({
          param: { tenant, object },
          query: { properties },
        }),
      ),
    staleTime: 300_000,
    placeholderData: keepPreviousData,
  });
const comparedOf = (tenant: string) =>
  answer(
    api.samples.syncs[':object'].keys.compare.$post({ param: { tenant, object: 'visitor' }, json: { properties: [] } }),
  );
export type ComparedKeys = Awaited<ReturnType<typeof comparedOf>>;

export const activeStates: readonly string[] = ['queued', 'running', 'waiting', 'paused'];

export const runsQuery = (
  tenant: string,
  filter: {
    object?: SyncObject | undefined;
    state?: RunState | undefined;
    before?: string | undefined;
    limit?: number;
  },
) =>
  queryOptions({
    queryKey: ['runs', tenant, filter],
    queryFn: () =>
      answer(api.runs.$get({ param: { tenant }, query: { ...filter, limit: String(filter.limit ?? 50) } })),
    refetchInterval: boardMs,
    placeholderData: keepPreviousData,
  });
const runsOf = (tenant: string) => answer(api.runs.$get({ param: { tenant }, query: { limit: '1' } }));
export type Run = Awaited<ReturnType<typeof runsOf>>['runs'][number];

export const allRunsQuery = (filter: {
  object?: SyncObject | undefined;
  state?: RunState | undefined;
  trigger?: Trigger | undefined;
  before?: string | undefined;
}) =>
  queryOptions({
    queryKey: ['allRuns', filter],
    queryFn: () => answer(api.fleet.runs.$get({ query: { ...filter, limit: '50' } })),
    refetchInterval: boardMs,
    placeholderData: keepPreviousData,
  });
export type Trigger = Run['trigger'];
export type RunWithTenant = { tenant: { id: string; name: string }; run: Run };

export const versionsQuery = (tenant: string, object: SyncObject) =>
  queryOptions({
    queryKey: ['versions', tenant, object],
    queryFn: () => answer(api.versions.$get({ param: { tenant, object } })),
  });
export const versionQuery = (tenant: string, object: SyncObject, version: number) =>
  queryOptions({
    queryKey: ['version', tenant, object, version],
    queryFn: () => answer(api.versions[':version'].$get({ param: { tenant, object, version: String(version) } })),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const runQuery = (tenant: string, run: string) =>
  queryOptions({
    queryKey: ['run', tenant, run],
    queryFn: () => answer(api.runs[':run'].$get({ param: { tenant, run } })),
    refetchInterval: ({ state: { data } }) => {
      if (data && !activeStates.includes(data.state)) return false;
      return liveMs(data?.durationSeconds ?? 0);
    },
  });
const runOf = (tenant: string, run: string) => answer(api.runs[':run'].$get({ param: { tenant, run } }));
export type RunDetail = Awaited<ReturnType<typeof runOf>>;

type Outcome = NonNullable<Parameters<typeof api.evidence.records.$get>[0]['query']['outcome']>;
export const recordsQuery = (tenant: string, run: string, leg: Leg, outcome: Outcome | undefined, after?: string) =>
  queryOptions({
    queryKey: ['records', tenant, run, leg, outcome, after],
    queryFn: () =>
      answer(
        api.evidence.records.$get({
          param: { tenant, run },
          query: { leg, outcome, limit: '50', ...(after === undefined ? {} : { after }) },
        }),
      ),
    placeholderData: keepPreviousData,
  });
const recordsOf = (tenant: string, run: string) =>
  answer(api.evidence.records.$get({ param: { tenant, run }, query: { leg: 'pull', limit: '1' } }));
export type RunRecord = Awaited<ReturnType<typeof recordsOf>>['records'][number];

export const recordQuery = (tenant: string, object: SyncObject, side: 'hubspot' | 'pendo', id: string) =>
  queryOptions({
    queryKey: ['record', tenant, object, side, id],
    queryFn: () =>
      answer(
        api.records.records[side][':id'].$get({ param: { tenant, object, id: encodeURIComponent(typeableId(id)) } }),
      ),
  });
const recordOf = (tenant: string) =>
  answer(api.records.records.pendo[':id'].$get({ param: { tenant, object: 'visitor', id: '' } }));
export type RecordAnswer = Awaited<ReturnType<typeof recordOf>>;

const checkOf = (tenant: string) =>
  answer(api.check.$post({ param: { tenant, object: 'visitor' }, json: { hubspotId: '' } }));
export type RecordCheck = Awaited<ReturnType<typeof checkOf>>;

export const searchQuery = (tenant: string, text: string) =>
  queryOptions({
    queryKey: ['search', tenant, text],
    queryFn: () => answer(api.search.$post({ param: { tenant }, json: { text } })),
  });

export const historyQuery = (tenant: string, object: SyncObject, days: number) =>
  queryOptions({
    queryKey: ['history', tenant, object, days],
    queryFn: () =>
      answer(
        api.fleet.tenants[':tenant'].syncs[':object'].history.$get({
          param: { tenant, object },
          query: { days: String(days) },
        }),
      ),
    refetchInterval: 60_000,
  });

export const tenantUsageQuery = (tenant: string, days: number) =>
  queryOptions({
    queryKey: ['usage', tenant, days],
    queryFn: () =>
      answer(api.usage.tenants[':tenant'].usage.$get({ param: { tenant }, query: { days: String(days) } })),
    refetchInterval: boardMs,
    placeholderData: keepPreviousData,
  });
export const allUsageQuery = (days: number) =>
  queryOptions({
    queryKey: ['usage', days],
    queryFn: () => answer(api.usage.usage.$get({ query: { days: String(days) } })),
    refetchInterval: boardMs,
    placeholderData: keepPreviousData,
  });
const usageOf = () => answer(api.usage.usage.$get({ query: {} }));
export type AllUsage = Awaited<ReturnType<typeof usageOf>>;
export type UsageDay = AllUsage['days'][number];

export const keysQuery = (tenantId?: string) =>
  queryOptions({
    queryKey: ['keys', tenantId],
    queryFn: () => answer(api.keys.$get({ query: tenantId === undefined ? {} : { tenantId } })),
  });
export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: () => answer(api.session.sessions.$get({ query: {} })),
});

export const auditQuery = (tenantId: string | undefined, before: string | undefined) =>
  queryOptions({
    queryKey: ['audit', tenantId, before],
    queryFn: () =>
      answer(api.audit.$get({ query: { limit: '50', ...(tenantId && { tenantId }), ...(before && { before }) } })),
    placeholderData: keepPreviousData,
  });

const auditOf = () => answer(api.audit.$get({ query: {} }));
export type AuditEntry = Awaited<ReturnType<typeof auditOf>>['entries'][number];

export const alertsQuery = (tenant: string) =>
  queryOptions({
    queryKey: ['alerts', tenant],
    queryFn: () => answer(api.alerts.$get({ param: { tenant }, query: { limit: '50' } })),
    refetchInterval: boardMs,
  });
export const recipientsQuery = (tenant: string) =>
  queryOptions({
    queryKey: ['recipients', tenant],
    queryFn: () => answer(api.recipients.$get({ param: { tenant } })),
    refetchInterval: boardMs,
  });
const recipientsOf = (tenant: string) => answer(api.recipients.$get({ param: { tenant } }));
export type Recipient = Awaited<ReturnType<typeof recipientsOf>>['recipients'][number];
export const alertTargetQuery = (tenant: string) =>
  queryOptions({
    queryKey: ['alertTarget', tenant],
    queryFn: async () => {
      try {
        return await answer(api.alerts.target.$get({ param: { tenant } }));
      } catch (error) {
        if (error instanceof ApiProblem && error.status === 404) return null;
        throw error;
      }
    },
  });
