import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const main = fileURLToPath(new URL('../../../sandbox/main.ts', import.meta.url));

it('runs alone: one line of JSON when it is ready, a world from the command line, and a clean end', async () => {
  const world = { world: 'cli', seed: 1, contacts: 10, companies: 5, visitors: 5, accounts: 2, activityDays: 1 };
  const child = spawn(process.execPath, [
    main,
    '--now',
    '2026-05-01T00:00:00Z',
    '--stopped',
    '--world',
    JSON.stringify(world),
  ]);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const ready = JSON.parse(line.toString());
  const clock = await (await fetch(`${ready.adminUrl}/admin/clock`)).json();
  expect(clock).toEqual({ now: Date.UTC(2026, 4, 1), running: false });
  const worlds = await (await fetch(`${ready.adminUrl}/admin/worlds`)).json();
  expect(worlds).toEqual([expect.objectContaining({ world: 'cli' })]);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it('--help says what can be set', async () => {
  const child = spawn(process.execPath, [main, '--help']);
  const [text] = (await once(child.stdout, 'data')) as [Buffer];
  expect(text.toString()).toContain('--admin-port');
});
