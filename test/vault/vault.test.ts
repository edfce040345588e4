/** Credentials at rest: they open for their tenant and name under the right key, and for nothing else. */
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/db/index.ts';
import { SealBroken, seal, unseal } from '../../src/vault/envelope.ts';
import { createVault, ensureSuppression, localKeyEncryption, openSuppression, Secret } from '../../src/vault/index.ts';
import { type FreshDatabase, freshDatabase } from '../setup/database.ts';

let fresh: FreshDatabase;
let db: Database;
beforeAll(async () => {
  fresh = await freshDatabase();
  db = openDatabase({ url: fresh.url });
});
afterAll(async () => {
  await db.close();
  await fresh.drop();
});

let tenants = 0;
async function newTenant(): Promise<string> {
  const id = `v${tenants++}`;
  await db.platform((tx) => tx.insertInto('tenants').values({ id, external_id: null, name: id }).execute());
  return id;
}
const newVault = () => createVault(localKeyEncryption(randomBytes(32)));

test('a sealed value opens with its key and context only, and no changed byte goes unseen', () => {
  const key = randomBytes(32);
  const sealed = seal(key, Buffer.from('secret'), ['tenant', 'name']);
  expect(unseal(key, sealed, ['tenant', 'name']).toString()).toBe('secret');
  expect(() => unseal(randomBytes(32), sealed, ['tenant', 'name'])).toThrow(SealBroken);
  for (const context of [['tenant', 'other'], ['tenantn', 'ame'], ['name', 'tenant'], []]) {
    expect(() => unseal(key, sealed, context)).toThrow(SealBroken);
  }
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed[at]! ^= 1;
    expect(() => unseal(key, changed, ['tenant', 'name'])).toThrow(SealBroken);
  }
  for (let length = 0; length < sealed.length; length++) {
    expect(() => unseal(key, sealed.subarray(0, length), ['tenant', 'name'])).toThrow(SealBroken);
  }
  expect(seal(key, Buffer.from('secret'), []).equals(seal(key, Buffer.from('secret'), []))).toBe(false);
});

test("a secret comes back as it went in, and its tenant's data key is its own", async () => {
  const vault = newVault();
  const [one, other] = [await newTenant(), await newTenant()];
  for (const tenant of [one, other])
    await db.tenant(tenant, (tx) => vault.put(tx, tenant, 'a', new Secret(`of ${tenant} 🔑`)));
  expect((await db.tenant(one, (tx) => vault.get(tx, one, 'a')))?.reveal()).toBe(`of ${one} 🔑`);
  expect(await db.tenant(one, (tx) => vault.get(tx, one, 'b'))).toBeUndefined();
  const rows = await db.platform((tx) =>
    tx.selectFrom('secrets').select('key_id').where('tenant_id', 'in', [one, other]).execute(),
  );
  expect(new Set(rows.map((row) => row.key_id)).size).toBe(2);
});

test('a row that is copied to another name or another tenant does not open', async () => {
  const vault = newVault();
  const [one, other] = [await newTenant(), await newTenant()];
  await db.tenant(one, (tx) => vault.put(tx, one, 'a', new Secret('mine')));
  await db.tenant(other, (tx) => vault.put(tx, other, 'a', new Secret('theirs')));
  await db.owner
    .insertInto('secrets')
    .columns(['tenant_id', 'name', 'key_id', 'sealed'])
    .expression((e) =>
      e
        .selectFrom('secrets')
        .select(['tenant_id', e.val('b').as('name'), 'key_id', 'sealed'])
        .where('tenant_id', '=', one),
    )
    .execute();
  await expect(db.tenant(one, (tx) => vault.get(tx, one, 'b'))).rejects.toThrow(SealBroken);
  const mine = await db.owner
    .selectFrom('secrets')
    .selectAll()
    .where('tenant_id', '=', one)
    .where('name', '=', 'a')
    .executeTakeFirstOrThrow();
  await db.owner.updateTable('secrets').set({ sealed: mine.sealed }).where('tenant_id', '=', other).execute();
  await expect(db.tenant(other, (tx) => vault.get(tx, other, 'a'))).rejects.toThrow(SealBroken);
});

test('nothing stored holds a secret in the clear, and nothing opens under another key', async () => {
  const canary = 'canary-5f1c9e-secret';
  const tenant = await newTenant();
  await db.tenant(tenant, (tx) => newVault().put(tx, tenant, 'a', new Secret(canary)));
  const rows = await db.owner.selectFrom('secrets').selectAll().where('tenant_id', '=', tenant).execute();
  expect(rows.map((row) => row.sealed.toString('latin1')).join()).not.toContain(canary);
  await expect(db.tenant(tenant, (tx) => newVault().get(tx, tenant, 'a'))).rejects.toThrow(SealBroken);
});

test('a secret prints as nothing wherever it is printed', () => {
  const secret = new Secret('canary');
  for (const text of [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }),
    inspect(secret, { showHidden: true }),
  ]) {
    expect(text).not.toContain('canary');
  }
});

test('rotation under load: every read finds its secret, no write is lost, and the old key is not needed after it', async () => {
  const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
  const before = createVault(localKeyEncryption(oldKey));
  const during = createVault(localKeyEncryption(newKey, oldKey));
  const tenant = await newTenant();
  const names = ['a', 'b', 'c'];
  const latest = new Map<string, string>();
  for (const name of names) {
    latest.set(name, `${name} 0`);
    await db.tenant(tenant, (tx) => before.put(tx, tenant, name, new Secret(`${name} 0`)));
  }
  let going = true;
  let reads = 0;
  const reader = async () => {
    while (going) {
      for (const name of names) {
        const secret = await db.tenant(tenant, (tx) => during.get(tx, tenant, name));
        expect(secret?.reveal().startsWith(`${name} `)).toBe(true);
        reads += 1;
      }
    }
  };
  const writer = async (name: string) => {
    for (let n = 1; going; n++) {
      await db.tenant(tenant, (tx) => during.put(tx, tenant, name, new Secret(`${name} ${n}`)));
      latest.set(name, `${name} ${n}`);
    }
  };
  const load = [reader(), reader(), writer('a'), writer('b')];
  for (let round = 0; round < 10; round++) await db.tenant(tenant, (tx) => during.rotate(tx, tenant));
  going = false;
  await Promise.all(load);
  expect(await db.tenant(tenant, (tx) => during.rotate(tx, tenant))).toBe(3);
  expect(reads).toBeGreaterThan(10);
  const after = createVault(localKeyEncryption(newKey));
  for (const name of names) {
    expect((await db.tenant(tenant, (tx) => after.get(tx, tenant, name)))?.reveal()).toBe(latest.get(name));
  }
  const keys = await db.tenant(tenant, (tx) => tx.selectFrom('data_keys').selectAll().execute());
  expect(keys).toHaveLength(1);
});

test('first secrets of a tenant written at once share one data key', async () => {
  const vault = newVault();
  const tenant = await newTenant();
  await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      db.tenant(tenant, (tx) => vault.put(tx, tenant, `n${n}`, new Secret(String(n)))),
    ),
  );
  expect(await db.tenant(tenant, (tx) => tx.selectFrom('data_keys').select('id').execute())).toHaveLength(1);
  for (let n = 0; n < 8; n++) {
    expect((await db.tenant(tenant, (tx) => vault.get(tx, tenant, `n${n}`)))?.reveal()).toBe(String(n));
  }
});

test('the hash of a forgotten name stays the same through a rotation, and differs between tenants', async () => {
  const vault = newVault();
  const [one, other] = [await newTenant(), await newTenant()];
  expect(await db.tenant(one, (tx) => openSuppression(tx, vault, one))).toBeUndefined();
  const hash = await db.tenant(one, (tx) => ensureSuppression(tx, vault, one));
  const first = hash('key:ann@example.com');
  await db.tenant(one, (tx) => vault.rotate(tx, one));
  const again = await db.tenant(one, (tx) => openSuppression(tx, vault, one));
  expect(again?.('key:ann@example.com').equals(first)).toBe(true);
  const theirs = await db.tenant(other, (tx) => ensureSuppression(tx, vault, other));
  expect(theirs('key:ann@example.com').equals(first)).toBe(false);
});
