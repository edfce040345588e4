/**
 * A worker, an API and twenty small tenants, whose records change all the time and whose runs follow one another for hours. What
 * is kept for days is kept for a tenth of the soak instead, so that what is pruned can be seen to be pruned.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createApi } from '../../demo/api.ts';
import { freePort } from '../../infra/ports.ts';
import { snapshot } from '../../oracle/index.ts';
import type { CrmEdit } from '../../sandbox/contract.ts';
import { pruneAudit } from '../../src/control/audit/prune.ts';
import { pruneEvidence } from '../../src/control/evidence/retention.ts';
import { pruneRuns } from '../../src/control/runs/retention.ts';
import { type ApiProcess, startApiProcess } from '../api-process.ts';
import { rounded } from '../figures.ts';
import { type Bench, type Ground, openGround, plainWorld } from '../ground.ts';
import { historyOf } from '../history.ts';
import { postmasterOf } from '../spending.ts';
import { type Sample, takeSample } from './samples.ts';
import { type Compared, compareThirds } from './verdict.ts';

export interface SoakOptions {
  minutes: number;
  /** Runs a minute. */
  rate: number;
  note(line: string): void;
}

export interface SoakReport {
  runs: number;
  /** Runs that did not succeed, each in a line. */
  failed: string[];
  compared: Compared[];
  samples: Sample[];
}

const tenants = 20;
const records = 400;
/** Of a tenant's contacts, before each of its runs. */
const changedContacts = 8;
/** These in turn. A run is kept as long as a record has its outcome from it: so each is soon changed by a later one. */
const cycledContacts = 40;
const dayMs = 86_400_000;

export async function soak({ minutes, rate, note }: SoakOptions): Promise<SoakReport> {
  const ground = await openGround();
  const api = await startApiProcess({ ...ground.stack.env, CROSSWALK_PORT: String(await freePort()) });
  try {
    const benches: Bench[] = [];
    for (let n = 0; n < tenants; n++)
      benches.push(await ground.makeTenant(plainWorld(`soak-${n}`, records, { seed: n })));
    for (const bench of benches) await bench.enable();
    const contacts = await Promise.all(benches.map((bench) => findContacts(ground, bench)));
    const until = Date.now() + minutes * 60_000;
    const soaking: Soaking = { ground, api, benches, contacts, until, runs: 0, failed: [], samples: [], note };
    await together(soaking, [
      startRuns(soaking, 60_000 / rate),
      pruneOften(soaking, (minutes * 60_000) / 10),
      askOften(soaking),
      sampleOften(soaking, (minutes * 60_000) / 60),
    ]);
    return {
      runs: soaking.runs,
      failed: soaking.failed,
      compared: compareThirds(soaking.samples),
      samples: soaking.samples,
    };
  } finally {
    await api.stop();
    await ground.stop();
  }
}

interface Soaking {
  ground: Ground;
  api: ApiProcess;
  benches: Bench[];
  /** Of each tenant, in the order of `benches`. */
  contacts: Contacts[];
  /** Epoch ms. */
  until: number;
  runs: number;
  failed: string[];
  samples: Sample[];
  note(line: string): void;
}

/** The first that fails ends the soak, and the others have ended before it is reported. */
async function together(soaking: Soaking, work: Promise<void>[]): Promise<void> {
  const stopAll = (error: unknown): never => {
    soaking.until = 0;
    throw error;
  };
  const ended = await Promise.allSettled(work.map((one) => one.catch(stopAll)));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}

/** One tenant after the other. Every third of a tenant's runs is a delta. */
async function startRuns(soaking: Soaking, everyMs: number): Promise<void> {
  const going = new Set<Promise<void>>();
  for (let n = 0; Date.now() < soaking.until; n++) {
    const one = runOnce(soaking, n % tenants, Math.floor(n / tenants)).finally(() => going.delete(one));
    going.add(one);
    await sleep(everyMs);
  }
  await Promise.all(going);
}

async function runOnce(soaking: Soaking, n: number, round: number): Promise<void> {
  const bench = soaking.benches[n] as Bench;
  await changeContacts(bench, soaking.contacts[n] as Contacts, round);
  // What the sandbox keeps is no part of what is measured.
  await bench.clearLog();
  try {
    const run = await bench.run(round % 3 === 2 ? { scope: 'delta' } : {});
    if (run.state !== 'succeeded')
      soaking.failed.push(`${run.id}: ${run.state} ${JSON.stringify(run.reason ?? run.held)}`);
  } catch (error) {
    soaking.failed.push(String(error));
  }
  soaking.runs++;
}

/** What a soak changes of a tenant's contacts. */
interface Contacts {
  ids: string[];
  /** A text property that is pulled. */
  property: string;
}

async function findContacts({ stack }: Ground, { tenant }: Bench): Promise<Contacts> {
  const { portal, contacts } = await snapshot(stack.sandbox.adminUrl, tenant.world.world, { events: false });
  const pulled = new Set(tenant.configs.visitor.pull.map((entry) => entry.property));
  const changed = portal.properties.contacts.find(
    ({ name, type, fieldType }) => pulled.has(name) && type === 'string' && fieldType === 'text',
  );
  if (changed === undefined) throw new Error('No text property is pulled: nothing can be changed.');
  return { ids: contacts.map(({ id }) => id), property: changed.name };
}

async function changeContacts({ tenant }: Bench, { ids, property }: Contacts, round: number): Promise<void> {
  const edits: CrmEdit[] = Array.from({ length: changedContacts }, (_, n) => ({
    id: ids[(round * changedContacts + n) % cycledContacts] as string,
    properties: { [property]: `round ${round}` },
  }));
  await tenant.admin.patch(`/admin/worlds/${tenant.world.world}/contacts`, edits);
}

/** What retention keeps is counted in whole days: its clock is set ahead by a day, less what is to be kept. */
async function pruneOften(soaking: Soaking, keptMs: number): Promise<void> {
  const { control } = soaking.ground.stack.services;
  const ahead = { ...control, clock: () => control.clock() + dayMs - keptMs };
  while (Date.now() < soaking.until) {
    await sleep(Math.min(keptMs / 4, Math.max(0, soaking.until - Date.now())));
    await pruneEvidence(ahead, 1);
    await pruneRuns(ahead, 1);
    await pruneAudit(ahead, 1);
  }
}

/** As an open console does: the fleet, a tenant, its runs. */
async function askOften(soaking: Soaking): Promise<void> {
  const { ground, api, benches } = soaking;
  const asker = createApi(api.url, ground.stack.key);
  for (let n = 0; Date.now() < soaking.until; n++) {
    const { tenant } = benches[n % benches.length] as Bench;
    await asker.get('/v1/syncs?sort=worst&offset=0&limit=50');
    await asker.get(`/v1/tenants/${tenant.id}`);
    await asker.get(`/v1/tenants/${tenant.id}/runs?limit=50`);
    await sleep(1000);
  }
}

async function sampleOften(soaking: Soaking, everyMs: number): Promise<void> {
  const { ground, api, samples, note } = soaking;
  const pids = await pidsOf(ground, api);
  while (Date.now() < soaking.until) {
    await sleep(Math.min(everyMs, Math.max(0, soaking.until - Date.now())));
    const sample = await takeSample(ground, pids);
    const histories = await Promise.all(soaking.benches.slice(0, 3).map((bench) => historyOf(ground, bench)));
    sample['temporal.eventsOfRun'] = Math.max(...histories.map(({ events }) => events));
    samples.push(sample);
    const shown = [
      'worker.rssMiB',
      'api.rssMiB',
      'database.connections',
      'rows.deliveries',
      'rows.runs',
      'database.MiB',
    ];
    note(`${soaking.runs} runs  ${shown.map((name) => `${name} ${rounded(sample[name] ?? Number.NaN)}`).join('  ')}`);
  }
}

async function pidsOf(ground: Ground, api: ApiProcess): Promise<Record<string, number>> {
  const postmaster = await postmasterOf(ground);
  return { worker: ground.worker.pid, api: api.pid, ...(postmaster === undefined ? {} : { postmaster }) };
}
