/**
 * Between reading and delivering, in one transaction: who belongs to whom, what is owed, whether the guards let it
 * pass, and what becomes of every record that owes nothing.
 */
import type { Tx } from '../db/index.ts';
import type { Run } from '../db/runs/index.ts';
import { moveRun, readTotals } from '../db/runs/index.ts';
import type { HeldLeg, Leg, RunCounts } from '../db/schema.ts';
import {
  countFields,
  countLosses,
  countMatches,
  countNearMisses,
  countNotCreated,
  countStandings,
  describeRun,
  findCreations,
  findDifferences,
  judgeRecords,
  matchRecords,
  planDeliveries,
  recordForgotten,
  recordTransitions,
  type SettleScope,
} from '../db/settle/index.ts';
import { countGuard, valueGuard } from '../sync/guards.ts';
import { newlyStopped, stoppedFields } from '../sync/mapping.ts';
import type { Plan } from '../sync/types.ts';
import type { EngineDeps } from './deps.ts';
import { estimate } from './estimate.ts';
import { forgottenBy, nobody, planOf } from './row-rules.ts';
import { runStep } from './step.ts';
import type { RunRef, SettleResult, StepResult } from './types.ts';

export async function settle(deps: EngineDeps, ref: RunRef): Promise<StepResult & { settled?: SettleResult }> {
  let settled: SettleResult | undefined;
  const result = await runStep(deps, ref, 'settle', 'settle', async (step) => {
    const { pendoSettings } = await step.vendors();
    settled = await step.write((tx) => settleIn(tx, deps, ref, step.run, pendoSettings.clear !== 'cannot'), {
      long: true,
    });
    return { kind: 'done' };
  });
  return settled === undefined ? result : { ...result, settled };
}

async function settleIn(
  tx: Tx,
  deps: EngineDeps,
  ref: RunRef,
  run: Run,
  pendoCanClear: boolean,
): Promise<SettleResult> {
  const scope: SettleScope = {
    ...ref,
    config: run.config,
    configVersion: run.config_version,
    plan: planOf(run),
    delta: run.scope === 'delta',
    pendoCanClear,
    dryRun: run.dry_run,
    retry: run.trigger === 'retry',
    version: run.config_version,
    opened: (run.as_of ?? new Date()).getTime(),
    now: (run.read_at ?? new Date()).getTime(),
  };
  await matchRecords(tx, scope);
  await findDifferences(tx, scope);
  const forgotten = await forgottenBy(deps, ref, tx);
  await findCreations(tx, scope, forgotten === nobody ? undefined : (key) => forgotten('key', key));
  await judgeRecords(tx, scope);
  await planDeliveries(tx, scope);
  const nearMisses = await countNearMisses(tx, scope);
  const match = { ...(await countMatches(tx)), nearMisses };
  const counts = await gather(tx, ref, match);
  const notCreated = await countNotCreated(tx, scope);
  if (Object.keys(notCreated).length > 0) counts.notCreated = notCreated;
  const stopped = stoppedFields(scope.plan);
  if (stopped.length > 0) counts.stopped = stopped;
  const news = newlyStopped(scope.plan, await previousPlan(tx, scope));
  if (news.length > 0) counts.newlyStopped = news;
  const held = await guard(tx, scope, run, counts);
  if (!run.dry_run) {
    await recordTransitions(tx, scope);
    await recordForgotten(tx, scope);
  }
  const preview = run.dry_run ? await describeRun(tx, scope, match) : null;
  const owed = await countOwed(tx, ref.runId);
  await tx
    .updateTable('runs')
    .set({
      counts: JSON.stringify(counts),
      held: JSON.stringify(held),
      settled_at: new Date(deps.clock()),
      ...(preview === null
        ? {}
        : {
            preview: JSON.stringify({ ...preview, estimate: estimate(run, owed, preview.creations.push, Date.now()) }),
          }),
    })
    .where('id', '=', ref.runId)
    .execute();
  await moveRun(tx, ref.runId, { phase: 'deliver' });
  return { owed: run.dry_run ? nothing : owed, ...shownOf(held, run, match.matched) };
}

/** What a dry run has to deliver, whatever it found owed. */
const nothing = { pull: 0, push: 0 };

/** What may be delivered of a run that has settled before. */
export async function resettled(tx: Tx, run: Run): Promise<SettleResult> {
  return { owed: await countOwed(tx, run.id), ...shownOf(run.held, run, run.counts.match?.matched) };
}

function shownOf(held: readonly HeldLeg[], { approved }: Run, matched: number | undefined): Omit<SettleResult, 'owed'> {
  const heldBy = Object.fromEntries(held.map(({ leg, test }) => [leg, test]));
  return { held: stoppedLegs(held, approved), heldBy, ...(matched === undefined ? {} : { matched }) };
}

/** Held by a guard, and not approved by a person. */
export function stoppedLegs(held: readonly HeldLeg[], approved: readonly Leg[]): { pull: boolean; push: boolean } {
  const stops = (leg: Leg): boolean => held.some((each) => each.leg === leg) && !approved.includes(leg);
  return { pull: stops('pull'), push: stops('push') };
}

async function gather(tx: Tx, ref: RunRef, match: Record<string, number>): Promise<RunCounts> {
  const legs = await countStandings(tx);
  const hubspot = await readTotals(tx, ref.runId, 'hubspot');
  const pendo = await readTotals(tx, ref.runId, 'pendo');
  // The forgotten are not in the mirror; they are counted, and nothing else.
  add(legs.pull, 'excluded', hubspot.excluded);
  add(legs.push, 'excluded', pendo.excluded);
  match.excludedHubspot = (match.excludedHubspot ?? 0) + hubspot.excluded;
  match.excludedPendo = (match.excludedPendo ?? 0) + pendo.excluded;
  return { read: { hubspot: hubspot.records, pendo: pendo.records }, match, legs, fields: await countFields(tx) };
}

function add(counts: Record<string, number>, outcome: string, n: number): void {
  if (n > 0) counts[outcome] = (counts[outcome] ?? 0) + n;
}

async function guard(tx: Tx, scope: SettleScope, run: Run, counts: RunCounts): Promise<HeldLeg[]> {
  const { guards } = run.config;
  const held: HeldLeg[] = [];
  const losses = await countLosses(tx, scope, guards.valueFloor);
  const tripped = valueGuard(
    losses.map((loss) => ({ ...loss, toNothing: loss.lost })),
    guards,
  );
  for (const loss of losses) {
    if (!tripped.some((trip) => trip.guard === 'values' && trip.leg === loss.leg && trip.field === loss.field))
      continue;
    held.push({
      leg: loss.leg,
      test: 'values',
      subject: loss.field,
      message: `${loss.lost} of ${loss.something} values of "${loss.field}" would become empty or 0.`,
      before: loss.something,
      now: loss.something - loss.lost,
      samples: loss.samples,
    });
  }
  // A delta run reads what was touched: its numbers say nothing of how many there are.
  if (scope.delta) return held;
  const now = {
    hubspot: counts.read?.hubspot ?? 0,
    pendo: counts.read?.pendo ?? 0,
    matched: counts.match?.matched ?? 0,
  };
  for (const trip of countGuard(await baseline(tx, scope), now, guards)) {
    if (trip.guard !== 'counts') continue;
    const what = { hubspot: 'records read from HubSpot', pendo: 'records read from Pendo', matched: 'matched pairs' };
    for (const leg of ['pull', 'push'] as const) {
      held.push({
        leg,
        test: 'counts',
        subject: trip.count,
        message: `Only ${trip.now} ${what[trip.count]}, after ${trip.before} in the last good run.`,
        before: trip.before,
        now: trip.now,
      });
    }
  }
  return held;
}

/**
 * The last run, not a dry one, that succeeded or degraded with no leg held when it closed: one that was held and then
 * approved is among them, or every run after it would be held again.
 */
async function baseline(
  tx: Tx,
  { tenantId, object, runId }: SettleScope,
): Promise<{ hubspot: number; pendo: number; matched: number } | null> {
  const row = await tx
    .selectFrom('runs')
    .select('counts')
    .where('tenant_id', '=', tenantId)
    .where('object', '=', object)
    .where('dry_run', '=', false)
    // A delta counts only what changed.
    .where('scope', '=', 'full')
    .where('id', '<', runId)
    .where('state', 'in', ['succeeded', 'degraded'])
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { read, match } = row.counts;
  return { hubspot: read?.hubspot ?? 0, pendo: read?.pendo ?? 0, matched: match?.matched ?? 0 };
}

/** Of the last run that settled and was no dry one: what stood still then has been reported. */
async function previousPlan(tx: Tx, { tenantId, object, runId }: SettleScope): Promise<Plan | null> {
  const row = await tx
    .selectFrom('runs')
    .select('plan')
    .where('tenant_id', '=', tenantId)
    .where('object', '=', object)
    .where('dry_run', '=', false)
    .where('id', '<', runId)
    .where('settled_at', 'is not', null)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.plan ?? null;
}

async function countOwed(tx: Tx, runId: string): Promise<{ pull: number; push: number }> {
  const rows = await tx
    .selectFrom('deliveries')
    .select((eb) => ['leg', eb.fn.countAll<string>().as('n')])
    .where('run_id', '=', runId)
    .where('state', '=', 'owed')
    .groupBy('leg')
    .execute();
  const of = (leg: Leg): number => Number(rows.find((row) => row.leg === leg)?.n ?? 0);
  return { pull: of('pull'), push: of('push') };
}
