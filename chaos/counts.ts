/** Compares the counts of runs with the vendors' log and the database, for runs that were not hit. */
import pg from 'pg';
import { agree } from '../oracle/index.ts';
import type { SyncObject } from '../src/sync/config.ts';
import { type Disturbance, type Finding, objectOf, type RunSpan } from './log-evidence.ts';
import type { ChaosTenant } from './tenants.ts';
import type { WorldCall as Call } from './vendor-log.ts';

type Leg = 'pull' | 'push';
type Counts = Record<string, number>;

export interface EndedRun {
  id: string;
  tenantId: string;
  object: SyncObject;
  scope: 'full' | 'delta';
  counts: { read?: Counts; legs?: Partial<Record<Leg, Counts>>; cleared?: Counts };
  /** Per leg: rows that the database has as taken by the vendor. */
  delivered: Record<Leg, number>;
  /** Targets that could not be cleared after a lost match: they are no records of the source, and have no outcome. */
  refusedClears: string[];
  /** Per leg: outcomes of all records after this run. */
  outcomes: Record<Leg, Counts>;
}

/** Runs that succeeded or degraded, dry ones apart, oldest first. */
export async function readEndedRuns(databaseUrl: string): Promise<EndedRun[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<EndedRun>(`
      with legs (leg) as (values ('pull'), ('push'))
      select r.id, r.tenant_id as "tenantId", r.object, r.scope, r.counts,
        (select jsonb_object_agg(leg, (select count(*) from deliveries d
           where d.run_id = r.id and d.leg = legs.leg and d.state = 'accepted')) from legs) as delivered,
        (select coalesce(jsonb_agg(coalesce(d.pendo_id, d.hubspot_id::text)), '[]') from deliveries d
           where d.run_id = r.id and d.kind = 'clear' and d.state = 'rejected') as "refusedClears",
        (select jsonb_object_agg(leg, (
           select coalesce(jsonb_object_agg(outcome, n), '{}') from (
             select outcome, count(*) as n from (
               -- Only what changes has a row: who was written by an earlier run is unchanged by then.
               select distinct on (giver_id)
                 case when run_id < r.id and outcome = 'written' then 'unchanged' else outcome end as outcome
               from outcomes o
               where o.tenant_id = r.tenant_id and o.object = r.object and o.leg = legs.leg and o.run_id <= r.id
               order by giver_id, run_id desc
             ) latest where outcome <> 'gone' group by outcome) counted)) from legs) as outcomes
      from runs r where r.state in ('succeeded', 'degraded') and not r.dry_run order by r.id`);
    return rows;
  } finally {
    await client.end();
  }
}

export interface CountsContext {
  tenant: ChaosTenant;
  log: readonly Call[];
  spans: readonly RunSpan[];
  disturbances: readonly Disturbance[];
  runs: readonly EndedRun[];
}

/** @returns how many runs were compared, and what does not agree */
export function judgeCounts({ tenant, log, spans, disturbances, runs }: CountsContext): {
  compared: number;
  findings: Finding[];
} {
  const findings: Finding[] = [];
  let compared = 0;
  for (const run of runs) {
    const span = spans.find(({ id }) => id === run.id);
    if (span === undefined) continue;
    const during = log.filter((call) => call.at >= span.from && call.at <= span.until);
    const struck =
      disturbances.some(({ from, until }) => from <= span.until && until >= span.from) ||
      during.some(({ fault }) => fault !== undefined && fault !== 'latency');
    if (struck) continue;
    compared += 1;
    for (const detail of problemsOf(run, during)) {
      findings.push({ what: 'counts', world: tenant.name, detail: `run ${run.id} of ${run.object}: ${detail}` });
    }
  }
  return { compared, findings };
}

function problemsOf(
  { object, scope, counts, delivered, refusedClears, outcomes }: EndedRun,
  during: readonly Call[],
): string[] {
  const leg = (name: Leg, source: 'hubspot' | 'pendo') => {
    const ofLeg = counts.legs?.[name] ?? {};
    // A delta reads some, and says of all how they stand.
    const all = Object.values(ofLeg).reduce((sum, n) => sum + n, 0);
    const read = scope === 'delta' ? all : (counts.read?.[source] ?? 0);
    return { read, outcomes: ofLeg, cleared: counts.cleared?.[name] ?? 0 };
  };
  const reported = { object, pull: leg('pull', 'hubspot'), push: leg('push', 'pendo') };
  // A connection that is tried meanwhile writes to a record that is not there.
  const mine = during.filter((call) => call.writes && objectOf(call) === object && !isProbe(call));
  const withOutcome = mine.map((call) => ({
    ...call,
    writes: call.writes?.filter(({ id, accepted }) => accepted || !refusedClears.includes(id)) ?? [],
  }));
  const problems = agree(withOutcome, reported);
  for (const name of ['pull', 'push'] as const) {
    const said = reported[name];
    const written = (said.outcomes.written ?? 0) + said.cleared;
    if (delivered[name] !== written)
      problems.push(`${name}: ${written} written or cleared, the database has ${delivered[name]} as delivered`);
    const known = new Set([...Object.keys(said.outcomes), ...Object.keys(outcomes[name])]);
    for (const outcome of known) {
      const [here, there] = [said.outcomes[outcome] ?? 0, outcomes[name][outcome] ?? 0];
      if (here !== there) problems.push(`${name}: ${here} ${outcome}, the evidence has ${there}`);
    }
  }
  return problems;
}

function isProbe({ writes = [] }: Call): boolean {
  return writes.length === 1 && writes.every(({ fields, accepted }) => !accepted && Object.keys(fields).length === 0);
}
