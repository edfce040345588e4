/** Gives every open record its outcome, counts, and says how the run ended. Calling it twice changes nothing. */

import { Context } from '@temporalio/activity';
import {
  closeOpen,
  countDeliveredFields,
  countDeliveries,
  countNotCreatedAtEnd,
  countOutcomes,
  countRejections,
  countUnreached,
  judgedOnly,
} from '../db/close.ts';
import { countByState } from '../db/events/ledger.ts';
import type { Tx } from '../db/index.ts';
import { toJsonb } from '../db/jsonb.ts';
import { planWithoutStatistics } from '../db/planning.ts';
import { clearWork, loadRun, type Run, readTotals } from '../db/runs/index.ts';
import type { Leg, RunCounts, RunState } from '../db/schema.ts';
import type { EventCounts } from '../sync/event-counts.ts';
import { legs, sourceOf } from '../sync/legs.ts';
import { type ClosedRun, noteClosedRun } from '../telemetry/work-metrics.ts';
import { verdictOf } from './close/verdict.ts';
import type { EngineDeps } from './deps.ts';
import { stoppedLegs } from './settle.ts';
import { scrubbed } from './step/scrub.ts';
import type { Ending, RunRef } from './types.ts';

const beatMs = 1000;

export async function closeRun(deps: EngineDeps, ref: RunRef, ending: Ending): Promise<{ state: RunState | 'gone' }> {
  // Without a sign of life nobody would know for a quarter of an hour that the worker is gone.
  const activity = Context.current();
  const beat = setInterval(() => activity.heartbeat(), beatMs);
  try {
    let closed: ClosedRun | undefined;
    const closing = async (tx: Tx): Promise<RunState | 'gone'> => {
      await planWithoutStatistics(tx);
      await tx.selectFrom('runs').select('id').where('id', '=', ref.runId).forUpdate().execute();
      const run = await loadRun(tx, ref.runId);
      if (run === undefined) return 'gone';
      if (run.closed_at !== null || run.state === 'held') return run.state;
      const end = await close(tx, ref, run, ending);
      closed = describe(run, end);
      return end.state;
    };
    const state = await deps.db.tenant(ref.tenantId, closing, { long: true });
    if (closed !== undefined) noteClosedRun(closed);
    await pauseWhereBlocked(deps, ref, ending);
    await deps.afterClose(ref.tenantId, ref.object, ref.runId);
    return { state };
  } catch (error) {
    deps.log.error({ ...ref, err: error }, 'run could not be closed');
    throw scrubbed(error);
  } finally {
    clearInterval(beat);
  }
}

/** What only a person can fix pauses the sync; after the run's own commit, for it takes the sync's lock. */
async function pauseWhereBlocked(deps: EngineDeps, ref: RunRef, ending: Ending): Promise<void> {
  if (ending.kind !== 'blocked') return;
  const run = await deps.db.tenant(ref.tenantId, (tx) => loadRun(tx, ref.runId));
  // What stops the sync is found by its own next run; this one was about one record.
  if (run?.scope === 'record') return;
  if (run?.state === 'failed' && run.reason !== null) await deps.pauseSync(ref.tenantId, ref.object, run.reason);
}

interface End {
  state: RunState;
  counts: RunCounts;
}

/** For the metrics of this process. */
function describe({ object, scope, dry_run, queued_at }: Run, { state, counts }: End): ClosedRun {
  const { read = {}, match = {}, legs: outcomes = {} } = counts;
  const seconds = Math.max(0, (Date.now() - queued_at.getTime()) / 1000);
  return { object, scope: dry_run ? 'dry' : scope, state, seconds, read, matched: match.matched ?? 0, legs: outcomes };
}

async function close(tx: Tx, ref: RunRef, run: Run, ending: Ending): Promise<End> {
  // One that reads again has settled before, and may have delivered.
  const settled = run.settled_at !== null || run.read_round > 1;
  const stopped = stoppedLegs(run.held, run.approved);
  const open: Record<Leg, 'held' | 'notReached'> = {
    pull: stopped.pull ? 'held' : 'notReached',
    push: stopped.push ? 'held' : 'notReached',
  };
  const counts = settled ? await finalCounts(tx, ref, run, open, stopped) : await unreachedCounts(tx, ref, run);
  const { state, reason } = await verdictOf(tx, ref, run, ending, counts, stopped);
  await tx
    .updateTable('runs')
    .set({
      state,
      phase: 'close',
      counts: JSON.stringify(counts),
      reason: reason === null ? null : toJsonb(reason),
      waiting_until: null,
      closed_at: state === 'held' ? null : new Date(),
    })
    .where('id', '=', ref.runId)
    .execute();
  if (state !== 'held') await clearWork(tx, ref.runId);
  return { state, counts };
}

async function finalCounts(
  tx: Tx,
  ref: RunRef,
  run: Run,
  open: Record<Leg, 'held' | 'notReached'>,
  stopped: Record<Leg, boolean>,
): Promise<RunCounts> {
  const only = judgedOnly(run);
  const counts: RunCounts = { ...run.counts, legs: {}, sent: {}, cleared: {}, created: {} };
  for (const leg of legs) {
    const delivered = await countDeliveries(tx, ref.runId, leg);
    const judged = run.counts.legs?.[leg] ?? {};
    if (run.dry_run) {
      counts.legs = { ...counts.legs, [leg]: wouldBe(judged, stopped[leg], delivered.owedCreations) };
      continue;
    }
    await closeOpen(tx, ref, leg, open[leg]);
    const outcomes = await countOutcomes(tx, ref, leg, only);
    const forgotten = (await readTotals(tx, ref.runId, sourceOf(leg))).excluded;
    counts.legs = { ...counts.legs, [leg]: plus(outcomes, 'excluded', forgotten) };
    const notCreated = await countNotCreatedAtEnd(tx, ref, leg, only);
    if (Object.keys(notCreated).length > 0) counts.notCreated = { ...(counts.notCreated as object), [leg]: notCreated };
    counts.sent = { ...counts.sent, [leg]: delivered.accepted + delivered.rejected };
    counts.cleared = { ...(counts.cleared as object), [leg]: delivered.cleared };
    counts.created = { ...(counts.created as object), [leg]: delivered.created };
  }
  const would = { pull: stopped.pull ? 'held' : 'written', push: stopped.push ? 'held' : 'written' };
  counts.fields = await countDeliveredFields(tx, ref.runId, run.counts, run.dry_run ? would : open);
  if (!run.dry_run && run.counts.events !== undefined)
    counts.events = await finalEvents(tx, ref.runId, run.counts.events);
  const rejections = await countRejections(tx, ref.runId);
  if (rejections.length > 0) counts.rejections = rejections;
  return counts;
}

/** Rows that have no answer by now are lost: a later run looks them up. */
async function finalEvents(tx: Tx, runId: string, settled: EventCounts): Promise<EventCounts> {
  const { sent = 0, refused = 0, sending = 0, lost = 0, skipped = 0, owed = 0 } = await countByState(tx, runId);
  return { ...settled, sent, refused, lost: sending + lost, skipped, left: owed };
}

/**
 * One side was not read to its end: every record that could have had a partner was not reached. A run that ended before it
 * began to read has no outcomes: what the mirror holds is of earlier runs.
 */
async function unreachedCounts(tx: Tx, ref: RunRef, run: Run): Promise<RunCounts> {
  const only = judgedOnly(run);
  const hubspot = await readTotals(tx, ref.runId, 'hubspot');
  const pendo = await readTotals(tx, ref.runId, 'pendo');
  const read = { hubspot: hubspot.records, pendo: pendo.records };
  if (!hubspot.begun && !pendo.begun) return { read, legs: { pull: {}, push: {} } };
  return {
    read,
    legs: {
      pull: plus(await countUnreached(tx, ref, 'pull', only), 'excluded', hubspot.excluded),
      push: plus(await countUnreached(tx, ref, 'push', only), 'excluded', pendo.excluded),
    },
  };
}

/** In a dry run `written` says what would be. A leg that would be held would create nobody. */
function wouldBe(judged: Record<string, number>, held: boolean, creations: number): Record<string, number> {
  const { owed = 0, ...rest } = judged;
  if (!held) return plus(rest, 'written', owed);
  return plus(plus(rest, 'held', owed - creations), 'unmatched', creations);
}

function plus(counts: Record<string, number>, outcome: string, n: number): Record<string, number> {
  return n > 0 ? { ...counts, [outcome]: (counts[outcome] ?? 0) + n } : counts;
}
