/** `npm start` on an empty machine: what the servers that it brings along let whom do. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../../infra/temporary-folder.ts';

const main = path.join(import.meta.dirname, '../../src/main.ts');

/** What any website can say that it is, and what is left of it when it says it badly. */
const strangers = [
  'evil.example',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  '127.0.0.1@evil.example',
  'evil.example:80',
  'localhost:x',
  '0.0.0.0',
];

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

function ask(
  port: number,
  path: string,
  headers: Record<string, string>,
  host = '127.0.0.1',
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host, port, path, headers, setHost: false, timeout: 5000 }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.on('error', reject);
    });
    asked
      .on('error', reject)
      .on('timeout', () => asked.destroy(new Error('no answer')))
      .end();
  });
}

const uiPort = (): number => Number(new URL(String(log.find(({ msg }) => msg === 'Crosswalk is up')?.temporal)).port);

test('the Temporal UI answers to names of this machine only, so that no website reads it under a name of its own', async () => {
  const port = uiPort();
  for (const path of ['/', '/api/v1/namespaces', '/api/v1/settings', '/healthz']) {
    for (const host of ['localhost', `localhost:${port}`, '127.0.0.1', `127.0.0.1:${port}`, '[::1]:80', 'LOCALHOST']) {
      expect((await ask(port, path, { host })).status, `${path} of ${host}`).toBe(200);
    }
    for (const host of strangers) {
      const { status, text } = await ask(port, path, { host });
      expect([400, 403], `${path} of ${host}`).toContain(status);
      expect(text).not.toMatch(/namespace|DefaultNamespace|<html/);
    }
    expect((await ask(port, path, {})).status).toBe(400);
    // A page of another website that writes without reading, and a proxy's form of the address.
    expect((await ask(port, path, { host: 'localhost', origin: 'https://evil.example' })).status).toBe(403);
    expect((await ask(port, `http://evil.example${path}`, { host: 'localhost' })).status).toBe(403);
    expect((await ask(port, path, { host: 'localhost', origin: `http://localhost:${port}` })).status).toBe(200);
  }
});

test.runIf(process.platform === 'linux')('nothing else that Temporal listens on answers a website either', async () => {
  const found = listenersOf(folder.path);
  // Its members, its API by gRPC and by HTTP, its metrics, and the UI at an address that cannot be guessed.
  expect(found.length).toBeGreaterThan(5);
  const hidden = found.filter(({ host }) => host !== '127.0.0.1');
  expect(hidden).toHaveLength(1);
  let answered = 0;
  for (const { host, port } of found.filter((one) => one.host === '127.0.0.1')) {
    const ours = await ask(port, '/api/v1/namespaces', { host: `127.0.0.1:${port}` }, host).catch(() => undefined);
    if (ours?.status === 200) answered++;
    const theirs = await ask(port, '/api/v1/namespaces', { host: 'evil.example' }, host).catch(() => undefined);
    // No answer: it does not speak to browsers at all.
    expect([undefined, 403, 404], `port ${port}`).toContain(theirs?.status);
  }
  expect(answered).toBe(1);
});

/** Of the server whose files are in this folder. */
function listenersOf(dataFolder: string): { host: string; port: number }[] {
  const pid = readdirSync('/proc').find((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const [program = '', ...args] = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      return program.endsWith('temporal') && args.some((arg) => arg.startsWith(dataFolder));
    } catch {
      return false;
    }
  });
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );
  const lines = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1);
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    if (state !== '0A' || !sockets.has(inode)) return [];
    const [address = '', port = ''] = local.split(':');
    const bytes = address.match(/../g) ?? [];
    return {
      host: bytes
        .reverse()
        .map((byte) => Number.parseInt(byte, 16))
        .join('.'),
      port: Number.parseInt(port, 16),
    };
  });
}
