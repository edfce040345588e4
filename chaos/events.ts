/**
 * Custom events under kills: `npm run chaos:events -- --seed 1 --kills 12`. Use goes on arriving while runs send it, answers are lost
 * before and after the work was done, and processes are killed. At rest, what HubSpot has of each record, item and day must add up
 * to what Pendo has: nothing lost, nothing doubled.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { Temporal } from 'temporal-polyfill';
import type { Api } from '../demo/api.ts';
import { type RunView, waitForRun } from '../demo/runs.ts';
import { createTenant, type DemoTenant } from '../demo/tenant.ts';
import { temporaryFolder } from '../infra/temporary-folder.ts';
import { calls, snapshot } from '../oracle/index.ts';
import type { Fault, RawEvent, RawOccurrence } from '../sandbox/contract.ts';
import { random } from '../sandbox/world/random.ts';
import { waitForRest } from './finish.ts';
import { createPatientApi, ifPossible } from './patient-api.ts';
import { type Servers, startServers } from './servers.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, kills: { type: 'string', default: '12' } },
});
const [seed, kills] = [Number(values.seed), Number(values.kills)];
/** A Monday noon in New York. */
const noon = Date.parse('2026-03-16T16:00:00Z');
const zone = 'America/New_York';
const today = '2026-03-16';
const hour = 3_600_000;
const name = 'chaos-events';
const backfillDays = 60;
const victims = ['worker', 'worker', 'worker', 'postgres', 'temporal'] as const;
const route = '^POST /events/.*/send/batch$';
/** Of all requests with occurrences: held up a while, not done, done without an answer. */
const faults: Fault[] = [
  { vendor: 'hubspot', kind: 'latency', ms: 400, jitter: true, seed, route },
  { vendor: 'hubspot', kind: 'reset', rate: 0.15, seed, route },
  { vendor: 'hubspot', kind: 'resetAfter', rate: 0.25, seed: seed + 1, route },
];

process.exitCode = (await campaign()) ? 0 : 1;
process.exit();

async function campaign(): Promise<boolean> {
  const folder = await temporaryFolder('crosswalk-chaos-events');
  const workflowsPath = path.join(import.meta.dirname, '../src/workflows/index.ts');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  const workflowBundle = path.join(folder.path, 'workflows.js');
  await writeFile(workflowBundle, code);
  const dir = path.join(folder.path, 'data');
  const servers = await startServers({ dir, now: noon, temporal: 'file', workers: 2, workflowBundle });
  try {
    return await breakAndJudge(servers);
  } finally {
    await servers.stop();
    await folder.remove();
  }
}

async function breakAndJudge(servers: Servers): Promise<boolean> {
  await servers.allUp();
  const api = createPatientApi(servers.apiUrl, servers.key);
  const counts = { contacts: 200, companies: 40, visitors: 200, accounts: 40 };
  const tenant = await createTenant(
    { api, sandbox: servers.sandbox },
    {
      world: { world: name, seed, ...counts, activityDays: 80, tame: true },
      config: { visitor: { pull: [], push: [] }, account: { pull: [], push: [] } },
    },
  );
  const { subscription } = await snapshot(servers.sandbox.adminUrl, name);
  const page = subscription.pages[0]!.id;
  for (const object of ['visitor', 'account'] as const) {
    const events = [{ source: 'page', id: page }];
    const config = { ...tenant.configs[object], events, eventDelivery: { backfillDays, settleDays: 0 } };
    await api.put(`/v1/tenants/${tenant.id}/syncs/${object}`, config);
    await api.post(`/v1/tenants/${tenant.id}/syncs/${object}/enable`);
  }
  for (const fault of faults) await tenant.admin.post(`/admin/worlds/${name}/faults`, fault);
  const dice = random(seed, 'events');
  for (let killed = 0; killed < kills; killed++) {
    for (let n = 0; n < 3; n++) {
      await addUse(servers, tenant, page, dice);
      await startRuns(api, tenant);
      await sleep(dice.int(300, 1500));
    }
    await servers.kill(dice.pick(victims), dice.int(0, 1), dice.int(200, 2500));
    console.error(`  ${killed + 1}/${kills}`);
  }
  await servers.allUp();
  await tenant.admin.delete(`/admin/worlds/${name}/faults`);
  await waitForRest(api, [tenant as never]);
  const now = servers.now() + 3 * hour;
  await tenant.admin.put('/admin/clock', { now, running: true });
  await servers.moveClock(now);
  await servers.allUp();
  const last = [await lastRuns(api, tenant), await lastRuns(api, tenant)];
  return judge(servers, tenant, page, last.flat());
}

/** Use of a day that may have been sent already. */
async function addUse(
  servers: Servers,
  { admin }: DemoTenant,
  page: string,
  dice: ReturnType<typeof random>,
): Promise<void> {
  const { visitors, subscription } = await snapshot(servers.sandbox.adminUrl, name, { events: false });
  const rows = Array.from({ length: 20 }, (): RawEvent => {
    const visitor = dice.pick(visitors);
    const day = Temporal.PlainDate.from(today).subtract({ days: dice.int(1, 6) });
    const start = day.toZonedDateTime(zone).epochMilliseconds;
    const accounts = visitor.metadata.auto?.accountids;
    return {
      ...{ visitorId: visitor.id, accountId: Array.isArray(accounts) ? String(accounts[0] ?? '') : '' },
      ...{ appId: subscription.apps[0]!.id, pageId: page, day: start, server: 's', userAgent: 'late' },
      remoteIp: `198.51.100.${dice.int(1, 250)}`,
      ...{ numEvents: dice.int(1, 5), numMinutes: dice.int(0, 3), firstTime: start + hour, lastTime: start + 2 * hour },
    };
  });
  await admin.post(`/admin/worlds/${name}/events`, rows);
}

async function startRuns(api: Api, { id }: DemoTenant): Promise<void> {
  for (const object of ['visitor', 'account']) {
    await ifPossible(api.post(`/v1/tenants/${id}/syncs/${object}/resume`));
    await ifPossible(api.post(`/v1/tenants/${id}/syncs/${object}/runs`, {}));
  }
}

async function lastRuns(api: Api, { id }: DemoTenant): Promise<RunView[]> {
  return Promise.all(
    ['visitor', 'account'].map(async (object) => {
      await api.post(`/v1/tenants/${id}/syncs/${object}/resume`);
      const { run } = await api.post<{ run: RunView }>(`/v1/tenants/${id}/syncs/${object}/runs`, {});
      return waitForRun(api, id, run.id, undefined, 180_000);
    }),
  );
}

async function lines<T>({ sandbox }: Servers, what: string): Promise<T[]> {
  const text = await (await fetch(`${sandbox.adminUrl}/admin/worlds/${name}/${what}`)).text();
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}

async function judge(servers: Servers, { id }: DemoTenant, page: string, last: RunView[]): Promise<boolean> {
  const { adminUrl } = servers.sandbox;
  const wanted = await usePerRecordAndDay(servers, page);
  const taken = await lines<RawOccurrence>(servers, 'occurrences');
  const sent = new Map<string, number>();
  for (const { objectType, objectId, properties } of taken) {
    const key = `${objectType} ${objectId} ${properties.pendo_day}`;
    sent.set(key, (sent.get(key) ?? 0) + Number(properties.pendo_count));
  }
  const problems = last
    .filter(({ state }) => state !== 'succeeded')
    .map(({ object, state, reason }) => `the last run of ${object} ${state}: ${reason?.code}`);
  for (const key of new Set([...wanted.keys(), ...sent.keys()])) {
    const [want = 0, have = 0] = [wanted.get(key), sent.get(key)];
    if (want !== have) problems.push(`${have > want ? 'doubled' : 'lost'} ${key}: ${want} in Pendo, ${have} sent`);
  }
  const twice = taken.length - new Set(taken.map(({ uuid }) => uuid)).size;
  if (twice > 0) problems.push(`${twice} occurrences were taken twice`);
  const requests = (await calls(adminUrl, name)).filter(({ path: to }) => to.endsWith('/send/batch'));
  const unanswered = requests.filter(({ fault }) => fault === 'reset' || fault === 'resetAfter').length;
  const figures = { seed, kills: servers.kills.length, requests: requests.length, unanswered };
  console.log(JSON.stringify({ ...figures, occurrences: taken.length, days: wanted.size, tenant: id, problems }));
  return problems.length === 0;
}

/** By hand: of matched records, the sums of the page's rows, by day. */
async function usePerRecordAndDay(servers: Servers, page: string): Promise<Map<string, number>> {
  const { contacts, companies, visitors } = await snapshot(servers.sandbox.adminUrl, name, { events: false });
  const first = Temporal.PlainDate.from(today).subtract({ days: backfillDays }).toString();
  const barred = new Set(
    visitors.filter(({ metadata }) => String(metadata.pendo?.donotprocess) === 'true').map((one) => one.id),
  );
  const live = <T extends { archived: boolean; mergedInto?: string }>(all: T[]): T[] =>
    all.filter(({ archived, mergedInto }) => !archived && mergedInto === undefined);
  const contactOf = new Map(live(contacts).map(({ id, properties }) => [properties.email, `CONTACT ${id}`]));
  const companyOf = new Map(
    live(companies).map(({ id, properties }) => [properties.pendo_account_key, `COMPANY ${id}`]),
  );
  const sums = new Map<string, number>();
  for (const row of await lines<RawEvent>(servers, 'events')) {
    const day = Temporal.Instant.fromEpochMilliseconds(row.day).toZonedDateTimeISO(zone).toPlainDate().toString();
    if (row.pageId !== page || row.blacklisted || day < first || day >= today) continue;
    if (barred.has(row.visitorId) || row.visitorId.startsWith('_PENDO_T_')) continue;
    for (const record of [contactOf.get(row.visitorId), companyOf.get(row.accountId)]) {
      if (record === undefined || !row.numEvents) continue;
      const key = `${record} ${day}`;
      sums.set(key, (sums.get(key) ?? 0) + row.numEvents);
    }
  }
  return sums;
}
