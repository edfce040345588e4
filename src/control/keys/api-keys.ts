/** API keys: shown once, stored as a hash, narrowed by scope and tenant. */
import { createHash, randomBytes } from 'node:crypto';
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { Database, Tx } from '../../db/index.ts';
import type { ControlTables, Scope } from '../../db/schema-control.ts';
import { Secret } from '../../vault/index.ts';
import { audit } from '../audit/audit.ts';
import { authorise, authorisePlatform, type Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';
import { ControlError, invalid, notFound } from '../errors.ts';
import type { KeyLookup } from './key-lookup.ts';

export type ApiKey = Selectable<ControlTables['api_keys']>;

export interface KeyInput {
  name: string;
  scopes: Scope[];
  /** Left out: every tenant. */
  tenantId?: string | undefined;
  expiresAt?: Date | undefined;
}

/** Recognisable to people and to secret scanners. */
export const keyPrefix = 'cwk_';

/** The key itself is in the answer and nowhere else, ever. */
export async function createApiKey(
  control: Pick<Control, 'db' | 'clock'>,
  caller: Caller,
  input: KeyInput,
): Promise<{ key: ApiKey; secret: Secret }> {
  if (input.expiresAt !== undefined && input.expiresAt.getTime() <= control.clock()) {
    throw invalid('EXPIRY_PAST', 'The key would have expired already.', 'Choose a time to come.');
  }
  const secret = new Secret(`${keyPrefix}${randomBytes(24).toString('base64url')}`);
  const insert = async (tx: Tx) => {
    const key = await tx
      .insertInto('api_keys')
      .values({
        id: `k_${randomBytes(9).toString('hex')}`,
        tenant_id: input.tenantId ?? null,
        name: input.name,
        hash: hashOf(secret.reveal()),
        prefix: secret.reveal().slice(0, 8),
        scopes: [...new Set(input.scopes)],
        created_by: caller.actor,
        expires_at: input.expiresAt ?? null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    const after = { name: key.name, scopes: key.scopes, expiresAt: key.expires_at };
    await audit(tx, caller, { tenantId: key.tenant_id, action: 'key.created', subject: `key:${key.id}`, after });
    return key;
  };
  if (input.tenantId !== undefined) {
    const key = await inTenant(control, caller, 'admin', input.tenantId, insert, { lock: 'share' });
    return { key, secret };
  }
  authorisePlatform(caller, 'admin');
  return { key: await control.db.platform(insert), secret };
}

export async function listApiKeys(control: Control, caller: Caller, tenantId?: string): Promise<ApiKey[]> {
  const of = tenantId ?? caller.tenantId;
  const read = (tx: Tx) => {
    const query = tx.selectFrom('api_keys').selectAll().orderBy('created_at', 'desc').limit(1000);
    return (of === null ? query : query.where('tenant_id', '=', of)).execute();
  };
  if (of !== null) return inTenant(control, caller, 'admin', of, read);
  authorisePlatform(caller, 'admin');
  return control.db.platform(read);
}

/** Takes effect with the next request. Idempotent. */
export async function revokeApiKey(control: Control, caller: Caller, id: string): Promise<void> {
  const revoke = async (tx: Tx) => {
    const key = await tx.selectFrom('api_keys').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
    if (key === undefined) throw notFound('key');
    if (key.revoked_at !== null) return;
    await tx.updateTable('api_keys').set({ revoked_at: sql`now()` }).where('id', '=', id).execute();
    // Logins that it began end with it.
    await tx
      .updateTable('oauth_states')
      .set({ expires_at: new Date(control.clock()) })
      .where('caller', '=', `key:${id}`)
      .where('expires_at', '>', new Date(control.clock()))
      .execute();
    const before = { name: key.name, scopes: key.scopes };
    await audit(tx, caller, { tenantId: key.tenant_id, action: 'key.revoked', subject: `key:${id}`, before });
  };
  if (caller.tenantId !== null) {
    authorise(caller, 'admin', caller.tenantId);
    return control.db.tenant(caller.tenantId, revoke);
  }
  authorisePlatform(caller, 'admin');
  return control.db.platform(revoke);
}

/** @returns undefined, the same for a key that is wrong, expired, revoked, or of a deleted tenant. */
export async function authenticate(keys: KeyLookup, presented: string, requestId: string): Promise<Caller | undefined> {
  const key = await keys.find(hashOf(presented));
  return key && { actor: `key:${key.id}`, scopes: key.scopes, tenantId: key.tenant_id, requestId };
}

export function unauthenticated(): ControlError {
  return new ControlError({
    kind: 'unauthenticated',
    code: 'UNAUTHENTICATED',
    message: 'There is no key with this request, or it is not accepted.',
    fix: `Send "Authorization: Bearer ${keyPrefix}…" with a key that is neither expired nor revoked.`,
  });
}

/** The administrator's key that the deployment's environment names. Another value there takes the place of the one before. */
export async function ensureBootstrapKey(db: Database, secret: string): Promise<void> {
  const hash = hashOf(secret);
  await db.platform((tx) =>
    tx
      .insertInto('api_keys')
      .values({
        id: 'bootstrap',
        tenant_id: null,
        name: 'bootstrap key of the environment',
        hash,
        prefix: secret.slice(0, 4),
        scopes: ['admin'],
        created_by: 'environment',
      })
      .onConflict((on) => on.column('id').doUpdateSet({ hash, prefix: secret.slice(0, 4), revoked_at: null }))
      .execute(),
  );
}

/** A key has 192 random bits, so there is nothing to slow a guess down for. */
function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
