/**
 * Two assumptions that are not so at once: what is written is what the oracle says, or the run stops with a reason before it
 * has written to more than ten records of a vendor. Each way of being wrong meets some of the others; `PAIRS_SEED=<n>` draws other
 * pairs, `PAIRS=all` tries them all.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import type { Call, Switches } from '../../sandbox/contract.ts';
import { assumptionSwitches, switchValues, writtenSwitches } from '../../sandbox/server/switches.ts';
import { expectAgreement } from './expect-agreement.ts';
import { openStack } from './open-stack.ts';
import { dice } from './pairwise.ts';
import { lastCall, testedTenant } from './tested-tenant.ts';

const names = [...assumptionSwitches, ...writtenSwitches, 'pendoStartOfPeriod', 'pendoNull'] as const;
type Wrong = [name: keyof Switches, value: string];

const wrongs: Wrong[] = names.flatMap((name) =>
  (switchValues[name] as readonly string[]).slice(1).map((value): Wrong => [name, value]),
);
const all = wrongs.flatMap((a, n) => wrongs.slice(n + 1).flatMap((b) => (a[0] === b[0] ? [] : [[a, b] as const])));

/** Each is met at least twice, where so many pairs are enough for that. */
function draw(seed: number, least: number): (typeof all)[number][] {
  const random = dice(seed);
  const shuffled = all
    .map((pair) => ({ pair, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ pair }) => pair);
  const met = new Map<string, number>();
  const times = ([name, value]: Wrong): number => met.get(`${name} ${value}`) ?? 0;
  return shuffled.filter((pair) => {
    if (pair.every((wrong) => times(wrong) >= least)) return false;
    for (const wrong of pair) met.set(wrong.join(' '), times(wrong) + 1);
    return true;
  });
}

const { PAIRS: which, PAIRS_SEED: seed = '1' } = process.env;
const pairs = which === 'all' ? all : draw(Number(seed), 2);

/** Tenants at once. */
const width = 4;
let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

const recordsWritten = (calls: readonly Call[], vendor: Call['vendor']): number =>
  new Set(
    calls
      .filter((call) => call.vendor === vendor)
      .flatMap(({ writes = [] }) => writes.filter(({ accepted }) => accepted).map(({ id }) => id)),
  ).size;

async function judge(switches: Partial<Switches>): Promise<void> {
  const tenant = await testedTenant(stack, {
    world: { contacts: 60, visitors: 60, companies: 6, accounts: 6 },
    switches,
  });
  const from = await lastCall(tenant);
  const round = await tenant.round('enable', ['visitor']);
  const { reason } = round.judged[0]!.run;
  if (reason?.code === 'ASSUMPTION_DISPROVED') {
    const log = await tenant.log(from);
    expect([recordsWritten(log, 'hubspot'), recordsWritten(log, 'pendo')]).toEqual([0, 0]);
    return;
  }
  if (reason?.code === 'READ_BACK_WRONG') {
    const { vendor } = reason as { vendor?: Call['vendor'] };
    expect(recordsWritten(await tenant.log(from), vendor!)).toBeLessThanOrEqual(10);
    return;
  }
  expectAgreement(round);
}

test(`${pairs.length} pairs of ${all.length}`, { timeout: 600_000 }, async () => {
  const waiting = [...pairs];
  const failures: string[] = [];
  const one = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const switches = Object.fromEntries(next) as Partial<Switches>;
      try {
        await judge(switches);
      } catch (error) {
        failures.push(
          `${JSON.stringify(switches)}\n${error instanceof Error ? `${error.message}\n${(error as { diff?: string }).diff ?? ''}` : String(error)}`,
        );
      }
    }
  };
  await Promise.all(Array.from({ length: width }, one));
  expect(failures.join('\n\n')).toBe('');
});
