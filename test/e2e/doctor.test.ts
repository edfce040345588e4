/** `crosswalk doctor` finds an installation in order where it is, and says what to do where it is not. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import type { Check } from '../../src/cli/doctor/check.ts';
import { clockCheck } from '../../src/cli/doctor/check-clock.ts';
import { createProgram } from '../../src/cli/program.ts';
import { openStack } from './open-stack.ts';
import { testedTenant } from './tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

interface Said {
  checks: Check[];
  printed: string;
  code: number;
}

async function doctor(change: Record<string, string> = {}, json = true): Promise<Said> {
  const said = { printed: '', code: 0 };
  const program = createProgram({
    env: { ...stack.env, DATABASE_URL: stack.databaseUrl, ...change },
    print: (line) => {
      said.printed += `${line}\n`;
    },
    exit: (code) => {
      said.code = code;
    },
  });
  await program.exitOverride().parseAsync(json ? ['doctor', '--json'] : ['doctor'], { from: 'user' });
  const { checks } = json ? (JSON.parse(said.printed) as { checks: Check[] }) : { checks: [] };
  return { ...said, checks };
}

const stateOf = ({ checks }: Said, name: string): string | undefined =>
  checks.find((check) => check.name === name)?.state;

describe('doctor', { timeout: 60_000 }, () => {
  test('an installation in order passes every check, with its schedules', async () => {
    const tenant = await testedTenant(stack, { world: { contacts: 5, visitors: 5, companies: 2, accounts: 2 } });
    await tenant.round('enable', ['visitor']);
    // A schedule is listed a moment after it was made.
    const said = await waitUntil(
      async () => {
        const found = await doctor();
        return stateOf(found, 'temporal: schedules') === 'ok' ? found : undefined;
      },
      { what: 'the schedule is listed', timeoutMs: 30_000, everyMs: 500 },
    );
    expect(said.checks.filter(({ state }) => state === 'failed')).toEqual([]);
    expect(said.code).toBe(0);
    const names = [
      'environment',
      'versions',
      'database: reachable',
      'database: role',
      'database: migrations',
      'database: wall between tenants',
      'encryption key',
      'clock: database',
      'temporal: reachable',
      'temporal: namespace',
      'temporal: search attributes',
      'temporal: workers',
      'temporal: schedules',
      'hubspot: reachable',
      'pendo: reachable',
      'disk',
    ];
    expect(said.checks.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    // Whoever is not all right is told what to do.
    for (const { state, fix, name } of said.checks) expect(state === 'ok' || fix !== '', name).toBe(true);
    // The tests sign in as the owner, which is worth a word.
    expect(stateOf(said, 'database: role')).toBe('warning');
    expect(said.printed).not.toContain(new URL(stack.databaseUrl).password);
    expect((await doctor({}, false)).printed).toMatch(/^ok +temporal: workers: 1 ask/m);
  });

  test.each<[string, string, () => Record<string, string>]>([
    ['environment', 'a variable that is wrong', () => ({ CROSSWALK_PORT: 'x' })],
    ['encryption key', 'another key', () => ({ CROSSWALK_ENCRYPTION_KEY: randomBytes(32).toString('base64') })],
    ['database: reachable', 'a database that is away', () => ({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' })],
    ['temporal: reachable', 'a Temporal that is away', () => ({ TEMPORAL_ADDRESS: '127.0.0.1:1' })],
    ['temporal: namespace', 'a namespace that is not there', () => ({ TEMPORAL_NAMESPACE: 'none' })],
    ['temporal: workers', 'a task queue that nobody works on', () => ({ TEMPORAL_TASK_QUEUE: 'nobody' })],
    ['hubspot: reachable', 'a vendor that does not answer', () => ({ HUBSPOT_BASE_URL: 'http://127.0.0.1:1' })],
  ])('%s fails for %s, with what to do and exit code 1; the rest is still looked at', async (name, _, change) => {
    const said = await doctor(change());
    expect(said.checks.find((check) => check.name === name)).toMatchObject({
      state: 'failed',
      fix: expect.stringMatching(/./),
    });
    expect(said.code).toBe(1);
    if (name !== 'environment') expect(stateOf(said, 'pendo: reachable')).toBe('ok');
  });
});

test.each([
  [0, 'ok'],
  [-2000, 'ok'],
  [10_000, 'warning'],
  [-70_000, 'failed'],
] as const)('a clock that is %d ms off is %s', (ahead, state) => {
  expect(clockCheck('clock', ahead).state).toBe(state);
});
