/**
 * What the steps of a run learn of how much Pendo manages in its time. It is written down when it is learnt: the page
 * that taught it may be the last thing that this attempt does.
 */
import { forgetLearnt, noteLearnt } from '../../db/runs/learnt.ts';
import type { Learnt } from '../../db/schema.ts';
import { VendorError } from '../../sync/vendor-error.ts';
import type { Step } from './step.ts';

export interface Learning {
  readonly known: Readonly<Learnt>;
  note(change: Learnt): Promise<void>;
  /** Less is asked for from now on; a step whose time is over leaves it to the next one to ask. */
  lower(change: Learnt, error: VendorError): Promise<void>;
  /** Not even the least was answered. @throws always */
  giveUp(error: VendorError): Promise<never>;
}

const sizes = ['page', 'parts', 'tally'] as const;

export function createLearning(step: Step): Learning {
  const { run } = step;
  let known: Learnt = run.learnt;
  const note = async (change: Learnt): Promise<void> => {
    await step.write((tx) => noteLearnt(tx, run.id, change));
    known = { ...known, ...change };
  };
  return {
    get known() {
      return known;
    },
    note,
    async lower(change, error) {
      await note(change);
      if (step.shouldYield()) throw later(error);
    },
    async giveUp(error) {
      // Not even the least is answered in time: it was not the size, Pendo is overloaded or away.
      if (error.code !== 'TIMEOUT' && error.code !== 'VENDOR_TIMEOUT') throw error;
      await step.write((tx) => forgetLearnt(tx, run.id, sizes));
      throw later(error);
    },
  };
}

/** Counts against the run's give-up time, as any call does that is not answered. */
function later({ vendor, code, message }: VendorError): VendorError {
  return new VendorError(message, { vendor, kind: 'transient', code });
}

export function isTooMuch(error: unknown): error is VendorError {
  return error instanceof VendorError && error.kind === 'tooMuch';
}
