/** docker-compose.yml as an operator runs it, under a name of its own, with the sandbox in the vendors' place. */
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../infra/compose.ts';
import { freePort } from '../../infra/ports.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import type { ComposeCommand } from './compose-program.ts';
import type { Engine } from './engine.ts';

export interface Container {
  Id: string;
  Name: string;
  State: { Status: string; ExitCode: number; OOMKilled: boolean; Health?: { Status: string } };
  RestartCount: number;
  HostConfig: { Memory: number; PidsLimit: number | null; ReadonlyRootfs: boolean; LogConfig: { Type: string } };
}

export interface Installation {
  apiUrl: string;
  sandboxUrl: string;
  /** The bootstrap key. */
  key: string;
  project: string;
  /** @returns what the command printed on standard output */
  compose(...args: string[]): Promise<string>;
  /** Of one service, in the order of their names. */
  containers(service: string): Promise<Container[]>;
  /** What every container of the service answers to the command. */
  inside(service: string, ...command: string[]): Promise<string[]>;
  /** Ends every process of the service but its init, as a crash does: `docker kill` would count as stopped by hand. */
  crash(service: string): Promise<void>;
  /** Until so many containers of the service are healthy, or run where it has no check. */
  healthy(service: string, count?: number): Promise<void>;
}

export async function installation(engine: Engine, command: ComposeCommand, folder: string): Promise<Installation> {
  const [port, uiPort, sandboxPort] = [await freePort(), await freePort(), await freePort()];
  const key = randomBytes(24).toString('hex');
  const project = `crosswalk-${randomBytes(4).toString('hex')}`;
  const settings = {
    CROSSWALK_VERSION: 'e2e',
    CROSSWALK_PORT: `${port}`,
    CROSSWALK_PUBLIC_URL: `http://127.0.0.1:${port}`,
    TEMPORAL_UI_PORT: `${uiPort}`,
    CROSSWALK_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    CROSSWALK_BOOTSTRAP_KEY: key,
    CROSSWALK_DB_PASSWORD: randomBytes(24).toString('hex'),
    CROSSWALK_APP_DB_PASSWORD: randomBytes(24).toString('hex'),
    TEMPORAL_DB_PASSWORD: randomBytes(24).toString('hex'),
    SANDBOX_PORT: `${sandboxPort}`,
    ...(await writeNpmSettings(folder)),
  };
  const file = join(folder, '.env');
  await writeFile(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
    { mode: 0o600 },
  );

  const [program, ...first] = command;
  const files = ['docker-compose.yml', 'test/containers/compose.sandbox.yml'].flatMap((name) => ['--file', name]);
  const common = [...first, '--project-name', project, '--project-directory', root, '--env-file', file, ...files];
  const compose = async (...args: string[]): Promise<string> => {
    const options = { cwd: root, env: engine.env, maxBuffer: 1 << 28 };
    const { stdout } = await promisify(execFile)(program, [...common, ...args], options);
    return stdout;
  };
  const containers = async (service: string): Promise<Container[]> => {
    const ids = (await compose('ps', '--all', '--quiet', service)).split('\n').filter(Boolean);
    if (ids.length === 0) return [];
    const found = JSON.parse(await engine.docker('inspect', ...ids)) as Container[];
    return found.sort((a, b) => a.Name.localeCompare(b.Name));
  };
  return {
    apiUrl: `http://127.0.0.1:${port}`,
    sandboxUrl: `http://127.0.0.1:${sandboxPort}`,
    key,
    project,
    compose,
    containers,
    async inside(service, ...run) {
      return Promise.all((await containers(service)).map(({ Id }) => engine.docker('exec', Id, ...run)));
    },
    async crash(service) {
      for (const { Id } of await containers(service)) {
        // The command ends with the rest.
        await engine.docker('exec', Id, 'sh', '-c', 'kill -KILL -1').catch(() => undefined);
      }
    },
    async healthy(service, count = 1) {
      const what = `${count} healthy ${service}`;
      const look = async (): Promise<true | undefined> => {
        const up = (await containers(service)).filter(({ State }) =>
          State.Health ? State.Health.Status === 'healthy' : State.Status === 'running',
        );
        return up.length === count || undefined;
      };
      await waitUntil(look, { what, timeoutMs: 180_000, everyMs: 1000 });
    },
  };
}

/** What npm needs on this machine to reach its registry, for the builds. */
async function writeNpmSettings(folder: string): Promise<Record<string, string>> {
  const settings = JSON.parse(execFileSync('npm', ['config', 'list', '--json'], { cwd: folder, encoding: 'utf8' }));
  const passed = ['registry', 'proxy', 'https-proxy', 'noproxy', 'strict-ssl'].filter((name) => settings[name]);
  const lines = passed.map((name) => `${name}=${settings[name]}`);
  const files = { NPMRC_FILE: join(folder, 'npmrc'), CA_FILE: join(folder, 'ca.pem') };
  if (settings.cafile) lines.push('cafile=/run/ca.pem');
  await writeFile(files.NPMRC_FILE, `${lines.join('\n')}\n`);
  const ca = settings.cafile ? execFileSync('cat', [settings.cafile]) : '';
  await writeFile(files.CA_FILE, ca);
  return files;
}
