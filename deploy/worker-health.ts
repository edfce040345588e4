import { hostname } from 'node:os';
import { Connection } from '@temporalio/client';
import { readTemporalAccess } from '../src/config/temporal-access.ts';

/** Health check of a worker's container: Temporal has heard from a worker on this host within the last two minutes. */
const access = readTemporalAccess(process.env);
if ('problem' in access) throw new Error(access.problem);
const { address = '127.0.0.1:7233', namespace, credentials } = access;
const connection = await Connection.connect({ address, ...credentials, connectTimeout: '8s' });
const { pollers } = await connection.workflowService.describeTaskQueue({
  namespace,
  taskQueue: { name: process.env.TEMPORAL_TASK_QUEUE || 'crosswalk' },
  // TASK_QUEUE_TYPE_ACTIVITY
  taskQueueType: 2,
});
await connection.close();
const recently = Date.now() / 1000 - 120;
const here = pollers?.some(
  ({ identity, lastAccessTime }) =>
    identity?.endsWith(`@${hostname()}`) && Number(lastAccessTime?.seconds ?? 0) > recently,
);
if (!here) throw new Error(`No worker of ${hostname()} has asked Temporal for work lately.`);
