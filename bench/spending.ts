/** What a piece of work costs: time, processor seconds of worker, PostgreSQL and Temporal, memory, rows written, room on disk. */
import type { Ground } from './ground.ts';
import { cpuSeconds, descendant, parentOf, watchMemory } from './processes.ts';

export interface Spent<T> {
  result: T;
  seconds: number;
  workerCpu: number;
  postgresCpu: number;
  temporalCpu: number;
  peakMiB: number;
}

/** The process whose children serve the connections; undefined where this machine cannot tell. */
export async function postmasterOf({ stack }: Ground): Promise<number | undefined> {
  const { pool } = stack.services.control.db;
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
  return parentOf(rows[0]!.pid);
}

export async function spending<T>(ground: Ground, work: () => Promise<T>): Promise<Spent<T>> {
  const { worker } = ground;
  const postmaster = (await postmasterOf(ground)) ?? 0;
  const temporal = descendant(process.pid, 'temporal') ?? 0;
  const before = {
    worker: cpuSeconds(worker.pid),
    postgres: cpuSeconds(postmaster, true),
    temporal: cpuSeconds(temporal, true),
  };
  const memory = watchMemory(worker.pid);
  const from = performance.now();
  const result = await work();
  return {
    result,
    seconds: (performance.now() - from) / 1000,
    workerCpu: cpuSeconds(worker.pid) - before.worker,
    postgresCpu: cpuSeconds(postmaster, true) - before.postgres,
    temporalCpu: cpuSeconds(temporal, true) - before.temporal,
    peakMiB: memory.stop(),
  };
}

export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1000;
}

/** Rows inserted, updated and deleted so far, by table. Backends report with a delay, which is waited for. */
export async function rowsWritten({ stack }: Ground): Promise<Map<string, number>> {
  await new Promise((resolve) => setTimeout(resolve, 11_000));
  const { rows } = await stack.services.control.db.pool.query<{ name: string; n: string }>(
    `select relname as name, n_tup_ins + n_tup_upd + n_tup_del as n from pg_stat_user_tables where schemaname = 'public'`,
  );
  return new Map(rows.map(({ name, n }) => [name, Number(n)]));
}

/** Bytes of the database, with indexes and what waits to be vacuumed. */
export async function databaseBytes({ stack }: Ground): Promise<number> {
  const { rows } = await stack.services.control.db.pool.query<{ bytes: string }>(
    'select pg_database_size(current_database()) as bytes',
  );
  return Number(rows[0]!.bytes);
}
