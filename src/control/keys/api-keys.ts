/** API keys: shown once, stored as a hash, narrowed by scope and tenant. */
import { createHash, randomBytes } from 'node:crypto';
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import type { ControlTables } from '../../db/schema-control.ts';
import { Secret } from '../../vault/index.ts';
import { audit } from '../audit/audit.ts';
import { authorise, authorisePlatform, type Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';
import { ControlError, invalid, notFound } from '../errors.ts';
import { type KeyInput, requireRoomForKey, withinMaker } from './key-bounds.ts';
import type { KeyLookup } from './key-lookup.ts';

export type ApiKey = Selectable<ControlTables['api_keys']>;

/** Recognisable to people and to secret scanners. */
export const keyPrefix = 'cwk_';

/** The key itself is in the answer and nowhere else, ever. @throws `EXPIRY_PAST`, `KEY_EXCEEDS_MAKER`, `KEY_QUOTA` */
export async function createApiKey(
  control: Pick<Control, 'db' | 'clock' | 'quotas'>,
  caller: Caller,
  input: KeyInput,
): Promise<{ key: ApiKey; secret: Secret }> {
  if (input.expiresAt !== undefined && input.expiresAt.getTime() <= control.clock()) {
    throw invalid('EXPIRY_PAST', 'The key would have expired already.', 'Choose a time to come.');
  }
  const secret = new Secret(`${keyPrefix}${randomBytes(24).toString('base64url')}`);
  const insert = async (tx: Tx) => {
    const { expiresAt, networks } = withinMaker(caller, input);
    await requireRoomForKey(tx, control, input.tenantId ?? null);
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
        created_at: new Date(control.clock()),
        expires_at: expiresAt,
        networks,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    const after = { name: key.name, scopes: key.scopes, expiresAt: key.expires_at, networks: key.networks };
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

export interface KeyPage {
  /** Keys made before this one. */
  before?: string | undefined;
  limit: number;
}

/** Newest first. */
export async function listApiKeys(
  control: Pick<Control, 'db'>,
  caller: Caller,
  tenantId: string | undefined,
  { before, limit }: KeyPage,
): Promise<{ rows: ApiKey[]; next: string | null }> {
  const of = tenantId ?? caller.tenantId;
  const read = async (tx: Tx) => {
    const { rows } = await sql<ApiKey>`
      select * from api_keys k
      where true ${of === null ? sql`` : sql`and tenant_id = ${of}`}
        ${before === undefined ? sql`` : sql`and (created_at, id) < (select created_at, id from api_keys where id = ${before})`}
      order by created_at desc, id desc limit ${limit + 1}`.execute(tx);
    const page = rows.slice(0, limit);
    return { rows: page, next: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
  };
  if (of !== null) return inTenant(control, caller, 'admin', of, read);
  authorisePlatform(caller, 'admin');
  return control.db.platform(read);
}

/**
 * Takes effect with the next request. Idempotent.
 * @param withMade also the keys that it made, and those that these made: for a key that was in wrong hands
 */
export async function revokeApiKey(
  control: Control,
  caller: Caller,
  id: string,
  { withMade = false }: { withMade?: boolean } = {},
): Promise<{ revoked: string[] }> {
  const revoke = async (tx: Tx) => {
    const key = await tx.selectFrom('api_keys').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
    if (key === undefined) throw notFound('key');
    const { rows } = await sql<ApiKey>`
      with recursive falling as (
        select id from api_keys where id = ${id}
        union
        select k.id from api_keys k join falling f on k.created_by = 'key:' || f.id where ${withMade}::boolean)
      update api_keys set revoked_at = now() where id in (select id from falling) and revoked_at is null returning *`.execute(
      tx,
    );
    for (const gone of rows) {
      // Logins that it began end with it.
      await tx
        .updateTable('oauth_states')
        .set({ expires_at: new Date(control.clock()) })
        .where('caller', '=', `key:${gone.id}`)
        .where('expires_at', '>', new Date(control.clock()))
        .execute();
      const before = { name: gone.name, scopes: gone.scopes };
      await audit(tx, caller, { tenantId: gone.tenant_id, action: 'key.revoked', subject: `key:${gone.id}`, before });
    }
    return { revoked: rows.map((row) => row.id) };
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
  return (
    key && {
      actor: `key:${key.id}`,
      scopes: key.scopes,
      tenantId: key.tenant_id,
      requestId,
      expiresAt: key.expires_at,
      networks: key.networks,
    }
  );
}

export function unauthenticated(): ControlError {
  return new ControlError({
    kind: 'unauthenticated',
    code: 'UNAUTHENTICATED',
    message: 'There is no key with this request, or it is not accepted.',
    fix: `Send "Authorization: Bearer ${keyPrefix}…" with a key that is neither expired nor revoked.`,
  });
}

/** A key has 192 random bits, so there is nothing to slow a guess down for. */
export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
