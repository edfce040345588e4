/** What happens in a round, and when: nothing but the seed decides. */
import type { Fault } from '../sandbox/contract.ts';
import { type Random, random } from '../sandbox/world/random.ts';
import type { SyncObject } from '../src/sync/config.ts';
import type { Bulk } from './bulk-changes.ts';
import { anyFault } from './faults.ts';
import { type Decision, decisions } from './holds.ts';

export const victims = ['worker', 'api', 'temporal', 'postgres'] as const;
export type Victim = (typeof victims)[number];

export type Action =
  /** `patient`: not before all workers are back from the kill before, and then at some moment of their work. */
  | { kind: 'kill'; victim: Victim; which: number; downMs: number; patient: boolean; afterUpMs: number }
  /** Raw changes on both sides of a world. */
  | { kind: 'edit'; world: number; seed: number; records: number }
  | { kind: 'fault'; world: number; fault: Fault }
  | { kind: 'clearFaults'; world: number }
  | { kind: 'pause' | 'resume' | 'cancel'; world: number; object: SyncObject }
  /** Takes some fields out of the mapping, or brings all back. */
  | { kind: 'remap'; world: number; object: SyncObject; seed: number }
  /** The credential dies; a person connects again at the next `reconnect`. */
  | { kind: 'revoke'; world: number; vendor: 'hubspot' | 'pendo' }
  /** Every access token of half an hour is over. */
  | { kind: 'expire' }
  /** What a person does who looks after things: connects again, resumes what was paused for a reason. */
  | { kind: 'reconnect'; world: number }
  | { kind: 'exchangeKeys' | 'giveKey' | 'renameInPendo'; world: number; object: SyncObject; seed: number }
  | {
      kind: 'remakeRecord';
      world: number;
      object: SyncObject;
      side: 'hubspot' | 'pendo';
      seed: number;
      pauseMs: number;
    }
  /** A property or field of ours. */
  | { kind: 'deleteField'; world: number; object: SyncObject; side: 'hubspot' | 'pendo'; seed: number }
  | Case;

/** Actions of several steps, which go on while other things happen. */
export type Case =
  | { kind: 'hold'; world: number; object: SyncObject; bulk: Bulk; decision: Decision; seed: number }
  | { kind: 'swapAccount'; world: number; vendor: 'hubspot' | 'pendo' }
  | { kind: 'swapJoinKey'; world: number; object: SyncObject }
  | { kind: 'fallDue'; world: number; object: SyncObject };

export interface Step {
  /** Since the step before. */
  afterMs: number;
  action: Action;
}

/** What a world is good for. */
export interface PlannedWorld {
  objects: readonly SyncObject[];
  /** Syncs that create. */
  creating?: readonly SyncObject[];
  creates?: Partial<Record<SyncObject, 'none' | 'hubspot' | 'pendo'>>;
  /** Syncs with records enough for the count guard. */
  counted?: readonly SyncObject[];
}

export interface PlanOptions {
  seed: number;
  kills: number;
  worlds: readonly PlannedWorld[];
  only?: readonly Victim[] | undefined;
}

/** Tokens may be expired so often that the round stays within one day of the sandbox's clock. */
const mostExpiries = 6;
/** Besides what chance brings: before every so many kills. */
const expiryEvery = 4;
/** So many kills meet one of each that a round must have. */
const killsOfRota = 15;

export function planRound({ seed, kills, worlds, only }: PlanOptions): Step[] {
  const dice = random(seed, 'plan');
  const steps: Step[] = [];
  const rota = makeRota(random(seed, 'rota'), worlds, kills);
  let expiries = 0;
  for (let n = 0; n < kills; n++) {
    for (let more = dice.int(1, 3); more > 0; more--) {
      const world = dice.int(0, worlds.length - 1);
      const action = anyAction(dice, world, dice.pick(worlds[world]?.objects ?? []));
      if (action.kind === 'expire' && ++expiries > mostExpiries) continue;
      steps.push({ afterMs: dice.int(50, 400), action });
      const undo = undoing(action);
      if (undo) steps.push({ afterMs: dice.int(300, 1500), action: undo });
    }
    while (rota.length > 0 && (rota[0] as Planned).beforeKill <= n) {
      steps.push({ afterMs: dice.int(50, 400), action: (rota.shift() as Planned).action });
    }
    if (n % expiryEvery === expiryEvery / 2 && ++expiries <= mostExpiries) {
      steps.push({ afterMs: 0, action: { kind: 'expire' } });
    }
    const victim = anyVictim(dice, only);
    steps.push({
      afterMs: dice.int(100, 1500),
      action: {
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

interface Planned {
  beforeKill: number;
  action: Action;
}

/** Besides what chance brings: one of each of these, in any order, spread over the kills and the worlds. */
function makeRota(dice: Random, worlds: readonly PlannedWorld[], kills: number): Planned[] {
  const used = worlds.map(() => 0);
  /** The sync that had the least so far, of those that are good for it. */
  const sync = (good: (world: PlannedWorld) => readonly SyncObject[]): { world: number; object: SyncObject } => {
    const some = worlds.flatMap((one, world) => good(one).map((object) => ({ world, object })));
    const all =
      some.length > 0 ? some : worlds.flatMap(({ objects }, world) => objects.map((object) => ({ world, object })));
    const least = Math.min(...all.map(({ world }) => used[world] ?? 0));
    const chosen = dice.pick(all.filter(({ world }) => used[world] === least));
    used[chosen.world] = least + 1;
    return chosen;
  };
  const any = (): { world: number; object: SyncObject } => {
    const world = dice.int(0, worlds.length - 1);
    return { world, object: dice.pick(worlds[world]?.objects ?? []) };
  };
  const hold = (bulk: Bulk, decision: Decision): Action => {
    const good = { values: 'objects', records: 'counted', emptyPage: 'counted', creations: 'creating' } as const;
    return { kind: 'hold', ...sync((world) => world[good[bulk]] ?? []), bulk, decision, seed: dice.int(1, 1e9) };
  };
  const side = (): 'hubspot' | 'pendo' => dice.pick(['hubspot', 'pendo']);
  const seed = (): number => dice.int(1, 1e9);
  const once = (): Action[] => {
    const [first, second] = shuffled(dice, ['approve', 'cancel'] as const);
    return shuffled<Action>(dice, [
      hold('emptyPage', first as Decision),
      hold('emptyPage', dice.chance(0.5) ? (second as Decision) : 'putBack'),
      hold('records', dice.pick(decisions)),
      hold('creations', dice.pick(decisions)),
      hold('values', dice.pick(decisions)),
      { kind: 'swapAccount', world: sync(({ objects }) => objects).world, vendor: 'hubspot' },
      { kind: 'swapAccount', world: sync(({ objects }) => objects).world, vendor: 'pendo' },
      { kind: 'swapJoinKey', ...sync(({ objects }) => objects) },
      { kind: 'fallDue', ...sync(({ objects }) => objects) },
      { kind: 'fallDue', ...sync(({ objects }) => objects) },
      { kind: 'exchangeKeys', ...any(), seed: seed() },
      { kind: 'exchangeKeys', ...any(), seed: seed() },
      { kind: 'giveKey', ...any(), seed: seed() },
      { kind: 'renameInPendo', ...any(), seed: seed() },
      { kind: 'remakeRecord', ...any(), side: 'hubspot', seed: seed(), pauseMs: dice.int(200, 4000) },
      { kind: 'remakeRecord', ...any(), side: 'pendo', seed: seed(), pauseMs: dice.int(200, 4000) },
      { kind: 'deleteField', ...any(), side: side(), seed: seed() },
      { kind: 'deleteField', ...any(), side: side(), seed: seed() },
    ]);
  };
  const planned: Planned[] = [];
  for (let from = 0; from < kills; from += killsOfRota) {
    // The last ones need some kills that meet them.
    const actions = once();
    for (const [n, action] of actions.entries()) {
      planned.push({ beforeKill: from + Math.floor((n * killsOfRota * 0.75) / actions.length), action });
    }
  }
  return planned;
}

function shuffled<T>(dice: Random, all: readonly T[]): T[] {
  return all
    .map((one) => ({ one, at: dice.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}

function anyVictim(dice: Random, only: readonly Victim[] | undefined): Victim {
  if (only) return dice.pick(only);
  const share = dice.next();
  if (share < 0.55) return 'worker';
  if (share < 0.7) return 'postgres';
  return share < 0.85 ? 'temporal' : 'api';
}

function anyAction(dice: Random, world: number, object: SyncObject): Action {
  const share = dice.next();
  const seed = dice.int(1, 1e9);
  const side = dice.pick(['hubspot', 'pendo'] as const);
  if (share < 0.35) return { kind: 'edit', world, seed, records: dice.int(2, 12) };
  if (share < 0.58) return { kind: 'fault', world, fault: anyFault(dice) };
  if (share < 0.63) return { kind: 'clearFaults', world };
  if (share < 0.67) return { kind: 'pause', world, object };
  if (share < 0.71) return { kind: 'cancel', world, object };
  if (share < 0.76) return { kind: 'remap', world, object, seed };
  if (share < 0.8) return { kind: 'revoke', world, vendor: side };
  if (share < 0.83) return { kind: 'expire' };
  if (share < 0.87) return { kind: 'exchangeKeys', world, object, seed };
  if (share < 0.9) return { kind: 'giveKey', world, object, seed };
  if (share < 0.93) return { kind: 'renameInPendo', world, object, seed };
  if (share < 0.97) return { kind: 'remakeRecord', world, object, side, seed, pauseMs: dice.int(200, 4000) };
  return { kind: 'deleteField', world, object, side, seed };
}

/** What would stop a world for good does not last: the next kills are to meet runs that are going on. */
function undoing(action: Action): Action | undefined {
  if (action.kind === 'pause') return { kind: 'resume', world: action.world, object: action.object };
  if (action.kind === 'revoke') return { kind: 'reconnect', world: action.world };
  if (action.kind === 'fault' && (action.fault.status === 401 || action.fault.status === 403)) {
    return { kind: 'reconnect', world: action.world };
  }
  return undefined;
}
