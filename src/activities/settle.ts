/**
 * Between reading and delivering, in one transaction: which records match, what is owed, whether the guards let it
 * pass, and what becomes of every record that owes nothing.
 */
import { readAnswers } from '../db/answers.ts';
import { countInHand } from '../db/events/plan.ts';
import type { Tx } from '../db/index.ts';
import { type BaseRun, findBaseRun } from '../db/runs/base-run.ts';
import { moveRun, type Run, readTotals } from '../db/runs/index.ts';
import type { HeldLeg, Leg, RunCounts } from '../db/schema.ts';
import {
  countFields,
  countJudged,
  countMatches,
  countNearMisses,
  countNotCreated,
  describeRun,
  findCreations,
  findDifferences,
  findPair,
  judgeRecords,
  matchRecords,
  planDeliveries,
  recordForgotten,
  recordLeftBehind,
  recordTransitions,
  type SettleScope,
} from '../db/settle/index.ts';
import { pendoClearing } from '../sync/canaries.ts';
import type { PendoSettings } from '../sync/config.ts';
import type { EventSpan } from '../sync/event-days.ts';
import { newlyStopped, stoppedFields } from '../sync/mapping.ts';
import { countFlocks, estimate } from './deliver/estimate.ts';
import type { EngineDeps } from './deps.ts';
import { spansOf } from './read/pendo-event-days.ts';
import { forgottenBy, nobody, planOf } from './read/row-rules.ts';
import { guardRun } from './settle/guard-run.ts';
import { settleEvents } from './settle/settle-events.ts';
import { runStep } from './step/step.ts';
import type { RunRef, SettleResult, StepResult } from './types.ts';

export async function settle(deps: EngineDeps, ref: RunRef): Promise<StepResult & { settled?: SettleResult }> {
  let settled: SettleResult | undefined;
  const result = await runStep(deps, ref, 'settle', 'settle', async (step) => {
    const { pendoSettings } = await step.vendors();
    const spans = await spansOf(step, ref);
    settled = await step.write((tx) => settleIn(tx, deps, ref, step.run, spans, pendoSettings.clear), {
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
  spans: readonly EventSpan[],
  clear: PendoSettings['clear'],
): Promise<SettleResult> {
  const answers = await readAnswers(tx, ref.tenantId);
  const all = scopeOf(ref, run, pendoClearing(ref.object, clear, answers.pendo, deps.clock()));
  await matchRecords(tx, all);
  const scope = run.scope === 'record' ? { ...all, record: await findPair(tx, all) } : all;
  await findDifferences(tx, scope);
  const forgotten = await forgottenBy(deps, ref, tx);
  await findCreations(tx, scope, forgotten === nobody ? undefined : (key) => forgotten('key', key));
  await judgeRecords(tx, scope);
  await planDeliveries(tx, scope);
  const match = { ...(await countMatches(tx, scope)), nearMisses: await countNearMisses(tx, scope) };
  const events = await settleEvents(tx, scope, run, spans, deps.clock());
  const base = await findBaseRun(tx, scope);
  const counts = { ...(await countRun(tx, scope, match, base)), ...(events && { events: events.counts }) };
  const held = await guardRun(tx, scope, base, counts);
  if (!run.dry_run) {
    await recordTransitions(tx, scope);
    if (!scope.delta && base?.epoch !== run.epoch) await recordLeftBehind(tx, scope);
    await recordForgotten(tx, scope);
  }
  const preview = run.dry_run ? await describeRun(tx, scope, match) : null;
  const owed = await countOwed(tx, ref.runId);
  const shown = preview && {
    ...preview,
    ...(events?.preview && { events: events.preview }),
    estimate: estimate(
      run,
      owed,
      preview.creations.push,
      events?.preview?.occurrences ?? 0,
      countFlocks(scope, counts, preview.creations, answers),
      Date.now(),
    ),
  };
  await tx
    .updateTable('runs')
    .set({
      counts: JSON.stringify(counts),
      held: JSON.stringify(held),
      settled_at: new Date(deps.clock()),
      ...(shown === null ? {} : { preview: JSON.stringify(shown) }),
    })
    .where('id', '=', ref.runId)
    .execute();
  await moveRun(tx, ref.runId, { phase: 'deliver' });
  return { owed: run.dry_run ? nothing : owed, ...shownOf(held, run, match.matched) };
}

function scopeOf(ref: RunRef, run: Run, pendoCanClear: SettleScope['pendoCanClear']): SettleScope {
  return {
    ...ref,
    config: run.config,
    configVersion: run.config_version,
    plan: planOf(run),
    delta: run.scope !== 'full',
    record: null,
    pendoCanClear,
    dryRun: run.dry_run,
    retry: run.trigger === 'retry',
    version: run.config_version,
    opened: (run.as_of ?? new Date()).getTime(),
    now: (run.read_at ?? new Date()).getTime(),
  };
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

/** @param match the forgotten of both sides are added to it */
async function countRun(
  tx: Tx,
  scope: SettleScope,
  match: Record<string, number>,
  base: BaseRun | null,
): Promise<RunCounts> {
  const legs = await countJudged(tx);
  const hubspot = await readTotals(tx, scope.runId, 'hubspot');
  const pendo = await readTotals(tx, scope.runId, 'pendo');
  // The forgotten are not in the mirror; they are counted, and nothing else.
  add(legs.pull, 'excluded', hubspot.excluded);
  add(legs.push, 'excluded', pendo.excluded);
  match.excludedHubspot = (match.excludedHubspot ?? 0) + hubspot.excluded;
  match.excludedPendo = (match.excludedPendo ?? 0) + pendo.excluded;
  const fields = await countFields(tx);
  const notCreated = await countNotCreated(tx, scope);
  const stopped = stoppedFields(scope.plan);
  const news = newlyStopped(scope.plan, base?.plan);
  return {
    read: { hubspot: hubspot.records, pendo: pendo.records },
    match,
    legs,
    fields,
    ...(Object.keys(notCreated).length > 0 ? { notCreated } : {}),
    ...(stopped.length > 0 ? { stopped } : {}),
    ...(news.length > 0 ? { newlyStopped: news } : {}),
  };
}

function add(counts: Record<string, number>, outcome: string, n: number): void {
  if (n > 0) counts[outcome] = (counts[outcome] ?? 0) + n;
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
  return { pull: of('pull'), push: of('push') + (await countInHand(tx, runId)) };
}
