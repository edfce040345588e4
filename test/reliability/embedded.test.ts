/** `npm start` on an empty machine: what the servers that it brings along let whom do. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../../infra/temporary-folder.ts';

const main = path.join(import.meta.dirname, '../../src/main.ts');

let folder: TemporaryFolder;
let stop: () => Promise<unknown>;
const log: Record<string, unknown>[] = [];

beforeAll(async () => {
  folder = await temporaryFolder('crosswalk-embedded-test');
  const child = spawn(process.execPath, [main], {
    cwd: folder.path,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      XDG_CACHE_HOME: process.env.XDG_CACHE_HOME,
      CROSSWALK_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      CROSSWALK_PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  const up = new Promise<void>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      log.push(JSON.parse(line));
      if (log.at(-1)?.msg === 'Crosswalk is up') resolve();
    });
  });
  await Promise.race([up, ended.then(([code]) => Promise.reject(new Error(`it ended with ${code}`)))]);
}, 120_000);
afterAll(async () => {
  await stop();
  await folder.remove();
});

test('API and worker sign in to the embedded PostgreSQL as a role that is no superuser and owns nothing', async () => {
  const { port, password } = JSON.parse(readFileSync(`${folder.path}/.crosswalk/postgres/embedded.json`, 'utf8'));
  const client = new pg.Client(`postgres://postgres:${password}@127.0.0.1:${port}/crosswalk`);
  await client.connect();
  const { rows } = await client.query(`
    select distinct usename as name, rolsuper or rolbypassrls or rolcreaterole as powerful,
           (select count(*)::int from pg_class where relnamespace = 'public'::regnamespace and pg_has_role(r.oid, relowner, 'member')) as owns
    from pg_stat_activity join pg_roles r on r.rolname = usename
    where datname = 'crosswalk' and backend_type = 'client backend' and pid <> pg_backend_pid()`);
  await client.end();
  expect(rows).toEqual([{ name: 'crosswalk_service', powerful: false, owns: 0 }]);
  expect(log.filter(({ level }) => level === 'warn')).toEqual([]);
});
