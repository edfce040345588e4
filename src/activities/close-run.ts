/** Gives every open record its outcome, counts, and says how the run ended. Calling it twice changes nothing. */
import { Context } from '@temporalio/activity';
import {
  closeOpen,
  countDeliveredFields,
  countDeliveries,
  countNotCreatedAtEnd,
  countOutcomes,
  countRejections,
  countSent,
  countUnreached,
} from '../db/close.ts';
import type { Tx } from '../db/index.ts';
import { toJsonb } from '../db/jsonb.ts';
import { planWithoutStatistics } from '../db/planning.ts';
import { clearWork, loadRun, type Run, readTotals } from '../db/runs/index.ts';
import type { Leg, Reason, RunCounts, RunState } from '../db/schema.ts';
import { isDegraded } from '../sync/guards.ts';
import { legs, sourceOf } from '../sync/legs.ts';
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
    const closing = async (tx: Tx): Promise<RunState | 'gone'> => {
      await planWithoutStatistics(tx);
      await tx.selectFrom('runs').select('id').where('id', '=', ref.runId).forUpdate().execute();
      const run = await loadRun(tx, ref.runId);
      if (run === undefined) return 'gone';
      if (run.closed_at !== null || run.state === 'held') return run.state;
      return close(tx, ref, run, ending);
    };
    const state = await deps.db.tenant(ref.tenantId, closing, { long: true });
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
  if (run?.state === 'failed' && run.reason !== null) await deps.pauseSync(ref.tenantId, ref.object, run.reason);
}

async function close(tx: Tx, ref: RunRef, run: Run, ending: Ending): Promise<RunState> {
  // One that reads again has settled before, and may have delivered.
  const settled = run.settled_at !== null || run.read_round > 1;
  const stopped = stoppedLegs(run.held, run.approved);
  const open: Record<Leg, 'held' | 'notReached'> = {
    pull: stopped.pull ? 'held' : 'notReached',
    push: stopped.push ? 'held' : 'notReached',
  };
  const counts = settled ? await finalCounts(tx, ref, run, open, stopped) : await unreachedCounts(tx, ref);
  const { state, reason } = await verdict(tx, ref, run, ending, counts, stopped);
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
  return state;
}

async function finalCounts(
  tx: Tx,
  ref: RunRef,
  run: Run,
  open: Record<Leg, 'held' | 'notReached'>,
  stopped: Record<Leg, boolean>,
): Promise<RunCounts> {
  const counts: RunCounts = { ...run.counts, legs: {}, sent: {}, cleared: {}, created: {} };
  for (const leg of legs) {
    const delivered = await countDeliveries(tx, ref.runId, leg);
    const judged = run.counts.legs?.[leg] ?? {};
    if (run.dry_run) {
      counts.legs = { ...counts.legs, [leg]: wouldBe(judged, stopped[leg], delivered.owedCreations) };
      continue;
    }
    await closeOpen(tx, ref, leg, open[leg]);
    const outcomes = await countOutcomes(tx, ref, leg);
    const forgotten = (await readTotals(tx, ref.runId, sourceOf(leg))).excluded;
    counts.legs = { ...counts.legs, [leg]: plus(outcomes, 'excluded', forgotten) };
    const notCreated = await countNotCreatedAtEnd(tx, ref, leg);
    if (Object.keys(notCreated).length > 0) counts.notCreated = { ...(counts.notCreated as object), [leg]: notCreated };
    counts.sent = { ...counts.sent, [leg]: delivered.accepted + delivered.rejected };
    counts.cleared = { ...(counts.cleared as object), [leg]: delivered.cleared };
    counts.created = { ...(counts.created as object), [leg]: delivered.created };
  }
  const would = { pull: stopped.pull ? 'held' : 'written', push: stopped.push ? 'held' : 'written' };
  counts.fields = await countDeliveredFields(tx, ref.runId, run.counts, run.dry_run ? would : open);
  const rejections = await countRejections(tx, ref.runId);
  if (rejections.length > 0) counts.rejections = rejections;
  return counts;
}

/**
 * One side was not read to its end: every record that could have had a partner was not reached. A run that ended before it
 * began to read has no outcomes: what the mirror holds is of earlier runs.
 */
async function unreachedCounts(tx: Tx, ref: RunRef): Promise<RunCounts> {
  const hubspot = await readTotals(tx, ref.runId, 'hubspot');
  const pendo = await readTotals(tx, ref.runId, 'pendo');
  const read = { hubspot: hubspot.records, pendo: pendo.records };
  if (!hubspot.begun && !pendo.begun) return { read, legs: { pull: {}, push: {} } };
  return {
    read,
    legs: {
      pull: plus(await countUnreached(tx, ref, 'pull'), 'excluded', hubspot.excluded),
      push: plus(await countUnreached(tx, ref, 'push'), 'excluded', pendo.excluded),
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

async function verdict(
  tx: Tx,
  ref: RunRef,
  run: Run,
  ending: Ending,
  counts: RunCounts,
  stopped: { pull: boolean; push: boolean },
): Promise<{ state: RunState; reason: Reason | null }> {
  switch (ending.kind) {
    case 'cancelled':
      return { state: 'cancelled', reason: null };
    case 'blocked':
      return {
        state: 'failed',
        reason: run.blocked ?? run.reason ?? { code: ending.code, message: 'A person must act.' },
      };
    case 'exhausted':
      return {
        state: 'failed',
        reason: {
          ...(run.reason ?? { code: 'OUTAGE', message: 'The vendor did not answer.' }),
          fix: 'The vendor was away for longer than a run waits. Nothing is lost: the next run carries on.',
        },
      };
    case 'fault':
      return {
        state: 'failed',
        reason: {
          code: 'INTERNAL',
          message: 'A step failed again and again for a reason of our own.',
          fix: "See the worker's log for this run, and the run in the Temporal UI. Nothing is lost: the next run carries on.",
        },
      };
    case 'finished':
      break;
    default:
      ending satisfies never;
  }
  if (!run.dry_run && (stopped.pull || stopped.push)) {
    const which = legs.filter((leg) => stopped[leg]);
    // Counts have none: records that are missing cannot be shown.
    const hasSamples = run.held.some((each) => which.includes(each.leg) && (each.samples?.length ?? 0) > 0);
    return {
      state: 'held',
      reason: {
        code: 'HELD_BY_GUARD',
        message: run.held
          .filter((each) => which.includes(each.leg))
          .map((each) => each.message)
          .join(' '),
        fix: `${hasSamples ? 'Look at the samples (`held` of the run). ' : ''}If the change is meant, approve the run; otherwise correct the cause and start a full run, or wait for the next one: it takes the place of this run.`,
        legs: which,
      },
    };
  }
  if (run.dry_run || counts.rejections === undefined) return { state: 'succeeded', reason: null };
  const rows = { ...(await countSent(tx, ref)), matched: counts.match?.matched ?? 0 };
  if (isDegraded(rows, run.config.degraded)) {
    const { rejected, matched, fresh } = rows;
    return {
      state: 'degraded',
      reason: {
        code: 'ROWS_REJECTED',
        message: `${rejected} rows were refused, ${fresh.rejected} of them for the first time (of ${fresh.sent} such rows sent; ${matched} pairs are matched).`,
        fix: 'See the refusals by code and property, and correct the records or the mapping. They are tried again in the next run.',
        rejections: counts.rejections,
      },
    };
  }
  return { state: 'succeeded', reason: null };
}
