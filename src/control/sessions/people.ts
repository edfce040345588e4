/**
 * People who sign in at the identity provider. Each has a row among the keys, which nobody knows the secret of: its scopes and
 * tenant follow the person's claims at each sign-in, the audit trail names it, and revoking it locks the person out.
 */
import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import type { Caller } from '../caller.ts';
import type { Control } from '../control.ts';
import { ControlError } from '../errors.ts';
import type { AccessRule, Person } from './identity-provider.ts';

/** @throws `NO_ACCESS`, `ACCESS_REVOKED` */
export async function callerOf(
  control: Pick<Control, 'db'>,
  rules: readonly AccessRule[],
  person: Person,
  requestId: string,
): Promise<Caller> {
  const id = idOf(person);
  return control.db.platform(async (tx) => {
    const granted = await grantedBy(tx, rules, person);
    if (granted === undefined) throw noAccess(person);
    const { scope, tenantId } = granted;
    const { rows } = await sql<{ revoked: boolean }>`
      insert into api_keys as k (id, tenant_id, name, hash, prefix, scopes, created_by)
      values (${id}, ${tenantId}, ${person.name}, ${randomBytes(32)}, '', ${[scope]}::text[], 'sign-in')
      on conflict (id) do update set
        name = excluded.name,
        tenant_id = case when k.revoked_at is null then excluded.tenant_id else k.tenant_id end,
        scopes = case when k.revoked_at is null then excluded.scopes else k.scopes end
      returning revoked_at is not null as revoked`.execute(tx);
    if (rows[0]?.revoked) throw revoked();
    return { actor: `key:${id}`, scopes: [scope], tenantId, requestId };
  });
}

/** The same person, whatever they are called now. */
function idOf({ issuer, subject }: Person): string {
  return `p_${createHash('sha256').update(`${issuer}\n${subject}`).digest('hex').slice(0, 18)}`;
}

async function grantedBy(
  tx: Tx,
  rules: readonly AccessRule[],
  { claims }: Person,
): Promise<{ scope: AccessRule['scope']; tenantId: string | null } | undefined> {
  for (const { claim, value, scope, tenant } of rules) {
    const held = claims[claim];
    // A list of groups, or one value. A text that only contains the value is another one.
    if (Array.isArray(held) ? !held.includes(value) : held !== value) continue;
    if (tenant === undefined) return { scope, tenantId: null };
    const found = await tx
      .selectFrom('tenants')
      .select('id')
      .where((eb) => eb.or([eb('id', '=', tenant), eb('external_id', '=', tenant)]))
      .where('state', '!=', 'deleted')
      .executeTakeFirst();
    if (found !== undefined) return { scope, tenantId: found.id };
  }
  return undefined;
}

const noAccess = ({ name }: Person) =>
  new ControlError({
    kind: 'forbidden',
    code: 'NO_ACCESS',
    message: `You are signed in as ${name}, and nothing here is open to you.`,
    fix: 'Ask an administrator of Crosswalk to add your group to its rules (CROSSWALK_OIDC_RULES).',
  });

const revoked = () =>
  new ControlError({
    kind: 'forbidden',
    code: 'ACCESS_REVOKED',
    message: 'Your access to Crosswalk was revoked.',
    fix: 'Ask an administrator of Crosswalk.',
  });
