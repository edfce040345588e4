/** What a person asks for is heard at once, whatever the run is doing at that moment. */
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Activities } from '../../src/activities/index.ts';
import { temporalAddress, workflowBundle } from '../setup/temporal.ts';

let connection: Connection;
let native: NativeConnection;
beforeAll(async () => {
  connection = await Connection.connect({ address: temporalAddress() });
  native = await NativeConnection.connect({ address: temporalAddress() });
});
afterAll(async () => {
  await native?.close();
  await connection?.close();
});

/** Runs a workflow whose reading of HubSpot is the given script, step by step; everything else is done at once. */
async function play(script: ((signal: (name: string) => Promise<void>) => ReturnType<Activities['readHubSpot']>)[]) {
  const client = new Client({ connection });
  const taskQueue = `test-${randomUUID()}`;
  const workflowId = `sync/${randomUUID()}/visitor`;
  const signal = (name: string): Promise<void> => client.workflow.getHandle(workflowId).signal(name);
  let steps = 0;
  const endings: string[] = [];
  const done = async () => ({ kind: 'done' as const });
  const activities: Activities = {
    openRun: done,
    ensureSchema: done,
    readPendo: done,
    readAgain: done,
    readRecord: done,
    settle: async () => ({
      kind: 'done',
      settled: { owed: { pull: 0, push: 0 }, held: { pull: false, push: false } },
    }),
    settleRecord: done,
    deliverToPendo: done,
    deliverToHubSpot: done,
    readHubSpot: async () => (script[steps++] ?? done)(signal),
    closeRun: async (_, ending) => {
      endings.push(ending.kind);
      return { state: 'succeeded' as const };
    },
  };
  const worker = await Worker.create({
    connection: native,
    taskQueue,
    workflowBundle: workflowBundle(),
    activities,
  });
  await worker.runUntil(() =>
    client.workflow.execute('syncRun', {
      workflowId,
      taskQueue,
      args: [{ tenantId: 't', object: 'visitor', runId: '1' }],
      workflowExecutionTimeout: '15s',
    }),
  );
  return { steps, endings };
}

const hour = 3_600_000;

test.each([
  ['lookNow', 'this release'],
  ['pause', 'the previous release'],
  ['resume', 'the previous release'],
  ['cancel', 'the previous release'],
])('the signal %s of %s, sent while a step is about to wait for the vendor, is not slept through', async (name) => {
  const { endings } = await play([
    async (signal) => {
      await signal(name);
      return { kind: 'wait', until: Date.now() + hour, fault: false, progressed: false };
    },
    async () => ({ kind: 'stopped', by: 'cancel' }),
  ]);
  expect(endings).toEqual(['cancelled']);
});

test('a resume that comes while a paused run looks whether it may go on is not slept through', async () => {
  const { steps, endings } = await play([
    async (signal) => {
      await signal('lookNow');
      return { kind: 'stopped', by: 'pause' };
    },
    async (signal) => {
      await signal('lookNow');
      return { kind: 'stopped', by: 'pause' };
    },
    async () => ({ kind: 'done' }),
  ]);
  expect({ steps, endings }).toEqual({ steps: 3, endings: ['finished'] });
});
