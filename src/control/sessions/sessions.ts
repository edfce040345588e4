/**
 * Sessions of the console. A session stands for an API key in a browser: it has the key's rights, ends when the key is
 * revoked or expires, after 12 hours without a request, and after 7 days at the latest. Only a hash is stored.
 */
import { createHash, randomBytes } from 'node:crypto';
import { type Selectable, sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import type { ControlTables, Scope } from '../../db/schema-control.ts';
import { Secret } from '../../vault/index.ts';
import { audit } from '../audit/audit.ts';
import { authorise, authorisePlatform, type Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';
import { ControlError, notFound } from '../errors.ts';
import { createLookup, type Lookup } from '../keys/batched-lookup.ts';
import { requireRoomForSession } from './session-quota.ts';

export type Session = Selectable<ControlTables['sessions']>;

const hour = 3_600_000;
export const idleMs = 12 * hour;
export const longestMs = 7 * 24 * hour;
/** A session's last request is recorded at most this often. */
const recordEveryMs = 60_000;
/** Open sessions of one key. The oldest ends when one more is made. */
const mostOfKey = 100;
const codeLivesMs = 5 * 60_000;

type SessionDeps = Pick<Control, 'db' | 'clock' | 'quotas'>;

/** @returns the session of an authenticated caller, and the token for the cookie, which is stored nowhere. */
export async function startSession(
  control: SessionDeps,
  caller: Caller,
  agent: string,
): Promise<{ session: Session; caller: Caller; token: Secret }> {
  const token = new Secret(randomBytes(32).toString('base64url'));
  const now = control.clock();
  const session = await control.db.platform(async (tx) => {
    await tx.deleteFrom('sessions').where('expires_at', '<', new Date(now)).execute();
    await sql`
      delete from sessions where id in (
        select id from sessions where key_id = ${keyOf(caller)} order by seen_at desc offset ${mostOfKey - 1})`.execute(
      tx,
    );
    await requireRoomForSession(tx, control, caller.tenantId);
    const made = await tx
      .insertInto('sessions')
      .values({
        id: `s_${randomBytes(9).toString('hex')}`,
        tenant_id: caller.tenantId,
        key_id: keyOf(caller),
        hash: hashOf(token.reveal()),
        agent: agent.slice(0, 200),
        created_at: new Date(now),
        seen_at: new Date(now),
        expires_at: new Date(now + longestMs),
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await audit(tx, caller, { tenantId: caller.tenantId, action: 'session.started', subject: `session:${made.id}` });
    return made;
  });
  return { session, caller: { ...caller, session: session.id }, token };
}

interface SessionRow {
  hash: Buffer;
  id: string;
  key_id: string;
  seen_at: Date;
  scopes: Scope[];
  tenant_id: string | null;
  expires_at: Date | null;
  networks: string[] | null;
}
export type SessionLookup = Lookup<SessionRow>;

/** Hundreds of open tabs ask a few times a second each. A page waits this long at most, and only where others have just asked. */
const lookupPaceMs = 50;

/** Open sessions by the hash of their token, looked up together. */
export function createSessionLookup(control: SessionDeps): SessionLookup {
  return createLookup(
    control,
    async (tx, hashes, now) => {
      const rows = await tx
        .selectFrom('sessions as s')
        .innerJoin('api_keys as k', 'k.id', 's.key_id')
        .leftJoin('tenants as t', 't.id', 'k.tenant_id')
        .select(['s.hash', 's.id', 's.seen_at', 's.key_id', 'k.scopes', 'k.tenant_id', 'k.expires_at', 'k.networks'])
        .where('s.hash', '=', sql<Buffer>`any(${hashes}::bytea[])`)
        .where('k.revoked_at', 'is', null)
        .where('s.expires_at', '>', new Date(now))
        .where('s.seen_at', '>', new Date(now - idleMs))
        .where((eb) => eb.or([eb('k.expires_at', 'is', null), eb('k.expires_at', '>', new Date(now))]))
        .where((eb) => eb.or([eb('t.state', 'is', null), eb('t.state', '!=', 'deleted')]))
        .execute();
      const stale = rows.filter(({ seen_at: at }) => now - at.getTime() > recordEveryMs).map(({ id }) => id);
      if (stale.length > 0) {
        await tx
          .updateTable('sessions')
          .set({ seen_at: new Date(now) })
          .where('id', 'in', tx.selectFrom('sessions').select('id').where('id', 'in', stale).forUpdate().skipLocked())
          .execute();
      }
      return rows;
    },
    lookupPaceMs,
  );
}

/** Undefined for a token that is wrong, idle for too long, expired, or of a revoked key. */
export async function authenticateSession(
  sessions: SessionLookup,
  token: string,
  requestId: string,
): Promise<Caller | undefined> {
  const found = await sessions.find(hashOf(token));
  return (
    found && {
      actor: `key:${found.key_id}`,
      scopes: found.scopes,
      tenantId: found.tenant_id,
      requestId,
      session: found.id,
      expiresAt: found.expires_at,
      networks: found.networks,
    }
  );
}

/** Signs out: ends the caller's own session. Idempotent; a caller by key has none. */
export async function endOwnSession(control: SessionDeps, caller: Caller): Promise<void> {
  const { session } = caller;
  if (session === undefined) return;
  await control.db.platform(async (tx) => {
    await tx.deleteFrom('sessions').where('id', '=', session).execute();
    await audit(tx, caller, { tenantId: caller.tenantId, action: 'session.ended', subject: `session:${session}` });
  });
}

export interface ListedSession extends Omit<Session, 'hash'> {
  key_name: string;
}

export interface SessionPage {
  /** `next` of the page before. */
  before?: string | undefined;
  limit: number;
}

/** The open ones: of the caller's tenant, or of the whole installation. Begun last first. */
export function listSessions(
  control: Pick<Control, 'db' | 'clock'>,
  caller: Caller,
  { before, limit }: SessionPage,
): Promise<{ rows: ListedSession[]; next: string | null }> {
  // When it began and its id: the session itself may have ended meanwhile.
  const [, at, id] = /^(\d+)\.(.+)$/.exec(before ?? '') ?? [];
  const read = async (tx: Tx) => {
    const now = control.clock();
    const { rows } = await sql<ListedSession>`
      select s.id, s.tenant_id, s.key_id, s.agent, s.created_at, s.seen_at, s.expires_at, k.name as key_name
      from sessions s join api_keys k on k.id = s.key_id
      where k.revoked_at is null and s.seen_at > ${new Date(now - idleMs)} and s.expires_at > ${new Date(now)}
        ${before === undefined ? sql`` : sql`and (s.created_at, s.id) < (${new Date(Number(at))}::timestamptz, ${id})`}
      order by s.created_at desc, s.id desc limit ${limit + 1}`.execute(tx);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return { rows: page, next: last && rows.length > limit ? `${last.created_at.getTime()}.${last.id}` : null };
  };
  if (caller.tenantId !== null) return inTenant(control, caller, 'admin', caller.tenantId, read);
  authorisePlatform(caller, 'admin');
  return control.db.platform(read);
}

/** @throws `NOT_FOUND` for a session that is not there or is not the caller's to end. */
export async function endSession(control: Control, caller: Caller, id: string): Promise<void> {
  const end = async (tx: Tx): Promise<void> => {
    const gone = await tx.deleteFrom('sessions').where('id', '=', id).returning('tenant_id').executeTakeFirst();
    if (gone === undefined) throw notFound('session');
    await audit(tx, caller, { tenantId: gone.tenant_id, action: 'session.ended', subject: `session:${id}` });
  };
  if (caller.tenantId !== null) {
    authorise(caller, 'admin', caller.tenantId);
    return control.db.tenant(caller.tenantId, end);
  }
  authorisePlatform(caller, 'admin');
  return control.db.platform(end);
}

/** A code that begins one session with the rights of this key, within five minutes. Printed where only the operator looks. */
export async function createLoginCode(control: SessionDeps, keyId: string): Promise<Secret> {
  const code = new Secret(randomBytes(24).toString('base64url'));
  const expires = new Date(control.clock() + codeLivesMs);
  await control.db.platform(async (tx) => {
    await tx.deleteFrom('login_codes').where('expires_at', '<', new Date(control.clock())).execute();
    const key = await tx.selectFrom('api_keys').select('tenant_id').where('id', '=', keyId).executeTakeFirstOrThrow();
    await tx
      .insertInto('login_codes')
      .values({ hash: hashOf(code.reveal()), tenant_id: key.tenant_id, key_id: keyId, expires_at: expires })
      .execute();
  });
  return code;
}

/** @throws `CODE_NOT_ACCEPTED` for a code that was used, is too old, or never existed. */
export async function redeemLoginCode(control: SessionDeps, code: string, requestId: string): Promise<Caller> {
  const key = await control.db.platform(async (tx) => {
    const used = await tx.deleteFrom('login_codes').where('hash', '=', hashOf(code)).returningAll().executeTakeFirst();
    if (used === undefined || used.expires_at.getTime() <= control.clock()) return undefined;
    return tx
      .selectFrom('api_keys')
      .select(['id', 'scopes', 'tenant_id', 'expires_at', 'networks'])
      .where('id', '=', used.key_id)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
  });
  if (key === undefined) {
    throw new ControlError({
      kind: 'unauthenticated',
      code: 'CODE_NOT_ACCEPTED',
      message: 'This sign-in link was already used, or is older than five minutes.',
      fix: 'Sign in with an API key, or restart Crosswalk for a new link.',
    });
  }
  return {
    actor: `key:${key.id}`,
    scopes: key.scopes,
    tenantId: key.tenant_id,
    requestId,
    expiresAt: key.expires_at,
    networks: key.networks,
  };
}

/** How the key of this caller is called, or the person who signed in. */
export async function callerName(control: SessionDeps, caller: Caller): Promise<string> {
  const key = await control.db.platform((tx) =>
    tx.selectFrom('api_keys').select('name').where('id', '=', keyOf(caller)).executeTakeFirst(),
  );
  return key?.name ?? '';
}

/** @returns the id of the key that the caller came with. */
export function keyOf(caller: Caller): string {
  return caller.actor.replace(/^key:/, '');
}

/** A token has 256 random bits, so there is nothing to slow a guess down for. */
function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
