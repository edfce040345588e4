/** The database: is it there, up to date, behind its wall, and does our key fit? */
import { sql } from 'kysely';
import { type Config, requireEncryptionKey } from '../../config/config.ts';
import { checkApplicationRole, type Database, missingMigrations, openDatabase } from '../../db/index.ts';
import { createVault, localKeyEncryption, WrongEncryptionKey } from '../../vault/index.ts';
import { attempt, type Check, failed, ok, warning } from './check.ts';
import { clockCheck } from './check-clock.ts';

const oldest = 17;
const reach =
  'Check DATABASE_URL, and that the server answers from this machine: docs/operating.md, "A PostgreSQL of your own".';

export async function withDatabase(url: string, work: (db: Database) => Promise<Check[]>): Promise<Check[]> {
  const db = openDatabase({ url, maxConnections: 2, timeouts: { short: 10_000, statement: 20_000 } });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}

export async function checkDatabase(config: Config, db: Database, url: string): Promise<Check[]> {
  const reached = await attempt('database: reachable', reach, () => server(db));
  if (reached.some(({ state }) => state === 'failed')) return reached;
  return [
    ...reached,
    ...(await attempt('database: role', 'Correct the role: docs/operating.md, "Database roles".', () => role(url))),
    ...(await attempt('database: migrations', 'Run "npm run migrate".', () => migrations(db))),
    ...(await attempt('database: wall between tenants', 'Run "npm run migrate".', () => wall(db))),
    ...(await attempt('encryption key', 'Set CROSSWALK_ENCRYPTION_KEY: docs/operating.md, "Rotate keys".', () =>
      key(config, db),
    )),
  ];
}

async function server(db: Database): Promise<Check[]> {
  const before = Date.now();
  const { rows } = await sql<{ version: string; now: Date; size: string; ssl: boolean | null; local: boolean }>`
    select current_setting('server_version') as version, clock_timestamp() as now,
           pg_size_pretty(pg_database_size(current_database())) as size,
           (select ssl from pg_stat_ssl where pid = pg_backend_pid()) as ssl,
           coalesce(inet_server_addr() <<= '127.0.0.0/8' or inet_server_addr() = '::1', true) as local`.execute(
    db.owner,
  );
  const { version, now, size, ssl, local } = rows[0]!;
  const major = Number.parseInt(version, 10);
  return [
    major >= oldest
      ? ok('database: reachable', `PostgreSQL ${version}; the database has ${size}.`)
      : failed('database: reachable', `PostgreSQL ${version} is too old.`, `Use PostgreSQL ${oldest} or later.`),
    ssl || local
      ? ok('database: TLS', ssl ? 'The connection is encrypted.' : 'The server is on this machine.')
      : warning(
          'database: TLS',
          'The connection is not encrypted: whoever is on the way can read it.',
          'Where the network is not yours alone, add sslmode=verify-full to DATABASE_URL.',
        ),
    clockCheck('clock: database', now.getTime() - (before + Date.now()) / 2),
  ];
}

async function role(url: string): Promise<Check[]> {
  const problem = await checkApplicationRole(url);
  const name = 'database: role';
  if (problem === undefined) return [ok(name, 'It owns nothing, and works as crosswalk_app.')];
  return [warning(name, problem, 'Use two roles: docs/operating.md, "Database roles".')];
}

async function migrations(db: Database): Promise<Check[]> {
  const missing = await missingMigrations(db);
  const name = 'database: migrations';
  if (missing.length === 0) return [ok(name, 'All are there.')];
  return [failed(name, `Missing: ${missing.join(', ')}.`, 'Run "npm run migrate" with this version.')];
}

/** Every table that has a tenant must keep its rows from everybody else's transactions, the owner's included. */
async function wall(db: Database): Promise<Check[]> {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
      and not (c.relrowsecurity and c.relforcerowsecurity)
    order by 1`.execute(db.owner);
  const name = 'database: wall between tenants';
  if (rows.length === 0) return [ok(name, 'Row-level security is on, and forced.')];
  return [
    failed(
      name,
      `Row-level security is off for ${rows.map((row) => row.name).join(', ')}.`,
      'Find out who turned it off, then turn it on: ALTER TABLE … ENABLE ROW LEVEL SECURITY; ALTER TABLE … FORCE ROW LEVEL SECURITY.',
    ),
  ];
}

async function key(config: Config, db: Database): Promise<Check[]> {
  const vault = createVault(localKeyEncryption(requireEncryptionKey(config), config.previousEncryptionKey));
  const name = 'encryption key';
  try {
    await db.platform((tx) => vault.deployment.verify(tx));
  } catch (error) {
    if (!(error instanceof WrongEncryptionKey)) throw error;
    return [
      failed(
        name,
        `It is not the key of this database: ${error.message}.`,
        'Set the key that this database was used with as CROSSWALK_ENCRYPTION_KEY.',
      ),
    ];
  }
  const rotating = config.previousEncryptionKey !== undefined;
  return [
    rotating
      ? warning(
          name,
          'It fits; a previous key is still accepted.',
          'When "crosswalk keys rotate" has run, leave CROSSWALK_PREVIOUS_ENCRYPTION_KEY out.',
        )
      : ok(name, 'It fits this database.'),
  ];
}
