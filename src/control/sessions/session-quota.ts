/** How many sessions one tenant can have open, with all of its keys together. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import type { Control } from '../control.ts';
import { quotaMet } from '../quota.ts';

/** The installation's own sessions count as one more tenant's. @throws `SESSION_QUOTA` */
export async function requireRoomForSession(
  tx: Tx,
  { quotas, clock }: Pick<Control, 'quotas' | 'clock'>,
  tenantId: string | null,
): Promise<void> {
  const limit = quotas?.sessions;
  if (limit === undefined) return;
  await sql`select pg_advisory_xact_lock(hashtextextended(${`sessions:${tenantId ?? ''}`}, 0))`.execute(tx);
  const { rows } = await sql<{ open: number; first: Date | null }>`
    select count(*)::int as open, min(least(expires_at, seen_at + interval '12 hours')) as first from sessions
    where coalesce(tenant_id, '') = ${tenantId ?? ''} and expires_at > ${new Date(clock())}
      and seen_at > ${new Date(clock())}::timestamptz - interval '12 hours'`.execute(tx);
  const { open = 0, first = null } = rows[0] ?? {};
  if (open < limit) return;
  throw quotaMet(
    {
      code: 'SESSION_QUOTA',
      message: `${tenantId === null ? 'The installation' : 'This tenant'} has ${open} sessions open, and may have ${limit}.`,
      fix: 'Sign out where nobody works any more (an administrator can end sessions), or ask the operator to raise CROSSWALK_MAX_SESSIONS.',
      limit,
      freeAt: first,
    },
    clock(),
  );
}
