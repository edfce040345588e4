/** `crosswalk replay` fetches what Temporal keeps of a run and replays it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import { createProgram } from '../../src/cli/program.ts';
import { openStack } from './open-stack.ts';
import { testedTenant } from './tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

test('crosswalk replay goes through a finished run once more, and through that run only', {
  timeout: 60_000,
}, async () => {
  const tenant = await testedTenant(stack, { world: { contacts: 30, visitors: 30, companies: 5, accounts: 5 } });
  await tenant.round('enable', ['visitor']);
  const { judged } = await tenant.round('run', ['visitor']);
  const run = String(judged[0]?.run.id);
  const replay = async (id: string): Promise<{ printed: string[]; code: number }> => {
    const said = { printed: [] as string[], code: 0 };
    const program = createProgram({
      env: { CROSSWALK_URL: stack.apiUrl, CROSSWALK_KEY: stack.key, TEMPORAL_ADDRESS: stack.temporalAddress },
      print: (line) => void said.printed.push(line),
      exit: (code) => {
        said.code = code;
      },
    });
    await program.exitOverride().parseAsync(['replay', tenant.id, id], { from: 'user' });
    return said;
  };
  // Executions are listed a moment after they ended.
  const said = await waitUntil(() => replay(run), { what: 'the run is listed', timeoutMs: 20_000, everyMs: 500 });
  expect(said).toEqual({ code: 0, printed: [expect.stringMatching(/^sync\/.*: decides as it did\.$/)] });
  await expect(replay('999999')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
