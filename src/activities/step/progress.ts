/** Live figures of a step: how far, how fast, how long still. */
import type { StepProgress } from '../../db/schema.ts';

export interface ProgressMeter {
  /** Counts what was just done, and reports how far the step is. */
  add(done: number): StepProgress;
}

/** @param before done by earlier attempts; @param total expected in all, null: not known */
export function createProgressMeter(before: number, total: number | null): ProgressMeter {
  const started = Date.now();
  let here = 0;
  return {
    add(done) {
      here += done;
      const seconds = (Date.now() - started) / 1000;
      const rate = seconds > 0.5 ? here / seconds : null;
      const all = before + here;
      const left = rate && total !== null && total > all ? (total - all) / rate : null;
      return {
        done: all,
        total: total === null ? null : Math.max(total, all),
        rate: rate === null ? null : Math.round(rate),
        left: left === null ? null : Math.round(left),
        at: Date.now(),
      };
    },
  };
}
