/** Deploying and rolling back: several processes, of several versions, bring one database up to date. */
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitUntil } from '../../infra/wait-until.ts';
import { migrate } from '../../src/db/index.ts';
import { emptyDatabase, freshDatabase } from '../setup/database.ts';
import { layOutVersions, type Versions } from '../setup/versions.ts';

const run = promisify(execFile);

let versions: Versions;
beforeAll(async () => {
  versions = await layOutVersions();
});
afterAll(() => versions[Symbol.asyncDispose]());

const folderOf = (version: string): string => path.join(version, 'src/db/migrations');
const migrateAs = (version: string, url: string) =>
  run(process.execPath, [path.join(version, 'src/main.ts'), 'migrate'], {
    env: { ...process.env, DATABASE_URL: url, CROSSWALK_ENCRYPTION_KEY: randomBytes(32).toString('base64') },
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

const addsTable = { '9001-later': ['create table later (id integer primary key)', 'insert into later values (1)'] };

describe('migrations', { timeout: 60_000 }, () => {
  test('processes that migrate at the same time do so one after the other, and each change is made once', async () => {
    await using database = await emptyDatabase();
    // Made twice it would fail: the first one is still at it when the others come.
    const version = versions.later({ '9001-slow': [...addsTable['9001-later'], 'select pg_sleep(2)'] });
    await Promise.all([1, 2, 3].map(() => migrateAs(version, database.url)));
    expect(await ask(database.url, 'select id from later')).toEqual([{ id: 1 }]);
  });

  test('a database of a later version is no fault: this one has nothing to do there', async () => {
    await using database = await freshDatabase();
    const version = versions.later(addsTable);
    expect(await migrate(database.url, { folder: folderOf(version) })).toEqual(['9001-later']);
    expect(await migrate(database.url)).toEqual([]);
    expect(await migrate(database.url, { folder: folderOf(version) })).toEqual([]);
    const further = versions.later({ ...addsTable, '9002-further': ['create table further ()'] });
    expect(await migrate(database.url, { folder: folderOf(further) })).toEqual(['9002-further']);
  });

  test('the previous version, too, goes on with a database that a later one has made or migrated', async () => {
    const version = versions.later(addsTable);
    const previous = versions.previous();
    for (const make of [emptyDatabase, freshDatabase]) {
      await using database = await make();
      await migrateAs(version, database.url);
      await migrateAs(previous, database.url);
      expect(await ask(database.url, 'select id from later')).toEqual([{ id: 1 }]);
    }
  });

  test('a database of the previous version is taken over as it stands', async () => {
    await using database = await emptyDatabase();
    await migrateAs(versions.previous(), database.url);
    const before = await ask<{ n: number }>(database.url, 'select count(*)::int as n from kysely_migration');
    expect(before[0]?.n).toBeGreaterThan(3);
    await migrateAs(versions.later(addsTable), database.url);
    expect(await ask(database.url, 'select count(*)::int as n from kysely_migration')).toEqual(before);
    expect(await ask(database.url, 'select id from later')).toEqual([{ id: 1 }]);
  });

  test('a migration that waits for a table lets others pass, and is carried out when the table is free', async () => {
    await using database = await freshDatabase();
    const version = versions.later({ '9001-wants-tenants': ['alter table tenants add column later text'] });
    const holder = new pg.Client({ connectionString: database.url });
    const other = new pg.Client({ connectionString: database.url });
    await Promise.all([holder.connect(), other.connect()]);
    try {
      await holder.query('begin');
      await holder.query('select 1 from tenants');
      const migrated = migrate(database.url, { folder: folderOf(version), giveWayMs: 300 });
      await waitUntil(
        async () => {
          const waiting = await ask(database.url, 'select 1 from pg_locks where not granted');
          return waiting.length > 0 || undefined;
        },
        { what: 'the migration waiting for the table', timeoutMs: 10_000 },
      );
      // Behind the one that waits, for no longer than it does.
      await other.query("set statement_timeout = '5s'");
      await other.query('select 1 from tenants');
      await holder.query('commit');
      expect(await migrated).toEqual(['9001-wants-tenants']);
    } finally {
      await Promise.all([holder.end(), other.end()]);
    }
  });

  test('a migration that fails leaves the database as it was, and says why', async () => {
    await using database = await freshDatabase();
    const version = versions.later({ ...addsTable, '9002-broken': ['alter table nobody add column later text'] });
    await expect(migrate(database.url, { folder: folderOf(version) })).rejects.toThrow('nobody');
    expect(await ask(database.url, "select to_regclass('later') as there")).toEqual([{ there: null }]);
    const child = spawn(process.execPath, [path.join(version, 'src/main.ts'), 'migrate'], {
      env: { ...process.env, DATABASE_URL: database.url, CROSSWALK_ENCRYPTION_KEY: randomBytes(32).toString('base64') },
      stdio: 'ignore',
    });
    expect(await once(child, 'exit')).toEqual([1, null]);
  });
});
