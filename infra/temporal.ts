import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Connection, type ConnectionOptions } from '@temporalio/client';
import { childEnvironment } from './environment.ts';
import { type FindOptions, findTemporal } from './find-temporal.ts';
import { startGuarded } from './guarded-process.ts';
import { withLock } from './lock.ts';
import { hiddenLoopback, startLoopbackGuard } from './loopback-guard.ts';
import { freePort, preferPort } from './ports.ts';
import { addSearchAttributes, listSearchAttributes } from './search-attributes.ts';
import { GiveUp, waitUntil } from './wait-until.ts';

type TemporalCredentials = Pick<ConnectionOptions, 'tls' | 'apiKey' | 'metadata'>;

export interface TemporalOptions extends FindOptions {
  /** SQLite file that keeps workflows over restarts, or undefined: kept in memory, gone at the end. */
  dbFile?: string;
  /** Wanted ports. Default: those used last time with this file, else free ones. */
  ports?: { grpc?: number; ui?: number };
  /** Default `default`. */
  namespace?: string | undefined;
  /** TLS and keys of the server at the address given. */
  credentials?: TemporalCredentials;
  /** How long a server at an address given may take to answer. Default 30 s. */
  patienceMs?: number;
  /** Names of the Keyword search attributes that our workflows set; registered before this returns. */
  searchAttributes: readonly string[];
}

export interface RunningTemporal {
  /** `host:port` for clients and workers. */
  address: string;
  /** Address of the web UI; undefined for a server that is not ours. */
  uiUrl: string | undefined;
  /** False when somebody else runs this server: the address given, or another process with the same file. */
  owned: boolean;
  /** Stops the server when this call started it; otherwise does nothing. */
  stop(): Promise<void>;
}

interface State {
  port: number;
  uiPort: number;
  /** Process whose end is the server's end. */
  owner: number;
}

/**
 * Gives a Temporal server: the one at the address given, else the one already running on this file, else a new
 * dev server, which ends with this process however that ends. Fairness between keys is on.
 *
 * @throws when no server can be found (with what to do), or with the end of its log when it does not come up.
 */
export async function startTemporal(options: TemporalOptions): Promise<RunningTemporal> {
  const found = await findTemporal(options);
  if (found.kind === 'address') {
    await reachGiven(found.address, options);
    return { address: found.address, uiUrl: undefined, owned: false, stop: async () => undefined };
  }
  if (options.dbFile === undefined) return startServer(found.path, {}, options);
  const dbFile = resolve(options.dbFile);
  await mkdir(dirname(dbFile), { recursive: true, mode: 0o700 });
  return withLock(`${dbFile}.lock`, () => startOn(dbFile, found.path, options), { timeoutMs: 120_000 });
}

async function startOn(dbFile: string, program: string, options: TemporalOptions): Promise<RunningTemporal> {
  const stateFile = `${dbFile}.json`;
  for (const file of [dbFile, stateFile]) if (existsSync(file)) await chmod(file, 0o600);
  const known = existsSync(stateFile) ? (JSON.parse(await readFile(stateFile, 'utf8')) as State) : undefined;
  if (known !== undefined && !isAlive(known.owner)) {
    await waitUntil(async () => !(await isReachable(known)) || undefined, {
      what: `The end of the Temporal server that process ${known.owner} left on ${dbFile}`,
      timeoutMs: 30_000,
    });
  } else if (known !== undefined && (await isReachable(known))) {
    await reach(`127.0.0.1:${known.port}`, options, 30_000);
    return { ...addresses(known), owned: false, stop: async () => undefined };
  }
  return startServer(program, { dbFile, stateFile, ...(known === undefined ? {} : { known }) }, options);
}

async function startServer(
  program: string,
  files: { dbFile?: string; stateFile?: string; known?: State },
  options: TemporalOptions,
): Promise<RunningTemporal> {
  const port = await preferPort(options.ports?.grpc, files.known?.port);
  const uiPort = await preferPort(options.ports?.ui, files.known?.uiPort);
  const state: State = { port, uiPort, owner: process.pid };
  if (files.stateFile !== undefined) await writeFile(files.stateFile, JSON.stringify(state), { mode: 0o600 });
  const behind = await freePort();
  const hidden = { host: await hiddenLoopback(behind), port: behind };
  const logFile = files.dbFile === undefined ? join(tmpdir(), `crosswalk-temporal-${port}.log`) : `${files.dbFile}.log`;
  const server = startGuarded(
    program,
    [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', `${port}`],
      ...['--ui-ip', hidden.host, '--ui-port', `${hidden.port}`],
      ...['--namespace', namespaceOf(options), '--log-level', 'error'],
      ...(files.dbFile === undefined ? [] : ['--db-filename', files.dbFile]),
      ...options.searchAttributes.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
      // Its HTTP API, whose port it draws itself, checks the name that it is asked by. What it speaks else, no browser does.
      ...['--dynamic-config-value', `frontend.httpAllowedHosts=${JSON.stringify(['localhost:*', '127.0.0.1:*'])}`],
      ...['--dynamic-config-value', 'matching.useNewMatcher=true'],
      ...['--dynamic-config-value', 'matching.enableFairness=true'],
    ],
    // Ending politely, it waits for every client's open call; its file survives being killed.
    { logFile, patience: 3, env: childEnvironment(options.environment) },
  );
  await reach(addresses(state).address, options, 90_000, () => {
    if (!server.running) throw new GiveUp(`The Temporal server ended while starting. ${tail(logFile)}`);
  });
  const guard = await startLoopbackGuard(uiPort, hidden);
  return {
    ...addresses(state),
    owned: true,
    async stop() {
      await guard.close();
      await server.stop();
      if (files.dbFile === undefined) await rm(logFile, { force: true });
    },
  };
}

/** A server of somebody else, which may want TLS and keys, and may not let us change its namespaces. */
async function reachGiven(address: string, options: TemporalOptions): Promise<void> {
  try {
    await reach(address, options, options.patienceMs ?? 30_000);
  } catch (error) {
    throw new Error(`${(error as Error).message}. ${adviceFor(options.credentials)}`, { cause: error });
  }
}

function adviceFor({ tls, apiKey }: TemporalCredentials = {}): string {
  if (!tls && apiKey === undefined) {
    return 'Check TEMPORAL_ADDRESS; if the server wants TLS or an API key, set TEMPORAL_TLS=true or TEMPORAL_API_KEY.';
  }
  return (
    'Check TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and TEMPORAL_API_KEY, that the certificate in TEMPORAL_TLS_SERVER_CA_CERT_PATH signed the ' +
    'server’s, and that the server accepts the client certificate in TEMPORAL_TLS_CLIENT_CERT_PATH.'
  );
}

/** gRPC's status codes for a caller who is not let in: waiting does not help. */
const refusals = new Map([
  [7, 'PERMISSION_DENIED'],
  [16, 'UNAUTHENTICATED'],
]);

function refused(error: unknown): string | undefined {
  const { code, cause } = error as { code?: number; cause?: { code?: number } };
  return refusals.get(code ?? cause?.code ?? -1);
}

async function connect(address: string, { credentials }: TemporalOptions, connectTimeout: '1s' | '2s') {
  try {
    return await Connection.connect({ address, ...credentials, connectTimeout });
  } catch (error) {
    const code = refused(error);
    if (code === undefined) throw error;
    throw new GiveUp(`Temporal at ${address} does not let us in (${code})`);
  }
}

/** Waits until the namespace answers a real call and knows the search attributes, adding those it lacks. */
async function reach(address: string, options: TemporalOptions, timeoutMs: number, alive?: () => void): Promise<void> {
  const namespace = namespaceOf(options);
  const connection = await waitUntil(
    async () => {
      alive?.();
      return connect(address, options, '2s');
    },
    { what: `Temporal answering at ${address}`, timeoutMs },
  );
  try {
    await waitUntil(
      async () => {
        alive?.();
        await describeNamespace(connection, namespace);
        return (await knowsSearchAttributes(connection, namespace, options.searchAttributes)) || undefined;
      },
      { what: `Temporal's namespace "${namespace}" at ${address} being ready`, timeoutMs, everyMs: 100 },
    );
  } finally {
    await connection.close();
  }
}

async function describeNamespace({ workflowService }: Connection, namespace: string): Promise<void> {
  try {
    await workflowService.describeNamespace({ namespace });
  } catch (error) {
    const code = refused(error);
    if (code === undefined) throw error;
    throw new GiveUp(`Temporal does not let us into the namespace "${namespace}" (${code})`);
  }
}

/** Where they may not be looked at or added by us, as in Temporal Cloud, an administrator has made them. */
async function knowsSearchAttributes(connection: Connection, namespace: string, names: readonly string[]) {
  try {
    const present = await listSearchAttributes(connection, namespace);
    const missing = names.filter((name) => !present.has(name));
    if (missing.length === 0) return true;
    await addSearchAttributes(connection, namespace, missing);
    return false;
  } catch (error) {
    const unimplemented = 12;
    if (refused(error) === undefined && (error as { code?: number }).code !== unimplemented) throw error;
    console.error(
      `Temporal does not let us add search attributes to "${namespace}". It needs these, of the type Keyword: ${names.join(', ')}.`,
    );
    return true;
  }
}

async function isReachable(state: State): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address: addresses(state).address, connectTimeout: '1s' });
    await connection.close();
    return true;
  } catch {
    return false;
  }
}

function namespaceOf({ namespace }: TemporalOptions): string {
  return namespace || 'default';
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function addresses({ port, uiPort }: State): { address: string; uiUrl: string } {
  return { address: `127.0.0.1:${port}`, uiUrl: `http://127.0.0.1:${uiPort}` };
}

function tail(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').slice(-2000) : '';
}
