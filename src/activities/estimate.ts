/**
 * What a real run would cost, for the preview. The dry run has just read as a real one reads: its calls and its time are
 * known, at the vendors' limits as they are. Writing is estimated at the least that the vendors allow.
 */
import type { Run } from '../db/runs/index.ts';

export interface Estimate {
  /** Of reading and writing. */
  hubspotCalls: number;
  pendoCalls: number;
  seconds: number;
  writes: { hubspot: number; pendo: number };
}

const rowsAtOnce = { hubspot: 100, pendo: 500 };
/** Calls a second: HubSpot's lowest tier; Pendo's careful pace. */
const writeRate = { hubspot: 10, pendo: 2 };

export function estimate(run: Run, owed: { pull: number; push: number }, now: number): Estimate {
  const writes = {
    hubspot: Math.ceil(owed.push / rowsAtOnce.hubspot),
    pendo: Math.ceil(owed.pull / rowsAtOnce.pendo),
  };
  const reads = (vendor: string): number =>
    Object.entries(run.calls).reduce((sum, [name, n]) => sum + (name.startsWith(`${vendor}.`) ? n : 0), 0);
  const reading = run.opened_at === null ? 0 : Math.max(0, now - run.opened_at.getTime()) / 1000;
  const writing = Math.max(writes.hubspot / writeRate.hubspot, writes.pendo / writeRate.pendo);
  return {
    hubspotCalls: reads('hubspot') + writes.hubspot,
    pendoCalls: reads('pendo') + writes.pendo,
    seconds: Math.ceil(reading + writing),
    writes,
  };
}
