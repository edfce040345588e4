/** What happens in a round, and when: nothing but the seed decides. */
import type { Fault } from '../sandbox/contract.ts';
import { type Random, random } from '../sandbox/world/random.ts';
import type { SyncObject } from '../src/sync/config.ts';
import { anyFault } from './faults.ts';

export const victims = ['worker', 'api', 'temporal', 'postgres'] as const;
export type Victim = (typeof victims)[number];

export type Deed =
  /** `patient`: not before all workers are back from the kill before, and then at some moment of their work. */
  | { kind: 'kill'; victim: Victim; which: number; downMs: number; patient: boolean; afterUpMs: number }
  /** Raw changes on both sides of a world. */
  | { kind: 'edit'; world: number; seed: number; records: number }
  | { kind: 'fault'; world: number; fault: Fault }
  /** Faults off. */
  | { kind: 'calm'; world: number }
  | { kind: 'pause' | 'resume' | 'cancel'; world: number; object: SyncObject }
  /** Takes some fields out of the mapping, or brings all back. */
  | { kind: 'remap'; world: number; object: SyncObject; seed: number }
  /** The credential dies; a person connects again at the next `mend`. */
  | { kind: 'revoke'; world: number; vendor: 'hubspot' | 'pendo' }
  /** Every access token of half an hour is over. */
  | { kind: 'expire' }
  /** What a person does who looks after things: connects again, resumes what was paused for a reason. */
  | { kind: 'mend'; world: number };

export interface Step {
  /** Since the step before. */
  afterMs: number;
  deed: Deed;
}

export interface PlanOptions {
  seed: number;
  kills: number;
  /** Which syncs each world has. */
  worlds: readonly (readonly SyncObject[])[];
  only?: readonly Victim[] | undefined;
}

/** Tokens may be expired so often that the round stays within one day of the sandbox's clock. */
const mostExpiries = 6;
/** Besides what chance brings: ahead of every so-manieth kill. */
const expiryEvery = 4;

export function planRound({ seed, kills, worlds, only }: PlanOptions): Step[] {
  const dice = random(seed, 'plan');
  const steps: Step[] = [];
  let expiries = 0;
  for (let n = 0; n < kills; n++) {
    for (let more = dice.int(1, 3); more > 0; more--) {
      const world = dice.int(0, worlds.length - 1);
      const deed = anyDeed(dice, world, dice.pick(worlds[world] ?? []));
      if (deed.kind === 'expire' && ++expiries > mostExpiries) continue;
      steps.push({ afterMs: dice.int(50, 400), deed });
      const undo = undoing(deed);
      if (undo) steps.push({ afterMs: dice.int(300, 1500), deed: undo });
    }
    if (n % expiryEvery === expiryEvery / 2 && ++expiries <= mostExpiries) {
      steps.push({ afterMs: 0, deed: { kind: 'expire' } });
    }
    const victim = anyVictim(dice, only);
    steps.push({
      afterMs: dice.int(100, 1500),
      deed: {
        kind: 'kill',
        victim,
        which: dice.int(0, 1),
        downMs: dice.int(50, 1500),
        patient: dice.chance(0.8),
        afterUpMs: dice.int(0, 1500),
      },
    });
  }
  return steps;
}

function anyVictim(dice: Random, only: readonly Victim[] | undefined): Victim {
  if (only) return dice.pick(only);
  const share = dice.next();
  if (share < 0.55) return 'worker';
  if (share < 0.7) return 'postgres';
  return share < 0.85 ? 'temporal' : 'api';
}

function anyDeed(dice: Random, world: number, object: SyncObject): Deed {
  const share = dice.next();
  if (share < 0.42) return { kind: 'edit', world, seed: dice.int(1, 1e9), records: dice.int(2, 12) };
  if (share < 0.7) return { kind: 'fault', world, fault: anyFault(dice) };
  if (share < 0.76) return { kind: 'calm', world };
  if (share < 0.82) return { kind: 'pause', world, object };
  if (share < 0.87) return { kind: 'cancel', world, object };
  if (share < 0.93) return { kind: 'remap', world, object, seed: dice.int(1, 1e9) };
  if (share < 0.97) return { kind: 'revoke', world, vendor: dice.pick(['hubspot', 'pendo']) };
  return { kind: 'expire' };
}

/** What would stop a world for good does not last: the next kills are to meet runs that are going on. */
function undoing(deed: Deed): Deed | undefined {
  if (deed.kind === 'pause') return { kind: 'resume', world: deed.world, object: deed.object };
  if (deed.kind === 'revoke') return { kind: 'mend', world: deed.world };
  if (deed.kind === 'fault' && (deed.fault.status === 401 || deed.fault.status === 403)) {
    return { kind: 'mend', world: deed.world };
  }
  return undefined;
}
