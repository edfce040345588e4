/**
 * What a real run would cost, for the preview. The dry run has just read as a real one reads: its calls and its time are
 * known, at the vendors' limits as they are. Writing is estimated at the least that the vendors allow.
 */
import type { Run } from '../../db/runs/index.ts';
import type { Leg, RunCounts, Vendor } from '../../db/schema.ts';
import type { SettleScope } from '../../db/settle/index.ts';
import { mostOccurrences } from '../../hubspot/index.ts';
import { canaryKinds, type Kind, mostCanaries } from '../../sync/canaries.ts';
import { targetOf } from '../../sync/legs.ts';
import type { Answers } from '../../sync/verdicts.ts';

export interface Estimate {
  /** Of reading and writing. */
  hubspotCalls: number;
  pendoCalls: number;
  seconds: number;
  writes: { hubspot: number; pendo: number };
}

const rowsAtOnce = { hubspot: 100, pendo: 500 };
/** Calls a second: HubSpot's lowest tier; a careful rate for Pendo. */
const writeRate = { hubspot: 10, pendo: 2 };

/** Canaries are looked at before and after they are written to; where there is more than they are, by a call of their own. */
const callsOfFlock = (owed: number): number => (owed > mostCanaries ? 3 : 2);

/** Times that canaries go ahead of what is owed: of values, and of creations. */
export function countFlocks(
  { object, plan, config }: Pick<SettleScope, 'object' | 'plan' | 'config'>,
  { fields = {} }: RunCounts,
  creations: Record<Leg, number>,
  answers: Record<Vendor, Answers>,
): Record<Leg, number> {
  const flocks = (leg: Leg, kinds: [field: string, kind: Kind][]): number => {
    const names = canaryKinds({ object, leg });
    const known = answers[targetOf(leg)];
    if (known[names.seen]?.state === 'unknown') return 0;
    const isOpen = (kind: Kind): boolean => known[kind] === undefined;
    const isOwed = (field: string): boolean => (fields[leg]?.[field]?.owed ?? 0) > 0;
    const ofValues = kinds.some(([field, kind]) => isOwed(field) && isOpen(kind));
    return Number(ofValues) + Number(creations[leg] > 0 && isOpen(names.create));
  };
  const pull = canaryKinds({ object, leg: 'pull' });
  const push = canaryKinds({ object, leg: 'push' });
  return {
    pull: flocks(
      'pull',
      plan.pull.map((one) => [one.property, pull.set(`${config.pendoGroup}.${one.field}`, one.valueType)]),
    ),
    push: flocks(
      'push',
      plan.push.map((one) => [one.property, push.set(one.property, one.hubspotType)]),
    ),
  };
}

/** @param creations Of what is owed to HubSpot: they go by calls of their own, and HubSpot is asked for their keys first. */
export function estimate(
  run: Run,
  owed: { pull: number; push: number },
  creations: number,
  occurrences: number,
  flocks: Record<Leg, number>,
  now: number,
): Estimate {
  const asks = Math.ceil(creations / rowsAtOnce.hubspot);
  const writes = {
    hubspot: Math.ceil((owed.push - creations) / rowsAtOnce.hubspot) + asks + Math.ceil(occurrences / mostOccurrences),
    pendo: Math.ceil(owed.pull / rowsAtOnce.pendo),
  };
  const reads = (vendor: string): number =>
    Object.entries(run.calls).reduce((sum, [name, n]) => sum + (name.startsWith(`${vendor}.`) ? n : 0), 0);
  const reading = run.opened_at === null ? 0 : Math.max(0, now - run.opened_at.getTime()) / 1000;
  const ahead = { hubspot: flocks.push * callsOfFlock(owed.push), pendo: flocks.pull * callsOfFlock(owed.pull) };
  const writing = Math.max(
    (writes.hubspot + asks + ahead.hubspot) / writeRate.hubspot,
    (writes.pendo + ahead.pendo) / writeRate.pendo,
  );
  return {
    hubspotCalls: reads('hubspot') + asks + writes.hubspot + ahead.hubspot,
    pendoCalls: reads('pendo') + writes.pendo + ahead.pendo,
    seconds: Math.ceil(reading + writing),
    writes,
  };
}
