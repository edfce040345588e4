/**
 * Which record had which outcome in a run. Outcomes are kept as transitions: a record's outcome in a run is its newest
 * row up to that run; `written` counts for its own run only and is `unchanged` after it; `gone` is no record any more.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { firstByWeight, hasMore, longestShown } from '../../db/page-weight.ts';
import type { Run } from '../../db/runs/index.ts';
import type { Leg } from '../../db/schema.ts';
import { sourceOf } from '../../sync/legs.ts';
import type { Outcome } from '../../sync/outcomes.ts';
import type { Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';
import { findRun } from '../runs/actions.ts';
import { type RefusedField, refusedFields } from './refused-fields.ts';

export interface EvidenceFilter {
  leg: Leg;
  outcome?: Outcome | undefined;
  /** Records of the source beyond this id. */
  after?: string | undefined;
  limit: number;
}

export interface EvidenceRow {
  /** Id of the source's record: HubSpot's on the pull leg, Pendo's on the push leg. */
  id: string;
  partnerId: string | null;
  outcome: Outcome;
  /** The run in which it came to stand like this. */
  sinceRun: string;
  reason: Record<string, unknown> | null;
  /** Field -> [held before, wanted], for what this run wrote, or owed and did not write. */
  changes: Record<string, [unknown, unknown]> | null;
  /** What was owed beside them and refused for the whole run, where the rest of the record was written. */
  refused: Record<string, RefusedField> | null;
}

export interface EvidencePage {
  rows: EvidenceRow[];
  /** Id to go on after; null at the end. A page is bounded by its weight, so it may be short with more to come. */
  next: string | null;
}

export function listEvidence(
  control: Control,
  caller: Caller,
  tenantId: string,
  runId: string,
  filter: EvidenceFilter,
): Promise<EvidencePage> {
  return inTenant(control, caller, 'read', tenantId, async (tx) =>
    readPage(tx, await findRun(tx, tenantId, runId), filter),
  );
}

/** All of them, a page at a time, each in a transaction of its own: an export may take as long as its reader. */
export async function* streamEvidence(
  control: Control,
  caller: Caller,
  tenantId: string,
  runId: string,
  filter: Omit<EvidenceFilter, 'limit' | 'after'>,
): AsyncGenerator<EvidenceRow> {
  let limit = 500;
  for (let after: string | undefined; ; ) {
    const { rows, next } = await listEvidence(control, caller, tenantId, runId, { ...filter, after, limit });
    yield* rows;
    if (next === null) return;
    after = next;
    // What did not fit was read in vain.
    limit = Math.min(500, 2 * rows.length);
  }
}

interface Delivered {
  changes: Record<string, [unknown, unknown]>;
  leftOut: Record<string, [unknown, unknown]> | null;
}

/** It ended before it compared: who could have had a partner was not reached, and where it read nothing, nobody was judged. */
const endedUnsettled = (run: Run): boolean =>
  run.closed_at !== null && run.settled_at === null && run.read_round <= 1 && !run.dry_run;

/** A run of one record lists that one, and of its partner what it gives. */
function isListed({ id, scope }: Run, leg: Leg): RawBuilder<boolean> {
  if (scope !== 'record') return sql`true`;
  return sql`o.giver_id in (
    select x.id from run_records x
    where x.run_id = ${id}::bigint and x.side = ${sourceOf(leg)}
      and not exists (select from run_records n where n.run_id = x.run_id and not n.found))`;
}

const ofKeyAlone = sql`o.outcome in ('excluded', 'blank', 'invalidKey')`;

async function readPage(tx: Tx, run: Run, { leg, outcome, after, limit }: EvidenceFilter): Promise<EvidencePage> {
  const unsettled = endedUnsettled(run);
  if (unsettled && Object.keys(run.counts.legs?.[leg] ?? {}).length === 0) return { rows: [], next: null };
  const ofOutcome = unsettled
    ? sql`o.outcome <> 'gone' and ${
        outcome === undefined
          ? sql`true`
          : outcome === 'notReached'
            ? sql`not ${ofKeyAlone}`
            : sql`o.outcome = ${outcome} and ${ofKeyAlone}`
      }`
    : outcome === undefined
      ? sql`o.outcome <> 'gone'`
      : outcome === 'unchanged'
        ? sql`(o.outcome = 'unchanged' or (o.outcome = 'written' and o.run_id < ${run.id}::bigint))`
        : outcome === 'written'
          ? sql`o.outcome = 'written' and o.run_id = ${run.id}::bigint`
          : sql`o.outcome = ${outcome}`;
  const { rows } = await firstByWeight<EvidenceRow & { delivery: Delivered | null }>(
    sql`
    select o.giver_id as id, o.partner_id as "partnerId",
           case when ${unsettled} and not ${ofKeyAlone} then ${run.id}::text else o.run_id::text end as "sinceRun",
           case when ${unsettled} and not ${ofKeyAlone} then null else o.reason end as reason,
           case when ${unsettled} and not ${ofKeyAlone} then 'notReached'
                when o.outcome = 'written' and o.run_id < ${run.id}::bigint then 'unchanged' else o.outcome end as outcome,
           (select jsonb_build_object('changes', cut_values(d.changes, ${longestShown}), 'leftOut', cut_values(d.dropped, ${longestShown})) from deliveries d
            where d.run_id = ${run.id}::bigint and d.leg = ${leg} and d.kind <> 'clear'
              and ${sql.raw(leg === 'pull' ? "d.hubspot_id = (case when o.giver_id ~ '^[0-9]{1,18}$' then o.giver_id::bigint end)" : 'd.pendo_id = o.giver_id')}
              and d.tenant_id = o.tenant_id
            -- A run that read again may have two: the one that makes it written comes first.
            order by d.state = 'accepted' desc, d.seq desc limit 1) as delivery
    from outcomes o
    where o.tenant_id = ${run.tenant_id} and o.object = ${run.object} and o.leg = ${leg}
      and o.run_id <= ${run.id}::bigint and ${ofOutcome} and ${isListed(run, leg)}
      ${after === undefined ? sql`` : sql`and o.giver_id > ${after} collate "C"`}
      and not exists (
        select from outcomes n
        where n.tenant_id = o.tenant_id and n.object = o.object and n.leg = o.leg and n.giver_id = o.giver_id
          and n.run_id > o.run_id and n.run_id <= ${run.id}::bigint)
    order by o.giver_id collate "C"
    limit ${limit}`,
    {
      weight: sql`200 + octet_length(id) + coalesce(octet_length(reason::text), 0) + coalesce(octet_length(delivery::text), 0)`,
      order: sql`id collate "C"`,
    },
  ).execute(tx);
  const page = rows.map(({ id, partnerId, outcome, sinceRun, reason, delivery }) => ({
    id,
    partnerId,
    outcome,
    sinceRun,
    reason,
    changes: delivery?.changes ?? null,
    refused: refusedFields(leg, delivery?.leftOut ?? null, run.dropped),
  }));
  return { rows: page, next: hasMore(rows, limit) ? (page.at(-1)?.id ?? null) : null };
}
