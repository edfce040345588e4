/**
 * Brings a database to the newest schema. Forward only; safe to call from several processes at once, and while others work.
 *
 * Processes of an earlier version work on a database of a later one, during a rolling deploy and after a rollback. So a
 * migration takes nothing away that the version before it uses, and one that this code does not know is no fault.
 */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { ensureApplicationRole, RoleError } from './application-role.ts';
import { type Database, openDatabase } from './database.ts';

type Migrations = Record<string, Migration>;

export interface MigrateOptions {
  /** Of the migrations. Default: this version's. */
  folder?: string;
  /** How long a migration may keep others waiting for a table while it waits for it itself. Default 5 s. */
  giveWayMs?: number;
  /** How long it is tried again after giving way. Default 10 min. */
  giveUpMs?: number;
  /** The address that the application works with: its role is made, where it is another one than the owner's. */
  application?: string | undefined;
}

/** Version 0.1.0 takes a migration that it does not know for damage, and does not start: it finds its own here and no others. */
const knownToFirst = /^000[1-4]-/;
const firstTable = 'kysely_migration';
const laterTable = 'later_migrations';

/** Lock not available in time; deadlock. */
const givenWay = new Set(['55P03', '40P01']);

/**
 * As the owner of the tables. Any other role can only see that there is nothing to do.
 *
 * @returns the names of those that were carried out
 * @throws when a migration fails; the database stays at the last one that passed. RoleError where the role cannot do it.
 */
export async function migrate(url: string, options: MigrateOptions = {}): Promise<string[]> {
  const { giveWayMs = 5000, giveUpMs = 10 * 60_000 } = options;
  const all = await readMigrations(options.folder ?? path.join(import.meta.dirname, 'migrations'), giveWayMs);
  const names = Object.keys(all);
  const some = (known: boolean): Migrations =>
    Object.fromEntries(names.filter((name) => knownToFirst.test(name) === known).map((name) => [name, all[name]!]));
  const until = Date.now() + giveUpMs;
  const database = openDatabase({ url, maxConnections: 2 });
  try {
    if (!(await ownsTables(database))) {
      await expectNothingMissing(database, names);
      return [];
    }
    const first = await carryOut(database, firstTable, async () => some(true), until);
    const later = await carryOut(
      database,
      laterTable,
      async () => ({ ...(await unknownTo(database, names)), ...some(false) }),
      until,
    );
    if (options.application !== undefined) await ensureApplicationRole(database, options.application);
    return [...first, ...later];
  } finally {
    await database.close();
  }
}

/** Asked for the migrations only when nobody else is migrating. */
async function carryOut(
  { owner }: Database,
  migrationTableName: string,
  getMigrations: () => Promise<Migrations>,
  until: number,
): Promise<string[]> {
  const migrator = new Migrator({ db: owner, provider: { getMigrations }, migrationTableName });
  for (;;) {
    const { error, results = [] } = await migrator.migrateToLatest();
    if (error === undefined) return results.map((result) => result.migrationName);
    if (!givenWay.has((error as { code?: string }).code ?? '') || Date.now() > until) throw error;
    await sleep(1000);
  }
}

/** Where there are none yet: whether it may make them. */
async function ownsTables({ owner }: Database): Promise<boolean> {
  const { rows } = await sql<{ may: boolean }>`
    select coalesce((select pg_has_role(relowner, 'usage') from pg_class where oid = to_regclass('tenants')),
                    has_schema_privilege(current_schema(), 'create')) as may`
    .execute(owner)
    .catch((error: Error & { code?: string }): never => {
      if (error.code !== '28P01' && error.code !== '28000') throw error;
      throw new RoleError(
        `PostgreSQL does not let us in: ${error.message}. Correct user and password of DATABASE_URL. Where its user was never made, ` +
          'run "npm run migrate" with CROSSWALK_MIGRATION_DATABASE_URL, the address of the role that owns the tables: it makes the user.',
      );
    });
  return rows[0]?.may === true;
}

/** Migrations of this version that the database does not have yet. */
export async function missingMigrations(database: Database): Promise<string[]> {
  const files = await migrationFiles(path.join(import.meta.dirname, 'migrations'));
  return missingOf(
    database,
    files.map((file) => file.replace(/\.ts$/, '')),
  );
}

async function missingOf({ owner }: Database, names: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select name from ${sql.table(firstTable)} union select name from ${sql.table(laterTable)}`
    .execute(owner)
    // Not there yet, or not ours to read before the migration that says so.
    .catch((error: { code?: string }) => {
      if (error.code !== '42P01' && error.code !== '42501') throw error;
      return { rows: [] };
    });
  return names.filter((name) => !rows.some((row) => row.name === name));
}

async function expectNothingMissing(database: Database, names: readonly string[]): Promise<void> {
  const { owner } = database;
  const missing = await missingOf(database, names);
  if (missing.length === 0) return;
  const { user } = (await sql<{ user: string }>`select session_user as user`.execute(owner)).rows[0]!;
  throw new RoleError(
    `The database has to be brought up to date (${missing.join(', ')}), and "${user}", which DATABASE_URL signs in as, does not own its tables. ` +
      'Set CROSSWALK_MIGRATION_DATABASE_URL to the address of the role that does, and run "npm run migrate". ' +
      'With docker compose the service "migrate" does it: docker compose up migrate.',
  );
}

/** Of a later version: carried out already, and nothing to us. */
async function unknownTo({ owner }: Database, names: readonly string[]): Promise<Migrations> {
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(laterTable)}`.execute(owner);
  const unknown = rows.filter(({ name }) => !names.includes(name));
  return Object.fromEntries(unknown.map(({ name }) => [name, { up: async () => undefined }]));
}

async function migrationFiles(folder: string): Promise<string[]> {
  return (await fs.readdir(folder)).filter((name) => /^\d{4}-.*\.ts$/.test(name)).sort();
}

async function readMigrations(folder: string, giveWayMs: number): Promise<Migrations> {
  const migrations: Migrations = {};
  for (const file of await migrationFiles(folder)) {
    const { up } = (await import(pathToFileURL(path.join(folder, file)).href)) as Migration;
    migrations[file.replace(/\.ts$/, '')] = {
      // Whoever comes after one that waits for a table waits as well: it gives way to them, and tries again.
      up: async (db) => {
        // The wall holds for the owner as well: a migration that changes rows changes those of all tenants.
        await sql`
          select set_config('lock_timeout', ${String(giveWayMs)}, true),
                 set_config('crosswalk.platform', 'on', true)`.execute(db);
        await up(db);
      },
    };
  }
  return migrations;
}
