/** What an installation holds at one instant: memory, open files, connections, rows, room on disk. */
import { readdirSync } from 'node:fs';
import pg from 'pg';
import type { Ground } from '../ground.ts';
import { residentMiB } from '../processes.ts';

/** By name, in the unit that the name says. */
export type Sample = Record<string, number>;

/** @param pids the processes that are watched, by name */
export async function takeSample({ stack }: Ground, pids: Record<string, number>): Promise<Sample> {
  const sample: Sample = {};
  for (const [name, pid] of Object.entries(pids)) {
    sample[`${name}.rssMiB`] = residentMiB(pid);
    sample[`${name}.openFiles`] = openFiles(pid);
  }
  const { pool } = stack.services.control.db;
  const { rows: tables } = await pool.query<{ name: string }>(
    `select relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
  );
  // The tables are small here, so that they can be counted exactly.
  const counts = tables.map(({ name }) => `select '${name}' as name, count(*)::int as n from "${name}"`);
  const owner = new pg.Client({ connectionString: stack.databaseUrl });
  await owner.connect();
  try {
    const { rows } = await owner.query<{ name: string; n: number }>(counts.join(' union all '));
    for (const { name, n } of rows) sample[`rows.${name}`] = n;
    const { rows: whole } = await owner.query<{ connections: number; bytes: string }>(
      `select (select count(*)::int from pg_stat_activity where datname = current_database()) as connections,
              pg_database_size(current_database()) as bytes`,
    );
    sample['database.connections'] = whole[0]!.connections;
    sample['database.MiB'] = Number(whole[0]!.bytes) / 2 ** 20;
  } finally {
    await owner.end();
  }
  return sample;
}

function openFiles(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return Number.NaN;
  }
}
