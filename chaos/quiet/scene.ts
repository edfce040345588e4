/** One sync that nothing else touches: no kill, no fault, no other change. What happens to it has no excuse. */
import { expect, expectedWrites } from '../../oracle/index.ts';
import { type Random, random } from '../../sandbox/world/random.ts';
import type { SyncObject } from '../../src/sync/config.ts';
import { tenantLock } from '../locks.ts';
import { type Model, setupNow } from '../model.ts';
import { approve, ended, goodFullRun, goodStates, type ListedRun, start } from '../runs.ts';
import { count, type Stage, unproved } from '../stage.ts';
import type { ChaosTenant } from '../tenants.ts';

export interface Scene {
  stage: Stage;
  n: number;
  object: SyncObject;
  seed: number;
  tenant: ChaosTenant;
  model: Model;
  dice: Random;
  /** What the oracle asks for and an earlier disturbance excuses, by `cellOf`. */
  excused: ReadonlySet<string>;
}

export type Owed = ReturnType<typeof expectedWrites>[number];

const cellOf = ({ side, id, field }: Owed): string => `${side}|${id}|${field}`;

/** Begins with a good run: what the oracle asks for after that, such as what a vendor only pretended to store, is excused. */
export async function openScene(stage: Stage, n: number, object: SyncObject, seed: number): Promise<Scene | undefined> {
  const tenant = stage.tenants[n] as ChaosTenant;
  const model = stage.models[n] as Model;
  const scene = { stage, n, object, seed, tenant, model, dice: random(seed, 'quiet'), excused: new Set<string>() };
  const run = await goodFullRun(stage, tenant, object);
  if (run === undefined) {
    unproved(stage, tenant.name, `${object}: no run ended well although nothing disturbed it`);
    return undefined;
  }
  return { ...scene, excused: new Set((await owed(scene, run)).map(cellOf)) };
}

/** What a run that reads both sides now would have to write, by the oracle. */
async function owed(scene: Scene, run?: ListedRun): Promise<Owed[]> {
  const { stage, n, tenant, object, model, excused } = scene;
  const truth = await stage.locks.alone(tenantLock(n), () => model.look());
  const asOf = run?.asOf ? Date.parse(run.asOf) : stage.now();
  return expectedWrites(expect(truth, setupNow(tenant, object, tenant.configs[object], asOf))).filter(
    (one) => !excused.has(cellOf(one)),
  );
}

/**
 * After this change the oracle asks for something, and a run delivers it all.
 * @returns what was asked for
 */
export async function mustArrive(
  scene: Scene,
  what: string,
  change: () => Promise<unknown>,
  scope: 'full' | 'delta' = 'full',
): Promise<Owed[]> {
  const { stage, tenant, object } = scene;
  await change();
  const asked = await owed(scene);
  if (asked.length === 0) {
    unproved(stage, tenant.name, `${object}, ${what}: the oracle asks for nothing`);
    return asked;
  }
  const goodRun = () => (scope === 'full' ? goodFullRun(stage, tenant, object) : goodDelta(scene));
  let run = await goodRun();
  // What a run creates, the next one matches and fills.
  if (run !== undefined && asked.some(({ field }) => field === '*')) run = await goodRun();
  if (run === undefined) unproved(stage, tenant.name, `${object}, ${what}: no ${scope} run ended well`);
  else await requireAll(scene, what, run, asked.length);
  return asked;
}

/** Nothing is left of what the oracle asks for. */
export async function requireAll(scene: Scene, what: string, run: ListedRun, asked?: number): Promise<void> {
  const { stage, tenant, object } = scene;
  const left = await owed(scene, run);
  const mark = `quiet, ${what}`;
  count(stage, mark);
  if (left.length === 0) return;
  const some = left
    .slice(0, 3)
    .map(({ side, id, field, actual, expected }) => {
      return `${side} ${id} ${field} holds ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`;
    })
    .join('; ');
  stage.findings.push({
    what: 'lost',
    world: tenant.name,
    detail: `${mark}: ${run.scope} run ${run.id} of ${object} left ${left.length}${asked === undefined ? '' : ` of ${asked}`}: ${some}`,
  });
}

export function fail(
  { stage, tenant, object }: Scene,
  what: 'guard' | 'foreign' | 'due' | 'lost',
  detail: string,
): void {
  stage.findings.push({ what, world: tenant.name, detail: `quiet, ${object}: ${detail}` });
}

async function goodDelta({ stage, tenant, object }: Scene): Promise<ListedRun | undefined> {
  const begun = await start(stage, tenant, object, { scope: 'delta' });
  if (begun?.started !== true) return undefined;
  let run = await ended(stage, tenant, begun.run.id);
  // Another account may hold less than the one before.
  if (run.state === 'held' && (await approve(stage, tenant, run, 'the driver')))
    run = await ended(stage, tenant, run.id);
  return goodStates.includes(run.state) ? run : undefined;
}
