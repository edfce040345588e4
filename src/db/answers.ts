/** What a tenant's accounts answered to the questions of `src/assumptions`. */
import { sql } from 'kysely';
import type { Answers } from '../sync/verdicts.ts';
import type { Tx } from './database.ts';
import { toJsonb } from './jsonb.ts';
import type { Vendor } from './schema.ts';

/** By vendor; nothing where one is not connected. */
export async function readAnswers(tx: Tx, tenantId: string): Promise<Record<Vendor, Answers>> {
  const rows = await tx
    .selectFrom('connections')
    .select(['vendor', 'answers'])
    .where('tenant_id', '=', tenantId)
    .execute();
  const of = (vendor: Vendor): Answers => rows.find((row) => row.vendor === vendor)?.answers ?? {};
  return { hubspot: of('hubspot'), pendo: of('pendo') };
}

/** Adds to what is known, which another run may have added to as well. */
export async function keepAnswers(tx: Tx, tenantId: string, vendor: Vendor, answers: Answers): Promise<void> {
  await tx
    .updateTable('connections')
    .set({ answers: sql`answers || ${toJsonb(answers)}::jsonb` })
    .where('tenant_id', '=', tenantId)
    .where('vendor', '=', vendor)
    .execute();
}
