import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../../infra/cache-folder.ts';
import { downloadEnvironment } from '../../infra/environment.ts';
import { startGuarded } from '../../infra/guarded-process.ts';
import { waitUntil } from '../../infra/wait-until.ts';

export interface Engine {
  /** With what the commands `docker` and `docker compose` reach it. */
  env: NodeJS.ProcessEnv;
  /** Name and version. */
  description: string;
  /** Ours alone: its images may have any name, and it ends with this process. */
  own: boolean;
  docker(...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

/**
 * The Docker engine that answers on this machine. If none does and we are root, starts the installed one, with images,
 * containers and volumes of its own in this user's cache.
 *
 * @throws with what to install.
 */
export async function startEngine(environment: NodeJS.ProcessEnv, folder: string): Promise<Engine> {
  const base = { ...downloadEnvironment(environment), DOCKER_CONFIG: environment.DOCKER_CONFIG };
  const there = await describe({ ...base, DOCKER_HOST: environment.DOCKER_HOST });
  if (there !== undefined) {
    return engineAt({ ...base, DOCKER_HOST: environment.DOCKER_HOST }, there, false, async () => undefined);
  }
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/docker-init') || !(await runs('dockerd', '--version'))) {
    throw new Error(
      'No Docker engine answers. Start one, or set DOCKER_HOST; as root it is enough to install one ' +
        '(Debian: apt-get install --no-install-recommends docker.io debootstrap).',
    );
  }
  const socket = `unix://${folder}/docker.sock`;
  const data = cacheFolder(environment, 'containers');
  await mkdir(data, { recursive: true });
  const args = ['--host', socket, '--data-root', data, '--exec-root', join(folder, 'exec')];
  const logFile = join(folder, 'dockerd.log');
  const daemon = startGuarded('dockerd', [...args, '--pidfile', join(folder, 'dockerd.pid')], { logFile, env: base });
  const env = { ...base, DOCKER_HOST: socket };
  const found = await waitUntil(() => describe(env), { what: `dockerd (${logFile}) answering`, timeoutMs: 60_000 });
  const engine = engineAt(env, found, true, () => daemon.stop());
  // Of a run that was interrupted.
  const left = (await engine.docker('ps', '--all', '--quiet')).split('\n').filter(Boolean);
  if (left.length > 0) await engine.docker('rm', '--force', '--volumes', ...left);
  return engine;
}

function engineAt(env: NodeJS.ProcessEnv, description: string, own: boolean, stop: () => Promise<void>): Engine {
  const docker = async (...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)('docker', args, { env, maxBuffer: 1 << 28 });
    return stdout.trim();
  };
  return { env, description, own, docker, stop };
}

async function describe(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const args = [
    'info',
    '--format',
    '{{.ServerVersion}}, {{.Driver}}, cgroups {{.CgroupVersion}}, {{.OperatingSystem}}',
  ];
  const asked = promisify(execFile)('docker', args, { env });
  const answer = await asked.catch(() => undefined);
  return answer && !answer.stdout.startsWith(',') ? `Docker ${answer.stdout.trim()}` : undefined;
}

async function runs(program: string, ...args: string[]): Promise<boolean> {
  return promisify(execFile)(program, args).then(
    () => true,
    () => false,
  );
}
