/** What a key may be: no more than the key that makes it, and one of so many. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { type Caller, type Scope, scopeRank } from '../caller.ts';
import type { Control } from '../control.ts';
import { ControlError } from '../errors.ts';
import { dayMs, quotaMet } from '../quota.ts';
import { canonicalNetwork, isWithin } from './networks.ts';

export interface KeyInput {
  name: string;
  scopes: Scope[];
  /** Left out: every tenant. */
  tenantId?: string | undefined;
  /** Left out: as its maker, or never. */
  expiresAt?: Date | undefined;
  /** CIDR blocks that it may be used from. Left out: as its maker, or anywhere. */
  networks?: string[] | undefined;
}

/**
 * Expiry and networks of a key that this caller makes: what is left out is as the caller's own key has it. Whose tenant it is has
 * been checked before.
 * @throws `KEY_EXCEEDS_MAKER`
 */
export function withinMaker(
  caller: Caller,
  { scopes, expiresAt, networks }: KeyInput,
): { expiresAt: Date | null; networks: string[] | null } {
  const most = Math.max(...caller.scopes.map((scope) => scopeRank[scope]));
  const wider = scopes.find((scope) => scopeRank[scope] > most);
  if (wider !== undefined) throw exceeds('scopes', `It would have the scope "${wider}"`, 'Leave that scope out.');
  const ends = caller.expiresAt ?? null;
  if (ends !== null && expiresAt !== undefined && expiresAt.getTime() > ends.getTime()) {
    const fix = `Let it expire at ${ends.toISOString()} at the latest, or leave expiresAt out: then it ends with your key.`;
    throw exceeds('expiresAt', 'It would outlive it', fix);
  }
  const own = caller.networks ?? null;
  const wanted = networks?.map(canonicalNetwork);
  const outside = own === null ? undefined : wanted?.find((network) => !isWithin(network, own));
  if (outside !== undefined) {
    const fix = `Name networks within ${own?.join(', ')}, or leave networks out: then it has those of your key.`;
    throw exceeds('networks', `It could be used from ${outside}`, fix);
  }
  return { expiresAt: expiresAt ?? ends, networks: wanted ?? (own && [...own]) };
}

function exceeds(path: string, what: string, fix: string): ControlError {
  const message = `A key cannot make one that may do more than itself or lasts longer. ${what}.`;
  const fields = [{ path, code: 'KEY_EXCEEDS_MAKER', message: what, fix }];
  return new ControlError({
    kind: 'forbidden',
    code: 'KEY_EXCEEDS_MAKER',
    message,
    fix,
    fields,
    event: 'scope.denied',
  });
}

/** Keys that were revoked or have expired count for a day, so that nobody makes and revokes without end. @throws `KEY_QUOTA` */
export async function requireRoomForKey(
  tx: Tx,
  { quotas, clock }: Pick<Control, 'quotas' | 'clock'>,
  tenantId: string | null,
): Promise<void> {
  const limit = quotas?.keys;
  if (limit === undefined) return;
  const now = clock();
  await sql`select pg_advisory_xact_lock(hashtextextended(${`keys:${tenantId ?? ''}`}, 0))`.execute(tx);
  const { rows } = await sql<{ usable: number; made: number; oldest: Date | null }>`
    select count(*) filter (where revoked_at is null and (expires_at is null or expires_at > ${new Date(now)}))::int as usable,
           count(*) filter (where created_at > ${new Date(now - dayMs)})::int as made,
           min(created_at) filter (where created_at > ${new Date(now - dayMs)}) as oldest
    from api_keys where coalesce(tenant_id, '') = ${tenantId ?? ''}`.execute(tx);
  const { usable = 0, made = 0, oldest = null } = rows[0] ?? {};
  const whose = tenantId === null ? 'The installation' : 'This tenant';
  if (usable >= limit) {
    throw quotaMet(
      {
        code: 'KEY_QUOTA',
        message: `${whose} has ${usable} keys that can be used, and may have ${limit}.`,
        fix: 'Revoke keys that nobody uses (their last use is in the list), or ask the operator to raise CROSSWALK_MAX_KEYS.',
        limit,
        freeAt: null,
      },
      now,
    );
  }
  if (made >= limit) {
    throw quotaMet(
      {
        code: 'KEY_QUOTA',
        message: `${made} keys were made within 24 hours, and ${limit} may be.`,
        fix: 'Wait, and use the keys that there are. The operator can raise CROSSWALK_MAX_KEYS.',
        limit,
        freeAt: new Date((oldest?.getTime() ?? now) + dayMs),
      },
      now,
    );
  }
}
