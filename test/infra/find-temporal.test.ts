import { spawnSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findTemporal } from '../../infra/find-temporal.ts';
import { startTemporal } from '../../infra/temporal.ts';
import { type TemporaryFolder, temporaryFolder } from '../../infra/temporary-folder.ts';
import { temporalAddress } from '../setup/temporal.ts';

let folder: TemporaryFolder;

beforeAll(async () => {
  folder = await temporaryFolder('crosswalk-find-temporal');
});
afterAll(() => folder.remove());

/** A folder for PATH with a `temporal` that says it has this server inside. */
async function pathWith(server: string): Promise<string> {
  const bin = join(folder.path, `bin-${server}`);
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, 'temporal'), `#!/bin/sh\necho "temporal version 1 (Server ${server}, UI 2)"\n`);
  await chmod(join(bin, 'temporal'), 0o755);
  return bin;
}

test('an address that is given comes before everything else', async () => {
  const environment = { PATH: await pathWith('1.31.2') };
  expect(await findTemporal({ address: 'temporal.internal:7233', environment })).toEqual({
    kind: 'address',
    address: 'temporal.internal:7233',
  });
});

test('temporal on PATH is taken, but not when its server is too old for fairness', async () => {
  const [old, recent] = [await pathWith('1.28.0'), await pathWith('1.30.1')];
  const lines: string[] = [];
  const environment = { PATH: [old, recent].join(delimiter) };
  expect(await findTemporal({ environment, log: (line) => lines.push(line) })).toEqual({
    kind: 'program',
    path: join(recent, 'temporal'),
    from: 'PATH',
  });
  expect(lines).toEqual([expect.stringContaining('1.28.0 is older than 1.29')]);
});

test('with no way to get a server, the error says what was tried and what to do', async () => {
  const program = fileURLToPath(new URL('../../tools/temporal/main.ts', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [program], {
    encoding: 'utf8',
    env: {
      PATH: folder.path,
      XDG_CACHE_HOME: folder.path,
      // Nobody listens there, so that the download fails on machines with internet too.
      HTTPS_PROXY: 'http://127.0.0.1:9',
    },
  });
  expect(status).toBe(1);
  for (const way of ['install the Temporal CLI', 'install Go', 'set TEMPORAL_ADDRESS']) expect(stderr).toContain(way);
});

test('a server that runs already is used as it is, and gets the search attributes it lacks', async () => {
  const lacking = await startTemporal({
    address: temporalAddress(),
    environment: {},
    searchAttributes: ['CrosswalkTestOnly'],
  });
  expect(lacking).toMatchObject({ address: temporalAddress(), owned: false });
});
