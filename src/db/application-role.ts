/**
 * Whom the application signs in as: a role that owns nothing, is no superuser, and may do what `crosswalk_app` may. Whatever gets
 * past Crosswalk on such a connection stays behind the wall between tenants; as the owner of the tables it could take it down.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { type Database, openDatabase } from './database.ts';

/** The role that an address signs in as cannot do what it is needed for. The message says what to do. */
export class RoleError extends Error {
  override name = 'RoleError';
}

const openWithin = 10_000;

/** Makes the role that `url` names, with its password, where it is missing. One that is there keeps what it may do otherwise. */
export async function ensureApplicationRole({ owner }: Database, url: string): Promise<void> {
  const { user, password } = new pg.Client({ connectionString: url });
  if (user === undefined || user === (await signedInAs(owner))) return;
  const name = pg.escapeIdentifier(user);
  const secret = password ? ` password ${pg.escapeLiteral(verifierOf(password))}` : '';
  try {
    await owner.transaction().execute(async (tx) => {
      // Roles are shared by all databases of a server, and changing one twice at once is an error.
      await sql`select pg_advisory_xact_lock(hashtextextended('crosswalk roles', 0))`.execute(tx);
      const { rows } = await sql<{ member: boolean }>`
        select pg_has_role(oid, 'crosswalk_app', 'set') and pg_has_role(oid, 'crosswalk_app', 'usage') as member
        from pg_roles where rolname = ${user}`.execute(tx);
      if (rows[0] === undefined) await sql.raw(`create role ${name} login${secret}`).execute(tx);
      else if (secret !== '' && (await isRefused(url))) await sql.raw(`alter role ${name} login${secret}`).execute(tx);
      if (rows[0]?.member !== true) await sql.raw(`grant crosswalk_app to ${name}`).execute(tx);
    });
  } catch (error) {
    if ((error as { code?: string }).code !== '42501') throw error;
    throw new RoleError(
      `The role "${user}", which DATABASE_URL names, cannot be made ready: the role that migrates may not make roles. As one that may, run ` +
        `CREATE ROLE ${name} LOGIN PASSWORD '…'; GRANT crosswalk_app TO ${name}; and start again.`,
    );
  }
}

/**
 * @returns what is wrong with whom the application signs in as, where it can work all the same.
 * @throws RoleError where it cannot.
 */
export async function checkApplicationRole(url: string): Promise<string | undefined> {
  const database = openDatabase({ url, maxConnections: 1 });
  try {
    return await judgeRole(database);
  } finally {
    await database.close();
  }
}

async function judgeRole({ owner }: Database): Promise<string | undefined> {
  const { rows } = await sql<{ role: string; member: boolean; superuser: boolean; bypasses: boolean; owns: boolean }>`
    select rolname as role, rolsuper as superuser, rolbypassrls as bypasses,
           pg_has_role(oid, 'crosswalk_app', 'set') and pg_has_role(oid, 'crosswalk_app', 'usage') as member,
           (select pg_has_role(r.oid, relowner, 'member') from pg_class where oid = to_regclass('tenants')) as owns
    from pg_roles r where rolname = session_user`.execute(owner);
  const [found] = rows;
  if (found === undefined) return undefined;
  const { role, member, superuser, bypasses, owns } = found;
  if (!member) {
    throw new RoleError(
      `DATABASE_URL signs in as "${role}", which may not work as crosswalk_app. Run "npm run migrate" with CROSSWALK_MIGRATION_DATABASE_URL, ` +
        `or as the owner of the tables: GRANT crosswalk_app TO ${pg.escapeIdentifier(role)}.`,
    );
  }
  const too = [superuser && 'is a superuser', bypasses && 'passes over row-level security', owns && 'owns the tables'];
  const much = too.filter((part) => typeof part === 'string');
  if (much.length === 0) return undefined;
  return (
    `DATABASE_URL signs in as "${role}", which ${much.join(' and ')}: the database's own wall between tenants does not hold for it. ` +
    'Set CROSSWALK_MIGRATION_DATABASE_URL to this address, and DATABASE_URL to the same one with another user and a new password; ' +
    'the next start, or "npm run migrate", makes that user. See docs/operating.md, "Database roles".'
  );
}

async function signedInAs(owner: Database['owner']): Promise<string | undefined> {
  const { rows } = await sql<{ role: string }>`select session_user as role`.execute(owner);
  return rows[0]?.role;
}

/** Is it the password that is wrong? What cannot be reached from here, the application may well reach. */
async function isRefused(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: openWithin });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return false;
  } catch (error) {
    return (error as { code?: string }).code === '28P01';
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** What PostgreSQL keeps of a password (RFC 5803): a statement that holds the password itself would stand in the server's log. */
function verifierOf(password: string): string {
  const rounds = 4096;
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, rounds, 32, 'sha256');
  const keyed = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const stored = createHash('sha256').update(keyed('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${rounds}:${salt.toString('base64')}$${stored}:${keyed('Server Key').toString('base64')}`;
}
