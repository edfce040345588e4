/**
 * What a real run would cost, for the preview. The dry run has just read as a real one reads: its calls and its time are
 * known, at the vendors' limits as they are. Writing is estimated at the least that the vendors allow.
 */
import type { Run } from '../../db/runs/index.ts';

export interface Estimate {
  /** Of reading and writing. */
  hubspotCalls: number;
  pendoCalls: number;
  seconds: number;
  writes: { hubspot: number; pendo: number };
}

const rowsAtOnce = { hubspot: 100, pendo: 500 };
const occurrencesAtOnce = 500;
/** Calls a second: HubSpot's lowest tier; a careful rate for Pendo. */
const writeRate = { hubspot: 10, pendo: 2 };

/** @param creations Of what is owed to HubSpot: they go by calls of their own, and HubSpot is asked for their keys first. */
export function estimate(
  run: Run,
  owed: { pull: number; push: number },
  creations: number,
  occurrences: number,
  now: number,
): Estimate {
  const asks = Math.ceil(creations / rowsAtOnce.hubspot);
  const writes = {
    hubspot:
      Math.ceil((owed.push - creations) / rowsAtOnce.hubspot) + asks + Math.ceil(occurrences / occurrencesAtOnce),
    pendo: Math.ceil(owed.pull / rowsAtOnce.pendo),
  };
  const reads = (vendor: string): number =>
    Object.entries(run.calls).reduce((sum, [name, n]) => sum + (name.startsWith(`${vendor}.`) ? n : 0), 0);
  const reading = run.opened_at === null ? 0 : Math.max(0, now - run.opened_at.getTime()) / 1000;
  const writing = Math.max((writes.hubspot + asks) / writeRate.hubspot, writes.pendo / writeRate.pendo);
  return {
    hubspotCalls: reads('hubspot') + asks + writes.hubspot,
    pendoCalls: reads('pendo') + writes.pendo,
    seconds: Math.ceil(reading + writing),
    writes,
  };
}
