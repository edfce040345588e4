/** One round: everything started, broken by plan while runs go on, brought to rest, and judged. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { temporaryFolder } from '../infra/temporary-folder.ts';
import type { Clock } from '../sandbox/contract.ts';
import { doAction, isCase } from './actions.ts';
import { type EndedRun, judgeCounts, readEndedRuns } from './counts.ts';
import { keepRunning } from './drive.ts';
import { judgeFinally } from './final-verdict.ts';
import { reconnectAll, runAll, waitForRest } from './finish.ts';
import { caseLock, createLocks } from './locks.ts';
import { type Disturbance, type Finding, judgeLog } from './log-evidence.ts';
import { createModel, type Model } from './model.ts';
import { createPatientApi } from './patient-api.ts';
import { planRound, type Victim } from './plan.ts';
import { playQuietly, type QuietName } from './quiet/cases.ts';
import { emptyReport, type RoundReport } from './report.ts';
import { resumeTimes, type Struck, watchTemporal } from './resume-times.ts';
import { type Servers, startServers } from './servers.ts';
import { countStates, findOverlaps, readSpans } from './spans.ts';
import type { Stage } from './stage.ts';
import { reachTemporal } from './temporal.ts';
import { clearFaults, createTenants, plannedWorlds } from './tenants.ts';
import { readCalls, type WorldCall } from './vendor-log.ts';

export interface RoundOptions {
  seed: number;
  kills: number;
  temporal: 'file' | 'postgres';
  only?: readonly Victim[] | undefined;
  /** Of the quiet cases only these. */
  cases?: readonly QuietName[] | undefined;
  /** Receives a line for each thing that happens. */
  say?: (line: string) => void;
  /** Keeps the folder with the servers' logs when something was found. */
  keep?: boolean;
}

/** A Monday noon in New York: half a day is left before the usage windows move. */
const noon = Date.parse('2026-03-16T16:00:00Z');
const settled = 3 * 3_600_000;
/** How long the plan waits for the case before of the same tenant. */
const caseMs = 20_000;

export async function runRound(options: RoundOptions): Promise<RoundReport> {
  const say = options.say ?? (() => undefined);
  const began = Date.now();
  const folder = await temporaryFolder('crosswalk-chaos');
  const servers = await startServers({
    dir: path.join(folder.path, 'data'),
    now: noon,
    temporal: options.temporal,
    workers: 2,
    workflowBundle: await bundleWorkflows(folder.path),
  });
  let clean = false;
  try {
    const report = await breakAndJudge(options, servers, folder.path, say);
    clean = report.problems.length === 0;
    return { ...report, seconds: (Date.now() - began) / 1000 };
  } finally {
    await servers.stop();
    if (clean || !options.keep) await folder.remove();
    else say(`logs are kept in ${folder.path}`);
  }
}

async function bundleWorkflows(folder: string): Promise<string> {
  const workflowsPath = path.join(import.meta.dirname, '../src/workflows/index.ts');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  const file = path.join(folder, 'workflows.js');
  await writeFile(file, code);
  return file;
}

async function breakAndJudge(
  { seed, kills, only, cases }: RoundOptions,
  servers: Servers,
  dir: string,
  say: (line: string) => void,
): Promise<RoundReport> {
  await servers.allUp();
  const api = createPatientApi(servers.apiUrl, servers.key);
  const { adminUrl } = servers.sandbox;
  const tenants = await createTenants(servers, api, seed);
  const models: Model[] = [];
  for (const tenant of tenants) models.push(await createModel(tenant, adminUrl, servers.now));
  const temporal = reachTemporal(servers.temporalAddress);
  const watch = watchTemporal(temporal, tenants);
  const stage: Stage = {
    ...{ api, adminUrl, temporal, tenants, models, now: servers.now, locks: createLocks() },
    ...{ interruptions: [], cleared: [], approvals: new Map(), findings: [], outcomes: new Map() },
    ...{ ending: false, quiet: false },
  };
  const struck: Struck[] = [];
  const report = emptyReport(seed);
  const goingOn = new Set<Promise<void>>();
  let failure: unknown;

  for (const tenant of tenants) {
    for (const object of tenant.objects) await api.post(`/v1/tenants/${tenant.id}/syncs/${object}/enable`);
  }
  const stopDriving = keepRunning(stage, seed);
  for (const { afterMs, action } of planRound({ seed, kills, worlds: plannedWorlds(), only })) {
    await sleep(afterMs);
    if (failure !== undefined) throw failure;
    if (action.kind !== 'kill') {
      report.actions[action.kind] = (report.actions[action.kind] ?? 0) + 1;
      // What a tenant still has to do has its time, so that the kills meet all of it.
      if (isCase(action))
        await Promise.race([stage.locks.alone(caseLock(action.world), async () => undefined), sleep(caseMs)]);
      const begun = await doAction(stage, action);
      if (begun === undefined) continue;
      const { goesOn } = begun;
      const settled = goesOn
        .catch((error: unknown) => {
          failure ??= error;
        })
        .finally(() => goingOn.delete(settled));
      goingOn.add(settled);
      continue;
    }
    if (action.patient) await servers.workersUp();
    await sleep(action.afterUpMs);
    const pid = action.victim === 'worker' ? servers.workerPid(action.which) : undefined;
    const worlds = pid === undefined ? [] : await watch.struckBy(pid);
    const kill = await servers.kill(action.victim, action.which, action.downMs);
    for (const world of worlds) struck.push({ world, kill });
    say(`${servers.kills.length}/${kills} ${action.victim}`);
  }
  stage.ending = true;
  say(`${goingOn.size} actions are going on`);
  while (goingOn.size > 0) await Promise.all(goingOn);
  if (failure !== undefined) throw failure;
  await stopDriving();

  say('coming to rest');
  await servers.allUp();
  for (const tenant of tenants) await clearFaults(tenant);
  await reconnectAll(api, tenants);
  await waitForRest(api, tenants);
  await playQuietly(stage, seed, cases, say);
  for (const tenant of tenants) await clearFaults(tenant);
  await waitForRest(api, tenants);
  await temporal.connection.close();
  const clock = createPatientApi(adminUrl);
  const { now } = await clock.get<Clock>('/admin/clock');
  await clock.put('/admin/clock', { now: now + settled, running: true });
  const stoppedAt = Date.now();
  await servers.moveClock(now + settled);
  await servers.allUp();
  await reconnectAll(api, tenants);

  for (const { victim } of servers.kills) report.kills[victim] += 1;
  const asOf = new Map<string, number>();
  for (const pass of ['first', 'second'] as const) {
    for (const { tenant, object, run } of await runAll(stage)) {
      asOf.set(`${tenant.name} ${object}`, Date.parse(run.asOf ?? ''));
      say(`${pass} last run of ${tenant.name} ${object}: ${run.state}`);
      if (run.state !== 'succeeded' && run.state !== 'degraded') {
        report.problems.push(
          `${tenant.name} ${object}: the ${pass} last run ${run.state} (${run.reason?.code}: ${run.reason?.message})`,
        );
      }
    }
  }
  const spans = await readSpans(servers.databaseUrl);
  report.runStates = countStates(spans);
  report.outcomes = Object.fromEntries([...stage.outcomes].sort(([a], [b]) => (a < b ? -1 : 1)));
  for (const finding of stage.findings) add(report, finding);
  const ended: EndedRun[] = await readEndedRuns(servers.databaseUrl);
  const logs: WorldCall[][] = [];
  for (const [n, tenant] of tenants.entries()) {
    const model = models[n] as Model;
    await model.look();
    const log = await readCalls(adminUrl, tenant);
    logs.push(log);
    const mine = spans.get(tenant.id) ?? [];
    report.runs += mine.length;
    // The log first: it shows which cells a vendor only pretended to write.
    const preliminary = await judgeFinally(tenant, model, adminUrl, asOf);
    const disturbances = disturbancesOf(servers, stage, n, stoppedAt);
    const fromLog = judgeLog({
      tenant,
      model,
      log,
      disturbances,
      spans: mine,
      approvals: stage.approvals,
      expectations: preliminary.expectations,
    });
    const atRest = await judgeFinally(tenant, model, adminUrl, asOf);
    const runs = ended.filter(({ tenantId }) => tenantId === tenant.id);
    const counts = judgeCounts({ tenant, log, spans: mine, disturbances, runs });
    report.compared += counts.compared;
    // The last two of each object at least: nothing strikes them.
    if (counts.compared < 2 * tenant.objects.length) {
      report.problems.push(`${tenant.name}: the counts of only ${counts.compared} runs could be compared`);
    }
    report.records += atRest.records;
    report.altered += atRest.altered;
    report.repeats += fromLog.repeats;
    report.writes += fromLog.writes;
    // Codes that a login exchanges are in no world's log.
    report.renewals += log.filter((call) => call.operation === 'oauthToken').length;
    for (const finding of [...atRest.findings, ...fromLog.findings, ...counts.findings, ...findOverlaps(tenant, mine)])
      add(report, finding);
  }
  if (report.problems.length > 0) {
    await writeFile(path.join(dir, 'calls.json'), JSON.stringify(logs));
    await writeFile(path.join(dir, 'problems.txt'), report.problems.join('\n'));
  }
  report.resumeMs = resumeTimes(struck, logs, stage.interruptions);
  return report;
}

/** Kills, and whatever else may have made a worker give up what it was doing. */
function disturbancesOf(servers: Servers, stage: Stage, world: number, stoppedAt: number): Disturbance[] {
  return [
    ...servers.kills.map(({ at, backAt }) => ({ from: at, until: backAt })),
    ...stage.interruptions.filter((one) => one.world === world).map(({ at }) => ({ from: at, until: at })),
    { from: stoppedAt, until: stoppedAt },
  ];
}

const counters = {
  lost: 'lost',
  wrong: 'wrong',
  doubled: 'doubled',
  redundant: 'redundantWrites',
  overlap: 'overlaps',
  foreign: 'foreignWrites',
} as const;

function add(report: RoundReport, { what, world, detail }: Finding): void {
  if (what in counters) report[counters[what as keyof typeof counters]] += 1;
  report.problems.push(`${what} ${world}: ${detail}`);
}
