/** Changes so large that a guard holds the run, and what a person then does about it. */
import type { RunView } from '../demo/runs.ts';
import { type Expectation, expect, type Truth } from '../oracle/index.ts';
import { random } from '../sandbox/world/random.ts';
import type { SyncObject } from '../src/sync/config.ts';
import { type Bulk, type BulkCase as Case, type Change, planChange } from './bulk-changes.ts';
import { lies } from './faults.ts';
import { crmOf, listOf } from './lists.ts';
import { syncLock } from './locks.ts';
import { type Model, setupNow } from './model.ts';
import { ifPossible } from './patient-api.ts';
import { approve, ended, goodFullRun, goodStates, type ListedRun, start } from './runs.ts';
import { count, type Stage, unproved } from './stage.ts';
import type { ChaosTenant } from './tenants.ts';
import { readCalls } from './vendor-log.ts';

export const decisions = ['approve', 'cancel', 'putBack'] as const;
export type Decision = (typeof decisions)[number];

type Leg = 'pull' | 'push';

export interface Hold {
  object: SyncObject;
  bulk: Bulk;
  decision: Decision;
  seed: number;
  emptySide?: 'hubspot' | 'pendo' | undefined;
}

export async function holdRun(
  stage: Stage,
  n: number,
  { object, bulk, decision, seed, emptySide = random(seed, 'empty side').pick(['hubspot', 'pendo'] as const) }: Hold,
): Promise<void> {
  const tenant = stage.tenants[n] as ChaosTenant;
  const it: Case = { stage, n, object, tenant, model: stage.models[n] as Model, bulk, seed, emptySide };
  await stage.locks.alone(syncLock(n, object), () => changeAndDecide(it, decision));
}

async function changeAndDecide(it: Case, decision: Decision): Promise<void> {
  const { stage, tenant, object, bulk } = it;
  const good = await goodFullRun(stage, tenant, object);
  if (good === undefined) return unproved(stage, tenant.name, `${bulk}: no good run before`);
  const change = await planChange(it);
  if (change === undefined) return unproved(stage, tenant.name, `${bulk}: nothing to change`);
  const since = Date.now();
  await change.apply();
  try {
    const run = await heldRun(it, good, since);
    if (run === undefined) return;
    await requireNoDelta(it, run);
    if (decision === 'approve') await approveHeld(it, run, good);
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
    const before = model.truth;
    const begun = await start(stage, tenant, object, { scope: 'full' });
    if (begun === undefined) continue;
    const run = await ended(stage, tenant, begun.run.id);
    const after = await model.look();
    // One that was going on before has not read the change.
    const sure = begun.started && (await isUndisturbed(it, since)) ? mustHold(it, before, after, good) : [];
    if (run.state === 'held') {
      count(stage, `${bulk}: held`);
      const missing = sure.filter((leg) => !run.held.some((one) => one.leg === leg));
      if (missing.length > 0) guardFailed(it, `run ${run.id} holds ${legsOf(run)}, and not ${missing.join(', ')}`);
      return run;
    }
    if (begun.started && goodStates.includes(run.state)) {
      if (sure.length === 0) unproved(stage, tenant.name, `${bulk}: not held, and by the oracle it need not be`);
      else count(stage, `${bulk}: not held`);
      if (sure.length > 0) guardFailed(it, `run ${run.id} should have held ${sure.join(', ')}, and ${run.state}`);
      return undefined;
    }
  }
  unproved(stage, tenant.name, `${bulk}: no run came through`);
  return undefined;
}

const legsOf = ({ held }: RunView): string => [...new Set(held.map(({ leg }) => leg))].join(', ');

function guardFailed({ stage, tenant, object, bulk }: Case, detail: string): void {
  stage.findings.push({ what: 'guard', world: tenant.name, detail: `${object}, ${bulk}: ${detail}` });
}

/**
 * Which legs the oracle holds, whichever state of its source a run has read. Of its target only the state before counts: a run that
 * was not held, and should have been, has changed it.
 */
function mustHold(it: Case, before: Truth, after: Truth, good: ListedRun): Leg[] {
  const { contacts, companies, visitors, accounts } = before;
  const late: Record<Leg, Truth> = {
    pull: { ...after, visitors, accounts },
    push: { ...after, contacts, companies },
  };
  return foreseen(it, before, good).filter((leg) => it.stage.quiet || foreseen(it, late[leg], good).includes(leg));
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

async function approveHeld(it: Case, run: ListedRun, good: ListedRun): Promise<void> {
  const { stage, tenant, object, bulk } = it;
  if (!(await approve(stage, tenant, run, 'a person'))) return;
  const after = await ended(stage, tenant, run.id);
  count(stage, `${bulk}: approved, then ${after.state}`);
  if (stage.quiet) await requireDelivered(it, after, good);
  const delta = await start(stage, tenant, object, { scope: 'delta' });
  if (delta?.started) {
    const done = await ended(stage, tenant, delta.run.id);
    count(stage, `${bulk}: ${done.scope} after the approval ${done.state}`);
  }
}

/** What a guard held is there when the run has been approved and has ended: by the oracle it would hold nothing any more. */
async function requireDelivered(it: Case, run: ListedRun, good: ListedRun): Promise<void> {
  const { stage, tenant, object, bulk, model } = it;
  // Fewer records are as many after the approval as before.
  if (bulk === 'records' || bulk === 'emptyPage') return;
  const left = foreseen(it, await model.look(), good);
  if (goodStates.includes(run.state) && left.length === 0) return;
  const detail = `quiet, ${object}, ${bulk}: run ${run.id} was approved and ${run.state}, and ${left.join(', ') || 'no leg'} is still owed`;
  stage.findings.push({ what: 'lost', world: tenant.name, detail });
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
