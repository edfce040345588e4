/** The administrator's key that the deployment's environment names. */
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import { audit } from '../audit/audit.ts';
import { systemCaller } from '../caller.ts';
import type { Control } from '../control.ts';
import { hashOf } from './api-keys.ts';

const id = 'bootstrap';
const scopes = ['admin' as const];

/**
 * Another value takes the place of the one before, which is never accepted again. A value that was revoked or replaced stays so,
 * however often a process starts with it.
 */
export async function ensureBootstrapKey(control: Pick<Control, 'db' | 'log'>, secret: string): Promise<void> {
  const usable = await control.db.platform((tx) => install(tx, secret));
  if (usable) return;
  control.log.warn(
    { code: 'BOOTSTRAP_KEY_REVOKED' },
    'the key in CROSSWALK_BOOTSTRAP_KEY was revoked or replaced, and is not accepted; to have an administrator key of the environment again, set another value: openssl rand -hex 24',
  );
}

/** @returns whether the key is accepted. */
async function install(tx: Tx, secret: string): Promise<boolean> {
  const hash = hashOf(secret);
  // Processes that start together agree on one.
  await sql`select pg_advisory_xact_lock(hashtextextended('bootstrap key', 0))`.execute(tx);
  const same = await tx.selectFrom('api_keys').select('revoked_at').where('hash', '=', hash).executeTakeFirst();
  if (same !== undefined) return same.revoked_at === null;
  const caller = systemCaller('environment');
  const subject = `key:${id}`;
  const prefix = secret.slice(0, 4);
  const before = await tx.selectFrom('api_keys').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  if (before === undefined) {
    const name = 'bootstrap key of the environment';
    await tx
      .insertInto('api_keys')
      .values({ id, tenant_id: null, name, hash, prefix, scopes, created_by: caller.actor })
      .execute();
    await audit(tx, caller, { tenantId: null, action: 'key.created', subject, after: { name, scopes } });
    return true;
  }
  // Sessions and codes of the value before end with it.
  await tx.deleteFrom('sessions').where('key_id', '=', id).execute();
  await tx.deleteFrom('login_codes').where('key_id', '=', id).execute();
  await tx
    .updateTable('api_keys')
    .set({ hash, prefix, scopes, revoked_at: null, expires_at: null, last_used_at: null, created_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute();
  await tx
    .insertInto('api_keys')
    .values({
      id: `${id}_${before.hash.toString('hex').slice(0, 16)}`,
      tenant_id: null,
      name: `${before.name}, replaced`,
      hash: before.hash,
      prefix: before.prefix,
      scopes,
      created_by: before.created_by,
      created_at: before.created_at,
      last_used_at: before.last_used_at,
      revoked_at: before.revoked_at ?? sql<Date>`now()`,
    })
    .execute();
  await audit(tx, caller, { tenantId: null, action: 'key.replaced', subject, after: { scopes } });
  return true;
}
