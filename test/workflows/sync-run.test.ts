/** When, and in what order: the workflow of a run over scripted steps, on a real Temporal. */
import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitUntil } from '../../infra/wait-until.ts';
import type { Activities } from '../../src/activities/index.ts';
import type { Ending, SettleResult, StepResult } from '../../src/activities/types.ts';
import { aggregationTimeouts } from '../../src/pendo/aggregation.ts';
import { temporalAddress, workflowBundle } from '../setup/temporal.ts';

let connection: Connection;
let native: NativeConnection;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
  connection = await Connection.connect({ address: temporalAddress() });
  native = await NativeConnection.connect({ address: temporalAddress() });
});
afterAll(async () => {
  await native?.close();
  await connection?.close();
});

type StepName = Exclude<keyof Activities, 'closeRun'>;
type Answer = (StepResult & { settled?: SettleResult }) | (() => Promise<StepResult>);
/** What each step answers, one attempt after another; when the script is over it is done. */
type Script = Partial<Record<StepName, Answer[]>>;

const done: StepResult = { kind: 'done' };
const settled = (owed: SettleResult['owed'], held = { pull: false, push: false }): Answer => ({
  ...done,
  settled: { owed, held },
});
const both = { pull: 3, push: 4 };

interface Played {
  workflowId: string;
  /** Steps in the order in which they began. */
  order: string[];
  endings: Ending[];
  /** Executions that the run took. */
  executions: number;
}

interface Look {
  /** What the Temporal UI shows of the run now. */
  details(): Promise<string>;
  signal(name: string): Promise<void>;
  begun(step: keyof Activities): boolean;
}

async function play(
  script: Script,
  input: { freshAfter?: number; giveUpMs?: number } = {},
  meanwhile: (look: Look) => Promise<void> = async () => undefined,
  /** No step has longer than the workflow. */
  limit: '30s' | '2h' = '30s',
  type: 'syncRun' | 'recordRun' = 'syncRun',
): Promise<Played> {
  const client = new Client({ connection });
  const taskQueue = `test-${randomUUID()}`;
  const workflowId = `sync/${randomUUID()}/visitor`;
  const order: string[] = [];
  const endings: Ending[] = [];
  const step =
    (name: StepName, otherwise: Answer = done) =>
    async (): Promise<StepResult & { settled?: SettleResult }> => {
      order.push(name);
      const answer = script[name]?.shift() ?? otherwise;
      return typeof answer === 'function' ? answer() : answer;
    };
  const activities: Activities = {
    openRun: step('openRun'),
    ensureSchema: step('ensureSchema'),
    readHubSpot: step('readHubSpot'),
    readPendo: step('readPendo'),
    readAgain: step('readAgain'),
    readRecord: step('readRecord'),
    settle: step('settle', settled(both)),
    settleRecord: step('settleRecord', settled(both)),
    deliverToPendo: step('deliverToPendo'),
    deliverToHubSpot: step('deliverToHubSpot'),
    closeRun: async (_, ending) => {
      order.push('closeRun');
      endings.push(ending);
      return { state: 'succeeded' as const };
    },
  };
  const worker = await Worker.create({ connection: native, taskQueue, workflowBundle: workflowBundle(), activities });
  const handle = await worker.runUntil(async () => {
    const started = await client.workflow.start(type, {
      workflowId,
      taskQueue,
      args: [{ tenantId: 't', object: 'visitor', runId: '1', ...input }],
      workflowExecutionTimeout: limit,
    });
    await meanwhile({
      details: async () =>
        (await started.query<{ currentDetails: string }>('__temporal_workflow_metadata')).currentDetails,
      signal: (name) => started.signal(name),
      begun: (name) => order.includes(name),
    });
    await started.result();
    return started;
  });
  const { runId } = await client.workflow.getHandle(workflowId).describe();
  return {
    workflowId,
    order,
    endings,
    executions: runId === handle.firstExecutionRunId ? 1 : 2,
  };
}

const sorted = (names: string[]): string[] => [...names].sort();

describe('a run', { timeout: 40_000 }, () => {
  test('opens, makes fields, reads both sides at once, settles, delivers both ways at once, closes', async () => {
    const { order, endings } = await play({});
    expect(order.slice(0, 2)).toEqual(['openRun', 'ensureSchema']);
    expect(sorted(order.slice(2, 4))).toEqual(['readHubSpot', 'readPendo']);
    expect(order[4]).toBe('settle');
    expect(sorted(order.slice(5, 7))).toEqual(['deliverToHubSpot', 'deliverToPendo']);
    expect(order.slice(7)).toEqual(['closeRun']);
    expect(endings).toEqual([{ kind: 'finished' }]);
  });

  test('of one record reads and settles that record only, and does all else as every run', async () => {
    const { order, endings } = await play({ deliverToHubSpot: [{ kind: 'stale' }] }, {}, undefined, '30s', 'recordRun');
    const work = ['readRecord', 'settleRecord', 'deliverToHubSpot', 'deliverToPendo'];
    expect(order.slice(0, 4)).toEqual(['openRun', 'ensureSchema', 'readRecord', 'settleRecord']);
    expect(sorted(order.slice(2))).toEqual(sorted([...work, 'readAgain', 'ensureSchema', ...work, 'closeRun']));
    expect(endings).toEqual([{ kind: 'finished' }]);
  });

  test('delivers nothing on a leg that owes nothing, or that is held', async () => {
    const { order } = await play({ settle: [settled({ pull: 0, push: 4 })] });
    expect(order).not.toContain('deliverToPendo');
    const held = await play({ settle: [settled(both, { pull: false, push: true })] });
    expect(held.order).toContain('deliverToPendo');
    expect(held.order).not.toContain('deliverToHubSpot');
    expect(held.endings).toEqual([{ kind: 'finished' }]);
  });

  test('that is approved goes straight to what it had settled', async () => {
    const { order } = await play({ openRun: [settled(both)] });
    expect(sorted(order)).toEqual(['closeRun', 'deliverToHubSpot', 'deliverToPendo', 'openRun']);
  });

  test('reads again when what it read has become too old to be written', async () => {
    const { order, endings } = await play({ deliverToHubSpot: [{ kind: 'stale' }] });
    expect(order.filter((name) => name === 'readAgain').length).toBe(1);
    expect(order.filter((name) => name === 'settle').length).toBe(2);
    expect(order.indexOf('readAgain')).toBeLessThan(order.lastIndexOf('readHubSpot'));
    expect(endings).toEqual([{ kind: 'finished' }]);
  });

  test('ends with the reason where only a person can act: nothing is retried, and the other side is stopped', async () => {
    const { order, endings } = await play({
      readPendo: [{ kind: 'blocked', code: 'FORBIDDEN' }],
      readHubSpot: [{ kind: 'wait', until: Date.now() + 3_600_000, fault: false, progressed: false }],
    });
    expect(endings).toEqual([{ kind: 'blocked', code: 'FORBIDDEN' }]);
    expect(order.filter((name) => name === 'readPendo').length).toBe(1);
    expect(order).not.toContain('settle');
  });

  test('gives each step that asks Pendo for an aggregation longer than an aggregation may take', async () => {
    const { workflowId } = await play({}, {}, undefined, '2h');
    const { events } = await new Client({ connection }).workflow.getHandle(workflowId).fetchHistory();
    const scheduled = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: each }) => each ?? []);
    const seconds = Object.fromEntries(
      scheduled.map(({ activityType, startToCloseTimeout }) => [
        activityType?.name,
        Number(startToCloseTimeout?.seconds),
      ]),
    );
    for (const name of ['openRun', 'readPendo']) {
      expect([name, seconds[name]! * 1000 > aggregationTimeouts.total]).toEqual([name, true]);
    }
  });

  describe('whose one leg ends it', () => {
    test.each([
      ['is blocked', { kind: 'blocked', code: 'FORBIDDEN' }, { kind: 'blocked', code: 'FORBIDDEN' }],
      ['is stopped', { kind: 'stopped', by: 'cancel' }, { kind: 'cancelled' }],
    ] as const)('because it %s closes when the step of the other leg has ended', async (_, result, ending) => {
      let answer: (result: StepResult) => void = () => undefined;
      const onItsWay = new Promise<StepResult>((resolve) => {
        answer = resolve;
      });
      let closedEarly = false;
      const { order, endings } = await play(
        { deliverToPendo: [{ ...result }], deliverToHubSpot: [() => onItsWay] },
        {},
        async ({ begun }) => {
          const closes = { what: 'the run closes', timeoutMs: 3000 };
          closedEarly = await waitUntil(async () => begun('closeRun') || undefined, closes).catch(() => false);
          answer({ kind: 'again', progressed: true });
        },
      );
      expect(closedEarly).toBe(false);
      expect(endings).toEqual([ending]);
      expect(order.at(-1)).toBe('closeRun');
    });

    test('does not wait for a vendor that the other leg waits for', async () => {
      const { endings } = await play({
        deliverToPendo: [{ kind: 'blocked', code: 'FORBIDDEN' }],
        deliverToHubSpot: [{ kind: 'wait', until: Date.now() + 3_600_000, fault: false, progressed: false }],
      });
      expect(endings).toEqual([{ kind: 'blocked', code: 'FORBIDDEN' }]);
    });
  });

  test('waits on a vendor without an attempt failing, however often', async () => {
    const wait = (fault: boolean): Answer => ({ kind: 'wait', until: Date.now(), fault, progressed: true });
    const { order, endings } = await play({ readHubSpot: Array.from({ length: 4 }, () => wait(false)) });
    expect(order.filter((name) => name === 'readHubSpot').length).toBe(5);
    expect(endings).toEqual([{ kind: 'finished' }]);
  });

  test('repeats a step that a fault of ours ended, and says so when it gives up', async () => {
    const broken = async (): Promise<StepResult> => {
      throw ApplicationFailure.retryable('The database answered 57P01.', 'DATABASE');
    };
    const { order, endings } = await play({ settle: [broken] });
    expect(order.filter((name) => name === 'settle').length).toBe(2);
    expect(endings).toEqual([{ kind: 'finished' }]);
    const fatal = async (): Promise<StepResult> => {
      throw ApplicationFailure.nonRetryable('Nothing to be done.', 'INTERNAL');
    };
    expect((await play({ settle: [fatal] })).endings).toEqual([{ kind: 'fault' }]);
  });

  test('goes on in a new history between any two steps, and loses nothing', async () => {
    for (const freshAfter of [1, 2, 4, 5]) {
      const { order, endings, executions } = await play(
        { readPendo: [{ kind: 'again', progressed: true }] },
        { freshAfter },
      );
      expect(endings).toEqual([{ kind: 'finished' }]);
      expect(executions).toBe(2);
      expect(order.filter((name) => name === 'closeRun').length).toBe(1);
      expect(order.at(-1)).toBe('closeRun');
      expect(order).toEqual(expect.arrayContaining(['deliverToPendo', 'deliverToHubSpot']));
    }
  });

  const fault: Answer = { kind: 'wait', until: 0, fault: true, progressed: false };

  test('gives up after faults for longer than its give-up time', async () => {
    const { endings } = await play({ readHubSpot: [fault, fault, fault, fault] }, { giveUpMs: 1500 });
    expect(endings).toEqual([{ kind: 'exhausted' }]);
  });

  test('does not count a pause, or a wait that the vendor asked for, against its give-up time', async () => {
    const pause: Answer = { kind: 'stopped', by: 'pause' };
    const paused = await play(
      { readHubSpot: [fault, pause, fault] },
      { giveUpMs: 1500 },
      async ({ details, signal }) => {
        await waitUntil(async () => /paused/.test(await details()) || undefined, {
          what: 'the run is paused',
          timeoutMs: 10_000,
        });
        await signal('resume');
      },
    );
    expect(paused.endings).toEqual([{ kind: 'finished' }]);
    const limit: Answer = { kind: 'wait', until: 0, fault: false, progressed: false };
    const limited = await play({ readHubSpot: [fault, limit, fault] }, { giveUpMs: 1500 });
    expect(limited.endings).toEqual([{ kind: 'finished' }]);
  });
});

describe('the Temporal UI tells', { timeout: 40_000 }, () => {
  const hour = 3_600_000;
  const wait = (of: 'hubspot' | 'pendo', why: 'limit' | 'quota' | 'outage'): Answer => ({
    kind: 'wait',
    until: Date.now() + hour,
    fault: false,
    progressed: true,
    cause: { of, why },
  });
  const seen = (look: Look, ...patterns: RegExp[]): Promise<string> =>
    waitUntil(
      async () => {
        const details = await look.details();
        return patterns.every((pattern) => pattern.test(details)) ? details : undefined;
      },
      { what: `details with ${patterns.join(', ')}`, timeoutMs: 10_000 },
    );

  test('whom each side waits for and why, how much was read, and forgets a wait that is over', async () => {
    await play(
      {
        readHubSpot: [{ ...(wait('hubspot', 'quota') as StepResult), figures: { read: { hubspot: 1200 } } }],
        readPendo: [{ ...(wait('pendo', 'outage') as StepResult), figures: { read: { pendo: 34 } } }],
        settle: [wait('pendo', 'limit'), settled(both)],
      },
      {},
      async (look) => {
        await seen(
          look,
          /reading HubSpot waits for HubSpot \(its day's quota\) until 20/,
          /reading Pendo waits for Pendo \(an outage\) until 20/,
          /read: 1200 from HubSpot, 34 from Pendo/,
        );
        // A signal ends all waits: the sides are then done.
        await look.signal('resume');
        const details = await seen(look, /the run waits for Pendo \(its limit\)/);
        expect(details).not.toMatch(/reading/);
        await look.signal('resume');
      },
    );
  });

  test('what was matched, is owed, delivered and refused, and which leg a guard holds', async () => {
    const delivered = { push: { accepted: 90, rejected: 3 } };
    await play(
      {
        settle: [
          {
            ...done,
            settled: { owed: both, held: { pull: true, push: false }, heldBy: { pull: 'values' }, matched: 77 },
          },
        ],
        deliverToHubSpot: [{ ...(wait('hubspot', 'limit') as StepResult), figures: { delivered } }],
      },
      {},
      async (look) => {
        await seen(
          look,
          /matched: 77 pairs/,
          /owed: 3 rows to Pendo, 4 to HubSpot/,
          /nothing goes to Pendo: held by a guard \(values\)/,
          /delivered to HubSpot: 90, refused: 3/,
          /delivery to HubSpot waits for HubSpot \(its limit\)/,
        );
        await look.signal('resume');
      },
    );
  });

  test('why a run is paused, and with which code one ended', async () => {
    await play(
      {
        readPendo: [
          { kind: 'stopped', by: 'pause' },
          { kind: 'blocked', code: 'FORBIDDEN' },
        ],
      },
      {},
      async (look) => {
        await seen(look, /\*\*paused\*\*/, /continues when it is resumed/);
        await look.signal('resume');
        await seen(look, /\(FORBIDDEN\)/);
      },
    );
  });
});
