/** How a run ended, and why: from how its workflow ended, what guards hold, and what was refused. */
import { countSent } from '../../db/close.ts';
import type { Tx } from '../../db/index.ts';
import type { Run } from '../../db/runs/index.ts';
import { missingSides } from '../../db/runs/one-record.ts';
import type { Leg, Reason, RunCounts, RunState, Vendor } from '../../db/schema.ts';
import { isDegraded } from '../../sync/guards.ts';
import { legs, vendorNames } from '../../sync/legs.ts';
import type { Ending, RunRef } from '../types.ts';

export interface Verdict {
  state: RunState;
  reason: Reason | null;
}

/** @param stopped legs that a guard holds */
export async function verdictOf(
  tx: Tx,
  ref: RunRef,
  run: Run,
  ending: Ending,
  counts: RunCounts,
  stopped: Record<Leg, boolean>,
): Promise<Verdict> {
  if (ending.kind !== 'finished') return endedEarly(run, ending);
  if (!run.dry_run && (stopped.pull || stopped.push)) return heldByGuard(run, stopped);
  if (run.scope === 'record') {
    const [gone] = await missingSides(tx, ref.runId);
    if (gone !== undefined) return { state: 'succeeded', reason: recordGone(gone) };
  }
  if (run.dry_run || counts.rejections === undefined) return { state: 'succeeded', reason: null };
  return refusedRows(tx, ref, run, counts);
}

function endedEarly(run: Run, ending: Exclude<Ending, { kind: 'finished' }>): Verdict {
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
          message: 'A step failed repeatedly because of a fault in Crosswalk, not at a vendor.',
          fix: "See the worker's log for this run, and the run in the Temporal UI. Nothing is lost: the next run carries on.",
        },
      };
    default:
      return ending satisfies never;
  }
}

function recordGone(side: Vendor): Reason {
  return {
    code: 'RECORD_GONE',
    message: `${vendorNames[side]} no longer has this record, so nothing was written.`,
    fix: 'The next full run takes it up. If the record should be there, look at it in the vendor itself.',
  };
}

function heldByGuard(run: Run, stopped: Record<Leg, boolean>): Verdict {
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

async function refusedRows(tx: Tx, ref: RunRef, run: Run, counts: RunCounts): Promise<Verdict> {
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
