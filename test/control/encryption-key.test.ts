/** The right encryption key of a database is known from a wrong one at the start, and not when the first credential is needed. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { beforeAll, expect, test } from 'vitest';
import { rotateCredentials } from '../../src/cli/rotate-credentials.ts';
import { ConfigError, readConfig } from '../../src/config/config.ts';
import { type Database, openDatabase } from '../../src/db/index.ts';
import { openServices } from '../../src/services.ts';
import { createVault, localKeyEncryption, Secret } from '../../src/vault/index.ts';
import { freshDatabase } from '../setup/database.ts';
import { temporalAddress } from '../setup/temporal.ts';

const [a, b, c] = Array.from({ length: 3 }, () => randomBytes(32)) as [Buffer, Buffer, Buffer];
const base64 = (key: Buffer) => key.toString('base64');
beforeAll(() => expect(new Set([a, b, c].map(base64)).size).toBe(3));

/** What a process says that starts with these keys. */
async function start(url: string, key: Buffer, previous?: Buffer): Promise<unknown> {
  const config = readConfig({
    CROSSWALK_ENCRYPTION_KEY: base64(key),
    ...(previous && { CROSSWALK_PREVIOUS_ENCRYPTION_KEY: base64(previous) }),
  });
  const options = { config, databaseUrl: url, temporalAddress: temporalAddress(), publicUrl: 'http://x' };
  return openServices(options).then(
    (services) => services.close().then(() => 'started'),
    (error: unknown) => {
      if (error instanceof ConfigError) return error.message;
      throw error;
    },
  );
}
const wrong = expect.stringMatching(
  /CROSSWALK_ENCRYPTION_KEY[\s\S]*ENCRYPTION_KEY_WRONG[\s\S]*CROSSWALK_PREVIOUS_ENCRYPTION_KEY[\s\S]*keys rotate/,
);

async function storeWith(db: Database, key: Buffer, tenant: string): Promise<void> {
  await db.platform((tx) => tx.insertInto('tenants').values({ id: tenant, external_id: null, name: 'T' }).execute());
  const vault = createVault(localKeyEncryption(key));
  await db.tenant(tenant, (tx) => vault.put(tx, tenant, 'pendo.key', new Secret('x')));
}

test('a process with a wrong key does not start, whether or not the database holds a credential yet', async () => {
  await using fresh = await freshDatabase();
  expect(await start(fresh.url, a)).toBe('started');
  expect(await start(fresh.url, b)).toEqual(wrong);
  expect(await start(fresh.url, b, c)).toEqual(wrong);
  expect(await start(fresh.url, a)).toBe('started');
  expect(await start(fresh.url, b)).not.toContain(base64(a));
});

test('a database of the release before, which holds credentials and no check value, knows its key as well', async () => {
  await using fresh = await freshDatabase();
  const db = openDatabase({ url: fresh.url, maxConnections: 2 });
  await storeWith(db, a, 't_1');
  await db.close();
  expect(await start(fresh.url, b)).toEqual(wrong);
  expect(await start(fresh.url, a)).toBe('started');
});

test('where the key is lost, what nobody can open is erased as the runbook says, and another key starts', async () => {
  await using fresh = await freshDatabase();
  const db = openDatabase({ url: fresh.url, maxConnections: 2 });
  try {
    expect(await start(fresh.url, a)).toBe('started');
    await storeWith(db, a, 't_1');
    const runbook = readFileSync(path.resolve(import.meta.dirname, '../../docs/operating.md'), 'utf8');
    const [, statements = ''] = /(delete from secrets;[^`]*)`/.exec(runbook) ?? [];
    await sql.raw(statements).execute(db.owner);
    expect(await start(fresh.url, b)).toBe('started');
    expect(await start(fresh.url, a)).toEqual(wrong);
  } finally {
    await db.close();
  }
});

test('while keys are changed both are accepted together, and the one before is needed until all is sealed anew', async () => {
  await using fresh = await freshDatabase();
  const db = openDatabase({ url: fresh.url, maxConnections: 2 });
  try {
    expect(await start(fresh.url, a)).toBe('started');
    await storeWith(db, a, 't_1');
    expect(await start(fresh.url, b, a)).toBe('started');
    // Written with the new key already, so the old one alone does not do any more.
    await storeWith(db, b, 't_2');
    expect(await start(fresh.url, a)).toEqual(wrong);
    expect(await start(fresh.url, b)).toEqual(wrong);
    const env = { DATABASE_URL: fresh.url, CROSSWALK_ENCRYPTION_KEY: base64(b) };
    await expect(rotateCredentials(env)).rejects.toThrow(/does not open this database/);
    await rotateCredentials({ ...env, CROSSWALK_PREVIOUS_ENCRYPTION_KEY: base64(a) });
    expect(await start(fresh.url, b)).toBe('started');
    expect(await start(fresh.url, a)).toEqual(wrong);
    const entry = await db.platform((tx) =>
      tx.selectFrom('audit').select(['actor', 'after']).where('action', '=', 'encryption.rotated').executeTakeFirst(),
    );
    expect(entry).toMatchObject({ actor: 'cli', after: { tenants: 2, secrets: 2 } });
  } finally {
    await db.close();
  }
});
