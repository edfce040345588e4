/** Custom events, and a worker that is killed while HubSpot works on what it was sent. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import {
  back,
  type Entry,
  expectedUse,
  firstDay,
  hour,
  mostUsed,
  occurrences,
  run,
  sending,
  sends,
  sorted,
  tenantWith,
  useOf,
} from './event-use.ts';
import { openStack } from './open-stack.ts';
import { startWorkerProcess } from './worker-process.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack({ worker: false });
});
afterAll(() => stack?.stop());

/** A process of its own has a clock of its own: this one is so many days ahead of the stack's first. */
function workerAt(days: number) {
  const offset = Number(stack.env.CROSSWALK_CLOCK_OFFSET_MS) + days * 24 * hour;
  return startWorkerProcess({ env: { ...stack.env, CROSSWALK_CLOCK_OFFSET_MS: String(offset) } });
}

describe('a worker killed between marking and answer', { timeout: 180_000 }, () => {
  test.each(['done', 'not done'])('loses nothing and doubles nothing, whether the work was %s', async (which) => {
    const days = which === 'done' ? 0 : 1;
    await using first = await workerAt(days);
    const tenant = await tenantWith(stack, async (one) => ({
      visitor: [{ source: 'page', id: await mostUsed(one, 'page') }],
    }));
    const [entry] = tenant.configs.visitor.events as [Entry];
    const today = back(firstDay, -days);
    const due = (from: string, until: string) => expectedUse(tenant, 'visitor', entry, [from, until]);
    const expected = await due(back(today, 30), back(today, 2));
    // Held up, and then carried out; or never answered, with nothing done.
    if (which === 'done') await tenant.fault({ ...sending, kind: 'latency', ms: 600_000 });
    else await tenant.fault({ ...sending, kind: 'timeoutBefore' });
    const started = await tenant.start('visitor', 'enable');
    await waitUntil(async () => (sends(await tenant.log()).length > 0 || (await underWay()) ? true : undefined), {
      what: 'a request with occurrences is under way',
      timeoutMs: 60_000,
    });
    await first.end('SIGKILL');
    await tenant.noFaults();
    const second = await workerAt(days);
    const ended = await tenant.ended(started);
    expect(ended.state).toBe('succeeded');
    expect((ended.counts as { events?: object }).events).toMatchObject({ lost: expected.length, sent: 0 });

    await second.end('SIGTERM');
    await tenant.nextDay(0);
    await using _third = await workerAt(days + 1);
    const more = await due(back(today, 2), back(today, 1));
    const later = await run(tenant, 'visitor');
    expect(later.state).toBe('succeeded');
    expect(useOf(await occurrences(tenant))).toEqual(sorted([...expected, ...more]));

    /** A request that is held up has no operation yet. */
    async function underWay(): Promise<boolean> {
      return (await tenant.log()).some(({ path, status }) => path.endsWith('/send/batch') && status === 0);
    }
  });
});
