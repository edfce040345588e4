/** A deployment in the middle of a run must not change what the run has already decided. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, test } from 'vitest';
import { replayHistory } from '../../src/orchestration/replay.ts';
import { workflowBundle } from '../setup/temporal.ts';

const folder = path.join(import.meta.dirname, 'histories');
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
const read = (name: string): unknown => JSON.parse(readFileSync(path.join(folder, name), 'utf8'));

beforeAll(() => {
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
});

describe('histories of released workflows', () => {
  test('are there: a whole run, and one that continued as new while it was paused', () => {
    expect(names).toEqual(expect.arrayContaining(['v1-first-run-1.json', 'v1-paused-and-continued-1.json']));
    const { events } = historyFromJSON(read('v1-paused-and-continued-1.json'));
    expect(events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes).toBeTruthy();
  });

  test('are there: a leg that ended the run while the other delivered, and a workflow that was cancelled then', () => {
    for (const name of ['v1-blocked-while-delivering-1.json', 'v1-cancelled-while-delivering-1.json']) {
      const { events } = historyFromJSON(read(name));
      expect(events?.some((event) => event.activityTaskCancelRequestedEventAttributes)).toBe(true);
    }
  });

  test.each(names)('%s replays', async (name) => {
    await replayHistory(read(name), { workflowBundle: workflowBundle() });
  });

  test('a workflow that decides otherwise fails the replay', async () => {
    const workflowsPath = path.join(import.meta.dirname, 'changed/index.ts');
    const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
    await expect(Worker.runReplayHistory({ workflowBundle: { code } }, read('v1-first-run-1.json'))).rejects.toThrow(
      DeterminismViolationError,
    );
  });
});
