import type { RunRef } from '../types.ts';
import type { Step } from './step.ts';

/** How many records the last good run read on this side: what progress is measured against. */
export async function expected(step: Step, ref: RunRef, of: 'hubspot' | 'pendo'): Promise<number | null> {
  const row = await step.read((tx) =>
    tx
      .selectFrom('runs')
      .select('counts')
      .where('tenant_id', '=', ref.tenantId)
      .where('object', '=', ref.object)
      .where('state', 'in', ['succeeded', 'degraded'])
      .where('scope', '=', 'full')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst(),
  );
  return row?.counts.read?.[of] ?? null;
}
