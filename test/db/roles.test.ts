/** Whom the application signs in as: not the owner of the tables, who alone migrates. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { checkApplicationRole, type Database, migrate, openDatabase } from '../../src/db/index.ts';
import { emptyDatabase, type FreshDatabase, freshDatabase } from '../setup/database.ts';
import { layOutVersions, type Versions } from '../setup/versions.ts';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '../..');
const encryptionKey = randomBytes(32).toString('base64');

const made: string[] = [];
let versions: Versions;
beforeAll(async () => {
  versions = await layOutVersions();
});
afterAll(async () => {
  await versions[Symbol.asyncDispose]();
  for (const name of made.reverse()) await ask(inject('postgresUrl'), `drop role if exists ${name}`);
});

async function ask<T>(url: string, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as T[];
  } finally {
    await client.end();
  }
}

/** The same database for somebody else, who need not exist. */
function signedInAs(url: string, name: string, password: string): string {
  const other = new URL(url);
  [other.username, other.password] = [name, password];
  return other.href;
}

function newRole(url: string): string {
  const name = `service_${randomBytes(4).toString('hex')}`;
  made.push(name);
  return signedInAs(url, name, randomBytes(8).toString('hex'));
}

/** As a managed PostgreSQL has it: nobody gets a superuser, and the owner of the database may make roles. */
async function managed(fresh: FreshDatabase): Promise<string> {
  const name = `owner_${randomBytes(4).toString('hex')}`;
  made.push(name);
  const database = new URL(fresh.url).pathname.slice(1);
  await ask(
    fresh.url,
    `create role ${name} login createrole password 'owner'; alter database ${database} owner to ${name};
     grant crosswalk_app to ${name} with admin option`,
  );
  return signedInAs(fresh.url, name, 'owner');
}

/** As a process of any version. */
const start = (folder: string, role: string, env: Record<string, string>) =>
  run(process.execPath, [path.join(folder, 'src/main.ts'), role], {
    env: { ...process.env, CROSSWALK_ENCRYPTION_KEY: encryptionKey, ...env },
  }).then(
    () => ({ code: 0, error: '' }),
    (failed: { code: number; stderr: string }) => ({ code: failed.code, error: failed.stderr }),
  );

async function addTenants(db: Database): Promise<void> {
  for (const id of ['a', 'b']) {
    await db.platform((tx) => tx.insertInto('tenants').values({ id, external_id: null, name: id }).execute());
    await db.tenant(id, (tx) =>
      tx
        .insertInto('audit')
        .values({ tenant_id: id, actor: 'test', action: 'x', subject: 'x', request_id: null })
        .execute(),
    );
  }
}

describe('roles', { timeout: 60_000 }, () => {
  test('the role that the application signs in as is made with the migration, is no superuser and owns nothing', async () => {
    await using fresh = await emptyDatabase();
    const application = newRole(fresh.url);
    const environment = { DATABASE_URL: application, CROSSWALK_MIGRATION_DATABASE_URL: fresh.url };
    expect(await start(root, 'migrate', environment)).toEqual({ code: 0, error: '' });
    const [role] = await ask(
      application,
      `select rolsuper or rolcreaterole or rolcreatedb or rolbypassrls or rolreplication as powerful,
              (select count(*)::int from pg_class where pg_has_role(r.oid, relowner, 'member')) as owns,
              pg_has_role(r.oid, 'crosswalk_app', 'set') as member
       from pg_roles r where rolname = current_user`,
    );
    expect(role).toEqual({ powerful: false, owns: 0, member: true });
    await expect(ask(application, 'create table mine ()')).rejects.toThrow('permission denied');
    await expect(ask(application, 'drop table audit')).rejects.toThrow('must be owner');
    await expect(ask(application, 'alter table runs disable row level security')).rejects.toThrow('must be owner');
  });

  test.each(['the application', 'the owner of the tables, where that is no superuser'])(
    'a query of %s outside the wrapper sees no row of a tenant and writes none',
    async (who) => {
      await using fresh = await emptyDatabase();
      const owner = await managed(fresh);
      const application = newRole(fresh.url);
      await migrate(owner, { application });
      const db = openDatabase({ url: application, maxConnections: 1 });
      const url = who === 'the application' ? application : owner;
      try {
        await addTenants(db);
        // On the pool's one connection, which has served tenants, and on a fresh one.
        for (const table of ['tenants', 'audit']) {
          expect((await db.pool.query(`select * from ${table}`)).rows).toEqual([]);
          expect(await ask(url, `select * from ${table}`)).toEqual([]);
        }
        await expect(ask(url, "insert into tenants (id, name) values ('c', 'c')")).rejects.toThrow(
          'row-level security',
        );
        await ask(url, "update tenants set name = 'changed'");
        await ask(url, "delete from tenants where id = 'a'");
        expect(await ask(fresh.url, 'select id, name from tenants order by id')).toEqual([
          { id: 'a', name: 'a' },
          { id: 'b', name: 'b' },
        ]);
        // And all that the application does goes on: budgets, and what is older than the audit's days.
        await db.pool.query("select budget_lease('x', 1, 1000)");
        await ask(fresh.url, "update audit set at = now() - interval '40 days' where tenant_id = 'a'");
        const { rows } = await db.platform((tx) =>
          sql`select pruned as n from prune_audit_chain('a', now(), 10)`.execute(tx),
        );
        expect(rows).toEqual([{ n: 1 }]);
      } finally {
        await db.close();
      }
    },
  );

  test('a migration changes the rows of every tenant, also where the owner of the tables is no superuser', async () => {
    await using fresh = await emptyDatabase();
    const owner = await managed(fresh);
    const application = newRole(fresh.url);
    await migrate(owner, { application });
    const db = openDatabase({ url: application, maxConnections: 1 });
    await addTenants(db);
    await db.close();
    const later = versions.later({ '9001-rename': ["update tenants set name = 'renamed'"] });
    await migrate(owner, { folder: path.join(later, 'src/db/migrations') });
    expect(await ask(fresh.url, 'select distinct name from tenants')).toEqual([{ name: 'renamed' }]);
  });

  test('an installation of the previous version with one role goes on, is told what to do, and what it is told works', async () => {
    await using fresh = await emptyDatabase();
    const previous = versions.previous();
    expect(await start(previous, 'migrate', { DATABASE_URL: fresh.url })).toMatchObject({ code: 0 });
    // As before: one address, of the owner.
    await migrate(fresh.url, { application: fresh.url });
    expect(await checkApplicationRole(fresh.url)).toMatch(
      /is a superuser and .*owns the tables.* CROSSWALK_MIGRATION_DATABASE_URL .* DATABASE_URL/,
    );
    // What it says.
    const application = newRole(fresh.url);
    await migrate(fresh.url, { application });
    expect(await checkApplicationRole(application)).toBeUndefined();
    // The previous version beside it, with the one address or with the new one.
    for (const url of [fresh.url, application]) {
      expect(await start(previous, 'migrate', { DATABASE_URL: url })).toMatchObject({ code: 0 });
    }
  });

  test('whoever may not migrate is told who may: the database is empty, older, or has a password of its own', async () => {
    await using empty = await emptyDatabase();
    await using fresh = await freshDatabase();
    const application = newRole(fresh.url);
    await migrate(fresh.url, { application });
    const older = signedInAs(empty.url, new URL(application).username, new URL(application).password);
    const told = await start(root, 'worker', { DATABASE_URL: older });
    expect(told.code).toBe(1);
    expect(told.error).toMatch(
      /0001-core.*does not own its tables.*CROSSWALK_MIGRATION_DATABASE_URL.*npm run migrate/s,
    );
    expect(told.error).not.toMatch(/\n\s+at /);
    const later = versions.later({ '9001-later': ['create table later ()'] });
    await expect(migrate(application, { folder: path.join(later, 'src/db/migrations') })).rejects.toThrow('9001-later');
    // With nothing missing it has nothing to do.
    expect(await migrate(application)).toEqual([]);

    const wrong = signedInAs(application, new URL(application).username, 'wrong');
    expect((await start(root, 'api', { DATABASE_URL: wrong })).error).toMatch(/does not let us in.*npm run migrate/s);
    // A new password is set by whoever migrates.
    await migrate(fresh.url, { application: wrong });
    expect(await ask(wrong, 'select 1 as n')).toEqual([{ n: 1 }]);
  });

  test('a role that was made by hand and may not work as the application is refused, with what to grant', async () => {
    await using fresh = await freshDatabase();
    const stranger = newRole(fresh.url);
    const { username, password } = new URL(stranger);
    await ask(fresh.url, `create role ${username} login password '${password}'`);
    await expect(checkApplicationRole(stranger)).rejects.toThrow(`GRANT crosswalk_app TO "${username}"`);
    await ask(fresh.url, `GRANT crosswalk_app TO "${username}"`);
    expect(await checkApplicationRole(stranger)).toBeUndefined();
  });

  test('several processes that make the role at once make one', async () => {
    await using fresh = await freshDatabase();
    const application = newRole(fresh.url);
    await Promise.all([1, 2, 3, 4].map(() => migrate(fresh.url, { application })));
    expect(await ask(application, 'select 1 as n')).toEqual([{ n: 1 }]);
  });
});
