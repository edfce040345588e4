/**
 * The planner's statistics follow the mirror with a delay: while a first run fills it they still say that it is empty,
 * and a plan chosen on their word is off by orders of magnitude. So no join here is left to a nested loop, and what a
 * page or a batch needs of a big table is asked for by its ids. Lasts for the transaction.
 */
import { sql } from 'kysely';
import type { Tx } from './database.ts';

export async function planWithoutStatistics(tx: Tx): Promise<void> {
  await sql`select set_config('enable_nestloop', 'off', true), set_config('jit', 'off', true),
                   set_config('work_mem', '64MB', true)`.execute(tx);
}
