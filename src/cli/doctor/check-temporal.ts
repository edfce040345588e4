/** Temporal: are we let in, is the namespace as we need it, does a worker ask for work, are the schedules there? */
import { Client, Connection } from '@temporalio/client';
import type { Config } from '../../config/config.ts';
import type { Database } from '../../db/index.ts';
import { searchAttributeNames } from '../../orchestration/names.ts';
import { scheduleId } from '../../orchestration/schedule-options.ts';
import { wantedSchedules } from '../../orchestration/wanted-schedules.ts';
import { attempt, type Check, failed, ok, warning } from './check.ts';

const oldest = [1, 29] as const;
const reach = 'Check TEMPORAL_ADDRESS, TLS and keys: docs/operating.md, "A Temporal of your own".';
const recentlyMs = 2 * 60_000;

/** @param db undefined where the database cannot be asked which schedules there should be */
export async function checkTemporal({ temporal }: Config, address: string, db: Database | undefined): Promise<Check[]> {
  const { namespace, taskQueue, credentials } = temporal;
  let connection: Connection | undefined;
  try {
    const reached = await attempt('temporal: reachable', reach, async () => {
      connection = await Connection.connect({ address, ...credentials, connectTimeout: '10s' });
      return server(connection);
    });
    if (connection === undefined) return reached;
    const open: Connection = connection;
    const client = new Client({ connection: open, namespace });
    return [
      ...reached,
      ...(await attempt(
        'temporal: namespace',
        `Create the namespace "${namespace}", or correct TEMPORAL_NAMESPACE.`,
        () => namespaceOf(open, namespace),
      )),
      ...(await attempt('temporal: search attributes', 'Ask the administrator of the namespace.', () =>
        attributes(open, namespace),
      )),
      ...(await attempt('temporal: workers', reach, () => pollers(open, namespace, taskQueue))),
      ...(db === undefined ? [] : await attempt('temporal: schedules', reach, () => schedules(client, db, taskQueue))),
    ];
  } finally {
    await connection?.close();
  }
}

async function server({ workflowService }: Connection): Promise<Check[]> {
  const { serverVersion } = await workflowService.getSystemInfo({});
  const [major = 0, minor = 0] = (serverVersion ?? '').split('.').map(Number);
  const young = major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
  const name = 'temporal: reachable';
  if (young) return [ok(name, `Server ${serverVersion}.`)];
  return [failed(name, `Server ${serverVersion} is too old.`, `Use Temporal ${oldest.join('.')} or later.`)];
}

async function namespaceOf({ workflowService }: Connection, namespace: string): Promise<Check[]> {
  const { config } = await workflowService.describeNamespace({ namespace });
  const hours = Math.round(Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / 3600);
  return [ok('temporal: namespace', `"${namespace}" keeps histories for ${hours} hours.`)];
}

async function attributes({ operatorService }: Connection, namespace: string): Promise<Check[]> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const missing = searchAttributeNames.filter((name) => customAttributes?.[name] === undefined);
  const name = 'temporal: search attributes';
  if (missing.length === 0) return [ok(name, 'All are there.')];
  return [
    failed(
      name,
      `Missing: ${missing.join(', ')}.`,
      `Add them to "${namespace}", of the type Keyword: temporal operator search-attribute create --name … --type Keyword.`,
    ),
  ];
}

async function pollers({ workflowService }: Connection, namespace: string, taskQueue: string): Promise<Check[]> {
  const workers = new Set<string>();
  // TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY
  for (const taskQueueType of [1, 2]) {
    const answer = await workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: taskQueue },
      taskQueueType,
    });
    for (const { identity, lastAccessTime } of answer.pollers ?? []) {
      if (Number(lastAccessTime?.seconds ?? 0) * 1000 > Date.now() - recentlyMs) workers.add(identity ?? '');
    }
  }
  const name = 'temporal: workers';
  if (workers.size > 0) return [ok(name, `${workers.size} ask for work on "${taskQueue}".`)];
  return [
    failed(
      name,
      `No worker has asked for work on "${taskQueue}" in the last two minutes.`,
      'Start a worker ("npm start -- worker"), or read the log of the one that should run.',
    ),
  ];
}

async function schedules(client: Client, db: Database, taskQueue: string): Promise<Check[]> {
  const there = new Set<string>();
  for await (const { scheduleId: id, memo } of client.schedule.list()) if (memo?.taskQueue === taskQueue) there.add(id);
  const wanted = (await wantedSchedules(db)).map(scheduleId);
  const missing = wanted.filter((id) => !there.has(id));
  const left = [...there].filter((id) => id.startsWith('sync/') && !wanted.includes(id));
  const name = 'temporal: schedules';
  const fix =
    'Workers put this right every ten minutes, and at start. If it stays, read a worker’s log for "schedule".';
  if (missing.length > 0)
    return [failed(name, `${missing.length} of ${wanted.length} are missing, such as ${missing[0]}.`, fix)];
  if (left.length > 0)
    return [warning(name, `${left.length} belong to no sync that is enabled, such as ${left[0]}.`, fix)];
  return [ok(name, `${wanted.length} wanted, and there.`)];
}
