/**
 * What is tried once more when the last process was killed and nothing disturbs anything: each guarantee that the kills may excuse
 * is tried here without an excuse. Syncs take turns; the seed says which one has which case.
 */
import { random } from '../../sandbox/world/random.ts';
import type { SyncObject } from '../../src/sync/config.ts';
import type { Bulk } from '../bulk-changes.ts';
import { fallDue } from '../due.ts';
import { type Decision, holdRun } from '../holds.ts';
import type { Stage } from '../stage.ts';
import { swapJoinKey } from '../swaps.ts';
import { plannedWorlds } from '../tenants.ts';
import { accountChanges } from './accounts.ts';
import { fieldsComeBack, mapAll } from './mapping.ts';
import { fieldsMadeAnew, keysMove, recordMadeAnew } from './memory.ts';
import { mustArrive, openScene, type Scene } from './scene.ts';
import { cancelled, credentialDies, pausedAndResumed } from './stops.ts';
import { touchAll } from './touch.ts';

type Good = (sync: SyncPlace) => boolean;

interface SyncPlace {
  world: number;
  object: SyncObject;
  /** The tenant has this sync only. */
  alone: boolean;
  create: 'none' | 'hubspot' | 'pendo';
  counted: boolean;
}

interface QuietCase {
  good: Good;
  play(scene: Scene): Promise<void>;
}

const any: Good = () => true;
const counted: Good = (sync) => sync.counted;
const creating: Good = ({ create }) => create !== 'none';
const hold = (bulk: Bulk, decision: Decision, emptySide?: 'hubspot' | 'pendo') => (scene: Scene) =>
  holdRun(scene.stage, scene.n, { object: scene.object, bulk, decision, seed: scene.seed, emptySide });

/** By name, so that one can be played alone. */
const cases = {
  holdValues: { good: counted, play: hold('values', 'approve') },
  holdRecords: { good: counted, play: hold('records', 'cancel') },
  holdCreations: { good: creating, play: hold('creations', 'putBack') },
  holdEmptyHubSpot: { good: counted, play: hold('emptyPage', 'cancel', 'hubspot') },
  holdEmptyPendo: { good: counted, play: hold('emptyPage', 'putBack', 'pendo') },
  otherPortal: { good: ({ alone }) => alone, play: (scene) => accountChanges(scene, 'hubspot') },
  otherSubscription: { good: ({ alone }) => alone, play: (scene) => accountChanges(scene, 'pendo') },
  otherJoinKey: { good: any, play: otherJoinKey },
  fullRunDue: { good: any, play: ({ stage, n, object }) => fallDue(stage, n, object) },
  fieldsMadeAnew: { good: any, play: fieldsMadeAnew },
  // Where Crosswalk creates, it is there again before anybody makes it anew.
  recordMadeAnew: { good: ({ create }) => create !== 'pendo', play: recordMadeAnew },
  keysMove: { good: any, play: keysMove },
  fieldsComeBack: { good: any, play: fieldsComeBack },
  pausedAndResumed: { good: any, play: pausedAndResumed },
  cancelled: { good: any, play: cancelled },
  hubSpotCredential: { good: any, play: (scene) => credentialDies(scene, 'hubspot') },
  pendoCredential: { good: any, play: (scene) => credentialDies(scene, 'pendo') },
} satisfies Record<string, QuietCase>;

export type QuietName = keyof typeof cases;
export const quietNames = Object.keys(cases) as QuietName[];
const quietCases: Record<QuietName, QuietCase> = cases;

/** Who plays what: each case on the world that has the least to do, of those that are good for it. */
export function planQuiet(
  seed: number,
  names: readonly QuietName[] = quietNames,
): { name: QuietName; sync: SyncPlace }[] {
  const dice = random(seed, 'quiet');
  const syncs = syncPlaces();
  const load = new Map<number, number>();
  const loadOf = ({ world }: SyncPlace): number => load.get(world) ?? 0;
  // Those that fit few syncs choose first.
  const choices = (name: QuietName): number => syncs.filter(quietCases[name].good).length;
  return [...names]
    .sort((a, b) => choices(a) - choices(b))
    .map((name) => {
      const fitting = syncs.filter(quietCases[name].good);
      const least = Math.min(...fitting.map(loadOf));
      const sync = dice.pick(fitting.filter((one) => loadOf(one) === least));
      load.set(sync.world, least + 1);
      return { name, sync };
    });
}

function syncPlaces(): SyncPlace[] {
  return plannedWorlds().flatMap(({ objects, creates = {}, counted = [] }, world) =>
    objects.map((object) => ({
      ...{ world, object, alone: objects.length === 1 },
      ...{ create: creates[object] ?? 'none', counted: counted.includes(object) },
    })),
  );
}

export async function playQuietly(
  stage: Stage,
  seed: number,
  names: readonly QuietName[] | undefined,
  say: (line: string) => void,
): Promise<void> {
  stage.quiet = true;
  const planned = planQuiet(seed, names);
  await Promise.all(
    stage.tenants.map(async ({ name: tenant }, world) => {
      for (const [at, { name, sync }] of planned.filter((one) => one.sync.world === world).entries()) {
        say(`quiet: ${name} on ${tenant} ${sync.object}`);
        await mapAll(stage, world, sync.object);
        const scene = await openScene(stage, world, sync.object, seed * 100 + at);
        if (scene !== undefined) await quietCases[name].play(scene);
      }
    }),
  );
}

async function otherJoinKey(scene: Scene): Promise<void> {
  const { stage, n, object } = scene;
  await mustArrive(scene, 'values changed', () => touchAll(scene));
  await mustArrive(scene, 'join key changed and put back', () => swapJoinKey(stage, n, object));
}
