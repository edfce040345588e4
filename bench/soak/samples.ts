/** What an installation holds at one instant: memory, open files, connections, rows, room on disk. */
import { readdirSync } from 'node:fs';
import type { Ground } from '../ground.ts';
import { residentMiB } from '../processes.ts';
import { databaseBytes } from '../spending.ts';
import { countRows } from './count-rows.ts';

/** By name, in the unit that the name says. */
export type Sample = Record<string, number>;

/** @param pids the processes that are watched, by name */
export async function takeSample(ground: Ground, pids: Record<string, number>): Promise<Sample> {
  const { stack } = ground;
  const sample: Sample = {};
  for (const [name, pid] of Object.entries(pids)) {
    sample[`${name}.rssMiB`] = residentMiB(pid);
    sample[`${name}.openFiles`] = openFiles(pid);
  }
  Object.assign(sample, await countRows(stack.databaseUrl));
  const { rows } = await stack.services.control.db.pool.query<{ n: number }>(
    'select count(*)::int as n from pg_stat_activity where datname = current_database()',
  );
  sample['database.connections'] = rows[0]!.n;
  sample['database.MiB'] = (await databaseBytes(ground)) / 2 ** 20;
  return sample;
}

function openFiles(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return Number.NaN;
  }
}
