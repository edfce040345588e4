/** Changes so large that a guard holds the run, and what a person then does about it. */
import type { RunView } from '../demo/runs.ts';
import { type Expectation, expect, type Truth } from '../oracle/index.ts';
import type { CrmEdit, CrmType, PendoEdit } from '../sandbox/contract.ts';
import { random } from '../sandbox/world/random.ts';
import type { SyncObject } from '../src/sync/config.ts';
import { lies } from './faults.ts';
import { syncLock, tenantLock } from './locks.ts';
import { type Model, placeOf, setupNow } from './model.ts';
import { ifPossible } from './patient-api.ts';
import { approve, ended, goodFullRun, goodStates, type ListedRun, start } from './runs.ts';
import { count, type Stage } from './stage.ts';
import { type ChaosTenant, clearFaults } from './tenants.ts';
import { readCalls } from './vendor-log.ts';

export const bulks = ['values', 'records', 'creations', 'emptyPage'] as const;
export type Bulk = (typeof bulks)[number];
export const decisions = ['approve', 'cancel', 'putBack'] as const;
export type Decision = (typeof decisions)[number];

type Leg = 'pull' | 'push';

interface Case {
  stage: Stage;
  n: number;
  object: SyncObject;
  tenant: ChaosTenant;
  model: Model;
  bulk: Bulk;
  seed: number;
  /** The vendor whose page is empty. */
  emptySide: 'hubspot' | 'pendo';
}

/** What is changed, and how it is put back. */
interface Change {
  apply(): Promise<void>;
  putBack(): Promise<void>;
}

const crmOf = { visitor: 'contacts', account: 'companies' } as const;
const listOf = { visitor: 'visitors', account: 'accounts' } as const;
const day = 86_400_000;

export async function holdRun(
  stage: Stage,
  n: number,
  { object, bulk, decision, seed }: { object: SyncObject; bulk: Bulk; decision: Decision; seed: number },
): Promise<void> {
  const tenant = stage.tenants[n] as ChaosTenant;
  const emptySide = random(seed, 'empty side').pick(['hubspot', 'pendo'] as const);
  const it: Case = { stage, n, object, tenant, model: stage.models[n] as Model, bulk, seed, emptySide };
  await stage.locks.alone(syncLock(n, object), () => changeAndDecide(it, decision));
}

async function changeAndDecide(it: Case, decision: Decision): Promise<void> {
  const { stage, tenant, object, bulk } = it;
  const good = await goodFullRun(stage, tenant, object);
  if (good === undefined) return count(stage, `${bulk}: no good run before`);
  const change = await planChange(it);
  if (change === undefined) return count(stage, `${bulk}: nothing to change`);
  const since = Date.now();
  await change.apply();
  try {
    const run = await heldRun(it, good, since);
    if (run === undefined) return;
    await requireNoDelta(it, run);
    if (decision === 'approve') await approveHeld(it, run);
    else if (decision === 'cancel') await cancelHeld(it, run, change);
    else {
      await change.putBack();
      const next = await start(stage, tenant, object, { scope: 'full' });
      const state = next === undefined ? 'refused' : (await ended(stage, tenant, next.run.id)).state;
      count(stage, `${bulk}: put back, the next run ${state}`);
    }
  } finally {
    await change.putBack();
  }
}

/** Starts full runs until one is held, or went through. */
async function heldRun(it: Case, good: ListedRun, since: number): Promise<ListedRun | undefined> {
  const { stage, tenant, object, bulk, model } = it;
  for (let attempt = 0; attempt < 4; attempt++) {
    const before = foreseen(it, model.truth, good);
    const begun = await start(stage, tenant, object, { scope: 'full' });
    if (begun === undefined) continue;
    const run = await ended(stage, tenant, begun.run.id);
    const after = foreseen(it, await it.model.look(), good);
    // One that was going on before has not read the change.
    const sure = begun.started && (await isUndisturbed(it, since)) ? before.filter((leg) => after.includes(leg)) : [];
    if (run.state === 'held') {
      count(stage, `${bulk}: held`);
      const missing = sure.filter((leg) => !run.held.some((one) => one.leg === leg));
      if (missing.length > 0) guardFailed(it, `run ${run.id} holds ${legsOf(run)}, and not ${missing.join(', ')}`);
      return run;
    }
    if (begun.started && goodStates.includes(run.state)) {
      count(stage, `${bulk}: not held`);
      if (sure.length > 0) guardFailed(it, `run ${run.id} should have held ${sure.join(', ')}, and ${run.state}`);
      return undefined;
    }
  }
  count(stage, `${bulk}: no run came through`);
  return undefined;
}

const legsOf = ({ held }: RunView): string => [...new Set(held.map(({ leg }) => leg))].join(', ');

function guardFailed({ stage, tenant, object, bulk }: Case, detail: string): void {
  stage.findings.push({ what: 'guard', world: tenant.name, detail: `${object}, ${bulk}: ${detail}` });
}

/** Which legs the oracle holds, of a full run that reads this. */
function foreseen({ tenant, object, bulk, stage, emptySide }: Case, truth: Truth, good: ListedRun): Leg[] {
  const config = tenant.configs[object];
  const { counts } = good;
  const baseline = {
    hubspot: counts.read?.hubspot ?? 0,
    pendo: counts.read?.pendo ?? 0,
    matched: counts.match?.matched ?? 0,
    create: config.create,
    mapping: '',
    definitions: '',
  };
  const list = emptySide === 'hubspot' ? crmOf[object] : listOf[object];
  const read = bulk === 'emptyPage' ? { ...truth, [list]: [] } : truth;
  const setup = { ...setupNow(tenant, object, config, stage.now()), syncConfig: config };
  const memory = {
    ...{ sent: new Map(), fields: new Map(), rejected: new Set<string>(), filedElsewhere: new Map() },
    ...{ types: new Map(), mirrorStands: true, baseline },
  };
  return (expect(read, setup, memory) as Expectation).heldLegs;
}

/** No vendor gave a false answer, apart from the page that is meant to be empty, and that one was empty to the end. */
async function isUndisturbed({ stage, n, tenant, bulk }: Case, since: number): Promise<boolean> {
  if (bulk === 'emptyPage' && stage.cleared.some((one) => one.world === n && one.at >= since)) return false;
  const calls = await readCalls(stage.adminUrl, tenant);
  return !calls.some(
    ({ at, fault }) =>
      at >= since && fault !== undefined && lies.has(fault) && !(bulk === 'emptyPage' && fault === 'empty200'),
  );
}

/** A delta would build on what the guard did not trust. */
async function requireNoDelta(it: Case, held: ListedRun): Promise<void> {
  const { stage, tenant, object } = it;
  const answer = await start(stage, tenant, object, { scope: 'delta' });
  if (answer === undefined) return;
  if (!answer.started) return count(stage, 'delta while a run is held: answered with it');
  const now = await stage.api.get<ListedRun>(`/v1/tenants/${tenant.id}/runs/${held.id}`);
  // A person may have cancelled it meanwhile, or a swap.
  if (now.state === 'held' || now.reason?.code === 'SUPERSEDED') {
    stage.findings.push({
      what: 'guard',
      world: tenant.name,
      detail: `delta ${answer.run.id} of ${object} began although run ${held.id} was held`,
    });
  }
}

async function approveHeld(it: Case, run: ListedRun): Promise<void> {
  const { stage, tenant, object, bulk } = it;
  if (!(await approve(stage, tenant, run, 'a person'))) return;
  const after = await ended(stage, tenant, run.id);
  count(stage, `${bulk}: approved, then ${after.state}`);
  const delta = await start(stage, tenant, object, { scope: 'delta' });
  if (delta?.started) {
    const done = await ended(stage, tenant, delta.run.id);
    count(stage, `${bulk}: ${done.scope} after the approval ${done.state}`);
  }
}

/** No mirror stands after a run that was held and cancelled, so a delta reads everything. */
async function cancelHeld(it: Case, run: ListedRun, change: Change): Promise<void> {
  const { stage, n, tenant, object, bulk, seed } = it;
  stage.interruptions.push({ world: n, at: Date.now() });
  await ifPossible(stage.api.post(`/v1/tenants/${tenant.id}/runs/${run.id}/cancel`));
  stage.interruptions.push({ world: n, at: Date.now() });
  const first = random(seed, 'put back first').chance(0.5);
  if (first) await change.putBack();
  const delta = await start(stage, tenant, object, { scope: 'delta' });
  if (delta?.started !== true) return count(stage, `${bulk}: cancelled`);
  const done = await ended(stage, tenant, delta.run.id);
  count(stage, `${bulk}: cancelled, then a ${done.scope} run ${done.state}${first ? ' with the data put back' : ''}`);
  if (done.scope === 'delta' && goodStates.includes(done.state)) {
    stage.findings.push({
      what: 'guard',
      world: tenant.name,
      detail: `delta ${done.id} of ${object} built on run ${run.id}, which was held and cancelled`,
    });
  }
}

async function planChange(it: Case): Promise<Change | undefined> {
  switch (it.bulk) {
    case 'values':
      return blankValues(it);
    case 'records':
      return archiveRecords(it);
    case 'creations':
      return addRecords(it);
    case 'emptyPage':
      return emptyPage(it);
    default:
      return it.bulk satisfies never;
  }
}

/** Edits of one kind of record, made in one go and seen by the model before and after. */
function edits(it: Case, list: CrmType | 'visitors' | 'accounts', make: () => Promise<(CrmEdit | PendoEdit)[]>) {
  const { stage, n, tenant, model } = it;
  return stage.locks.alone(tenantLock(n), async () => {
    await model.look();
    await tenant.admin.patch(`/admin/worlds/${tenant.name}/${list}`, await make());
    await model.look();
  });
}

const once = (work: () => Promise<void>): (() => Promise<void>) => {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
};

async function blankValues(it: Case): Promise<Change | undefined> {
  const { tenant, object, model } = it;
  const type = crmOf[object];
  const { joinKey, pull } = tenant.configs[object];
  const truth = await model.look();
  const live = truth[type].filter((one) => !one.archived && one.mergedInto === undefined);
  const holding = (property: string) => live.filter(({ properties }) => properties[property]);
  const names = pull.map(({ property }) => property).filter((name) => name !== joinKey.property);
  const [property] = names.sort((a, b) => holding(b).length - holding(a).length);
  if (property === undefined || holding(property).length < 45) return undefined;
  const some = holding(property).slice(0, Math.ceil(holding(property).length * 0.8));
  const set = (to: (old: string) => string | null) => () =>
    edits(it, type, async () =>
      some
        .filter(({ id }) => model.truth[type].some((one) => one.id === id))
        .map(({ id, properties }) => ({ id, properties: { [property]: to(properties[property] as string) } })),
    );
  return { apply: set(() => null), putBack: once(set((old) => old)) };
}

async function archiveRecords(it: Case): Promise<Change | undefined> {
  const { object, model } = it;
  const type = crmOf[object];
  const live = (await model.look())[type].filter((one) => !one.archived && one.mergedInto === undefined);
  const some = live.filter((_, n) => n % 5 < 2);
  const set = (archived: boolean) => () => edits(it, type, async () => some.map(({ id }) => ({ id, archived })));
  return { apply: set(true), putBack: once(set(false)) };
}

async function addRecords(it: Case): Promise<Change | undefined> {
  const { tenant, object, model, seed } = it;
  const { create, joinKey } = tenant.configs[object];
  if (create === 'none') return undefined;
  const names = Array.from({ length: 40 }, (_, i) => `crowd-${seed}-${i}@northwind.example`);
  if (create === 'hubspot') {
    const at = model.truth.takenAt;
    const metadata = { auto: { firstvisit: at - 9 * day, lastvisit: at - day } };
    const list = listOf[object];
    return {
      apply: () => edits(it, list, async () => names.map((id) => ({ id, metadata }))),
      putBack: once(async () => {
        const place = placeOf('pendo', tenant.name);
        for (const id of names) model.losses.push({ at: Date.now(), object, place, id });
        await edits(it, list, async () => names.map((id) => ({ id, deleted: true })));
      }),
    };
  }
  const type = crmOf[object];
  const isOurs = (key: string | undefined) => key !== undefined && names.includes(key);
  return {
    apply: () => edits(it, type, async () => names.map((key) => ({ properties: { [joinKey.property]: key } }))),
    putBack: once(() =>
      edits(it, type, async () =>
        model.truth[type]
          .filter(({ properties }) => isOurs(properties[joinKey.property]))
          .map(({ id }) => ({ id, archived: true })),
      ),
    ),
  };
}

/** The vendor answers that there is nobody, as if that were all. */
async function emptyPage(it: Case): Promise<Change> {
  const { stage, n, tenant, object, emptySide } = it;
  const fault =
    emptySide === 'hubspot'
      ? { vendor: emptySide, kind: 'empty200', route: `^GET .*/objects/(.*/)?${crmOf[object]}$` }
      : { vendor: emptySide, kind: 'empty200', source: `^${listOf[object]}$` };
  return {
    apply: async () => void (await tenant.admin.post(`/admin/worlds/${tenant.name}/faults`, fault)),
    putBack: once(async () => {
      stage.cleared.push({ world: n, at: Date.now() });
      await clearFaults(tenant);
    }),
  };
}
