/** What a run has learnt of the vendors, for all its steps. */
import { sql } from 'kysely';
import type { Tx } from '../database.ts';
import { toJsonb } from '../jsonb.ts';
import type { Learnt } from '../schema.ts';

export async function noteLearnt(tx: Tx, runId: string, change: Learnt): Promise<void> {
  await sql`update runs set learnt = learnt || ${toJsonb(change)}::jsonb where id = ${runId}::bigint`.execute(tx);
}

export async function forgetLearnt(tx: Tx, runId: string, keys: readonly (keyof Learnt)[]): Promise<void> {
  await sql`update runs set learnt = learnt - ${keys}::text[] where id = ${runId}::bigint`.execute(tx);
}

/** The round of reading that is under way has met the end of the day's calls. */
export async function noteQuotaMet(tx: Tx, runId: string): Promise<void> {
  await sql`
    update runs set learnt = learnt || jsonb_build_object('quotaRound', read_round)
    where id = ${runId}::bigint and phase = 'read'`.execute(tx);
}
