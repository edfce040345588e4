import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { childEnvironment, type Environment } from './environment.ts';
import { startGuarded } from './guarded-process.ts';
import { withLock } from './lock.ts';
import { preferPort } from './ports.ts';
import { type Account, canWrite, chooseAccount, findPostgres, reachableFolder } from './postgres-binaries.ts';
import { privateFolder } from './private-folder.ts';
import { GiveUp, waitUntil } from './wait-until.ts';

export interface PostgresOptions {
  /** Address of a server that runs already. Given: nothing is started. */
  url?: string | undefined;
  /** Folder that holds the cluster, its port, its password and its log. Made when missing, reused when there. */
  dataDir: string;
  /** Wanted port. Default: the one used last time, else a free one. */
  port?: number;
  /** Database made when missing. Default `crosswalk`. */
  database?: string;
  /** False trades crash safety of the data for speed: for tests only. Default true. */
  durable?: boolean;
  /** What PostgreSQL's programs need of it is handed on. */
  environment: Environment;
}

export interface RunningPostgres {
  /** Address with the superuser's name and password, for the database asked for. Of a server that is not ours: as it was given. */
  url: string;
  /** The same for the application, whose role is made by the first migration. Of a server that is not ours: as it was given. */
  applicationUrl: string;
  /** False when somebody else runs this server: the address given, or another process with the same folder. */
  owned: boolean;
  /** Stops the server when this call started it; otherwise does nothing. */
  stop(): Promise<void>;
}

interface State {
  port: number;
  password: string;
  /** Absent in what an earlier version left. */
  applicationPassword?: string;
  cluster: string;
}

const applicationRole = 'crosswalk_service';

/**
 * Gives a PostgreSQL: the one at the address given, else the one already running on this folder, else a new
 * embedded one, which ends with this process however that ends. UTF-8; sorted by code point, case by Unicode.
 *
 * @throws with the end of the server's log when it does not come up.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  if (options.url) return { url: options.url, applicationUrl: options.url, owned: false, stop: async () => undefined };
  const dataDir = resolve(options.dataDir);
  await privateFolder(dataDir);
  return withLock(join(dataDir, 'lock'), () => startIn(dataDir, options), { timeoutMs: 120_000 });
}

async function startIn(dataDir: string, options: PostgresOptions): Promise<RunningPostgres> {
  const stateFile = join(dataDir, 'embedded.json');
  const logFile = join(dataDir, 'postgres.log');
  const database = options.database ?? 'crosswalk';
  const env = childEnvironment(options.environment);
  const known = await readState(stateFile);
  if (known !== undefined && (await leftover(known, env)) === 'serving') {
    if (known.applicationPassword === undefined) await writeState(stateFile, known);
    return { ...(await ensureDatabase(known, database)), owned: false, stop: async () => undefined };
  }

  const account = chooseAccount(known?.cluster ?? '', env);
  const binaries = await findPostgres(account, env);
  const state = known ?? (await createCluster(dataDir, binaries.initdb, account, env));
  state.port = await preferPort(options.port, state.port);
  await writeState(stateFile, state);

  const settings = {
    listen_addresses: '127.0.0.1',
    port: state.port,
    unix_socket_directories: '',
    max_connections: 200,
    ...(options.durable === false ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  };
  const server = startGuarded(
    binaries.postgres,
    ['-D', state.cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { ...account, logFile, stopSignal: 'INT', cwd: '/', env },
  );
  await waitUntil(
    async () => {
      if (!server.running) throw new GiveUp(`PostgreSQL ended while starting. ${tail(logFile)}`);
      return (await answers(state)) || undefined;
    },
    { what: `PostgreSQL answering on port ${state.port}`, timeoutMs: 60_000 },
  );
  return { ...(await ensureDatabase(state, database)), owned: true, stop: () => server.stop() };
}

/** A first-time set-up. The state file is written last, so a set-up that was cut short starts over. */
async function createCluster(
  dataDir: string,
  initdb: string,
  account: Account,
  env: NodeJS.ProcessEnv,
): Promise<State> {
  let cluster = join(dataDir, 'cluster');
  await makePrivate(cluster, account);
  if (!canWrite(cluster, account, env)) {
    await rm(cluster, { recursive: true });
    const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
    cluster = join(reachableFolder(), `data-${name}`);
    console.error(`PostgreSQL's user cannot enter ${dataDir}: its data is kept in ${cluster}.`);
    await makePrivate(cluster, account);
  }
  const password = randomBytes(16).toString('hex');
  const passwordFile = `${cluster}.password`;
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (account.uid !== undefined && account.gid !== undefined) await chown(passwordFile, account.uid, account.gid);
  const made = spawnSync(
    initdb,
    [
      `--pgdata=${cluster}`,
      '--username=postgres',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
    ],
    { ...account, cwd: '/', encoding: 'utf8', env: { ...env, LC_ALL: 'C' } },
  );
  await rm(passwordFile);
  if (made.status !== 0) throw new Error(`PostgreSQL's initdb failed: ${made.error?.message ?? made.stderr}`);
  return { port: 0, password, cluster };
}

async function makePrivate(folder: string, { uid, gid }: Account): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  if (uid !== undefined && gid !== undefined) await chown(folder, uid, gid);
  await chmod(folder, 0o700);
}

async function writeState(file: string, state: State): Promise<void> {
  state.applicationPassword ??= randomBytes(16).toString('hex');
  await writeFile(file, JSON.stringify(state, null, 2), { mode: 0o600 });
}

async function readState(file: string): Promise<State | undefined> {
  if (!existsSync(file)) return undefined;
  const state = JSON.parse(await readFile(file, 'utf8')) as State;
  return existsSync(join(state.cluster, 'PG_VERSION')) ? state : undefined;
}

/**
 * What an earlier process left: a server that still serves (we attach), one that is just ending (we wait), or only
 * its `postmaster.pid`. PostgreSQL clears that file itself unless the process id was given to another program
 * meanwhile, which is usual in containers; then we clear it.
 */
async function leftover(state: State, env: NodeJS.ProcessEnv): Promise<'serving' | 'nothing'> {
  const pidFile = join(state.cluster, 'postmaster.pid');
  return waitUntil(
    async () => {
      if (await answers(state)) return 'serving';
      if (!existsSync(pidFile)) return 'nothing';
      const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
      const command = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8', env });
      if (command.error === undefined && command.stdout.includes(state.cluster)) return undefined;
      await rm(pidFile, { force: true });
      return 'nothing';
    },
    { what: `The end of the PostgreSQL that was left in ${state.cluster}`, timeoutMs: 60_000, everyMs: 100 },
  );
}

async function answers(state: State): Promise<boolean> {
  try {
    await query(urlOf(state, 'postgres'), 'SELECT 1');
    return true;
  } catch {
    return false;
  }
}

async function ensureDatabase(
  state: State,
  database: string,
): Promise<Pick<RunningPostgres, 'url' | 'applicationUrl'>> {
  const admin = urlOf(state, 'postgres');
  const { rowCount } = await query(admin, 'SELECT 1 FROM pg_database WHERE datname = $1', [database]);
  if (rowCount === 0) await query(admin, `CREATE DATABASE ${pg.escapeIdentifier(database)}`);
  return { url: urlOf(state, database), applicationUrl: urlOf(state, database, applicationRole) };
}

async function query(url: string, text: string, values: unknown[] = []): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await client.query(text, values);
  } finally {
    await client.end();
  }
}

function urlOf(state: State, database: string, role = 'postgres'): string {
  const password = role === 'postgres' ? state.password : state.applicationPassword;
  return `postgres://${role}:${password}@127.0.0.1:${state.port}/${encodeURIComponent(database)}`;
}

function tail(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').slice(-2000) : '';
}
