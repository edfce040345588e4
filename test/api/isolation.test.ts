/** No key reaches beyond its tenant or its scope: every operation of the document, two tenants, every scope. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemCaller } from '../../src/control/caller.ts';
import { createApiKey } from '../../src/control/keys/api-keys.ts';
import type { Scope } from '../../src/db/schema-control.ts';
import { type MailServer, startMailServer } from '../setup/mail-server.ts';
import { connectOnPaper, type Harness, startHarness } from './harness.ts';
import { addressOf, bodyOf, type Ids, listOperations, type Operation, parametersOf } from './operations.ts';

const scopes: Scope[] = ['read', 'operate', 'admin'];
const config = { joinKey: { property: 'email' }, push: [{ metric: 'lastVisit' }] };

let api: Harness;
let mail: MailServer;
let operations: Operation[];
let mine: Ids;
let theirs: Ids;
const keys: Record<Scope, string> = { read: '', operate: '', admin: '' };

beforeAll(async () => {
  mail = await startMailServer();
  api = await startHarness({ smtpUrl: mail.url });
  operations = await listOperations(api);
  const platform = await api.key(['admin']);
  const furnish = async (name: string): Promise<Ids> => {
    const tenant = (await api.call(platform, 'POST', '/v1/tenants', { name })).body.id as string;
    await api.call(platform, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, config);
    await connectOnPaper(api.db, tenant);
    await api.db.tenant(tenant, (tx) => tx.updateTable('syncs').set({ state: 'enabled' }).execute());
    const started = await api.call(platform, 'POST', `/v1/tenants/${tenant}/syncs/visitor/runs`, {});
    const key = await api.call(platform, 'POST', '/v1/keys', { name, scopes: ['read'], tenantId: tenant });
    const session = await api.call(undefined, 'POST', '/v1/session', { key: key.body.secret });
    const asked = { email: `ops@${name}.example` };
    const recipient = (await api.call(platform, 'POST', `/v1/tenants/${tenant}/alerts/recipients`, asked)).body;
    return {
      tenant,
      tenantId: tenant,
      chain: tenant,
      object: 'visitor',
      run: started.body.run.id,
      key: key.body.key.id,
      session: session.body.session,
      recipient: recipient.id,
    };
  };
  mine = await furnish('mine');
  theirs = await furnish('theirs');
  for (const scope of scopes) keys[scope] = await api.key([scope], mine.tenant);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await mail[Symbol.asyncDispose]();
});

/** Everything of the other tenant, in whichever table, to see that nothing of it moves. */
async function snapshot(tenant: string): Promise<string> {
  const { pool } = api.db;
  const { rows: tables } = await pool.query<{ name: string }>(
    `select table_name as name from information_schema.columns where table_schema = 'public'
     and column_name = 'tenant_id' order by 1`,
  );
  expect(tables.length).toBeGreaterThan(20);
  const parts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await pool.query<{ row: string }>(
      `select to_jsonb(t)::text as row from ${name} t where tenant_id = $1 order by 1`,
      [tenant],
    );
    parts.push(...rows.map(({ row }) => `${name}: ${row}`));
  }
  const own = await pool.query<{ row: string }>('select to_jsonb(t)::text as row from tenants t where id = $1', [
    tenant,
  ]);
  return [...parts, ...own.rows.map(({ row }) => row)].join('\n');
}

/** Parts of addresses that are no things of a tenant, and those that are: a new kind has to be given ids above. */
const words = ['tenant', 'vendor', 'kind', 'object'];
/** Numbered for each sync anew, and ids of the vendors: those of one tenant mean nothing in another. */
const withinTenant = ['version', 'id'];
const things = ['run', 'key', 'session', 'recipient'];

test('the sweep sees the operations that there are, and every kind of thing that an address can name', () => {
  expect(operations.filter(({ ofTenant }) => ofTenant).length).toBeGreaterThan(40);
  for (const operation of operations) {
    expect(operation.id).toBeTruthy();
    for (const { name, in: place } of parametersOf(operation)) {
      if (place === 'path') expect([...words, ...withinTenant, ...things], operation.id).toContain(name);
      if (/tenant|chain/i.test(name)) expect(['tenant', 'tenantId', 'chain'], operation.id).toContain(name);
    }
  }
  for (const ids of [mine, theirs]) for (const thing of things) expect(ids[thing], thing).toMatch(/\w+/);
});

test('every address that the server answers to is in the document, but for the document itself and its pages', () => {
  const known = operations.map(({ method, path }) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`);
  const served = api.app.routes.filter(({ method, path }) => method !== 'ALL' && !path.endsWith('*'));
  const others = new Set(served.map(({ method, path }) => `${method} ${path}`).filter((one) => !known.includes(one)));
  expect([...others].sort()).toEqual([
    'GET /docs',
    'GET /docs/',
    'GET /docs/:asset',
    'GET /docs/start.js',
    'GET /openapi.json',
  ]);
});

test('without a key, or with one that is none, every operation behind a key answers 401', async () => {
  for (const operation of operations.filter(({ scope }) => scope !== undefined)) {
    for (const key of [undefined, 'cwk_wrong', 'x'.repeat(500)]) {
      const answer = await api.call(key, operation.method, addressOf(operation, mine), bodyOf(operation));
      expect([operation.id, answer.status, answer.body.code]).toEqual([operation.id, 401, 'UNAUTHENTICATED']);
    }
  }
});

describe.each(scopes)('a key with the scope %s', (scope) => {
  test('is told the same about a tenant of somebody else as about one that does not exist', async () => {
    const before = await snapshot(theirs.tenant!);
    for (const operation of operations.filter(({ ofTenant }) => ofTenant)) {
      const ask = (ids: Ids) => api.call(keys[scope], operation.method, addressOf(operation, ids), bodyOf(operation));
      const there = await ask(theirs);
      const nowhere = await ask({ ...theirs, tenant: 't_doesnotexist', tenantId: 't_doesnotexist' });
      expect([operation.id, there.status]).toEqual([operation.id, 404]);
      const same = ({ code, message, fix, fields }: Record<string, unknown>) => ({ code, message, fix, fields });
      expect(same(there.body)).toEqual(same(nowhere.body));
    }
    expect(await snapshot(theirs.tenant!)).toBe(before);
  });

  test('is told the same about a thing of somebody else, within its own tenant, as about one that does not exist', async () => {
    const before = await snapshot(theirs.tenant!);
    const none: Ids = { run: '999999999', key: 'k_none', session: 's_none', recipient: 'rc_none' };
    const named = operations.filter(({ path }) => things.some((thing) => path.includes(`{${thing}}`)));
    expect(named.length).toBeGreaterThan(6);
    for (const operation of named) {
      const ask = (ids: Ids) => api.call(keys[scope], operation.method, addressOf(operation, ids), bodyOf(operation));
      const there = await ask({ ...mine, ...Object.fromEntries(things.map((thing) => [thing, theirs[thing]!])) });
      const nowhere = await ask({ ...mine, ...none });
      expect([operation.id, there.status]).toEqual([operation.id, nowhere.status]);
      expect([403, 404]).toContain(there.status);
      expect(there.body.message).toBe(nowhere.body.message);
    }
    expect(await snapshot(theirs.tenant!)).toBe(before);
  });

  test('is told the same about a tenant that it asks for in the query, and nothing of it by any other operation', async () => {
    const queried = operations.filter(({ ofTenant }) => !ofTenant);
    let asked = 0;
    for (const operation of queried) {
      if (operation.scope === undefined) continue;
      for (const { name } of parametersOf(operation).filter(({ name: one }) => one === 'tenantId' || one === 'chain')) {
        asked += 1;
        const ask = (tenant: string) => {
          const at = addressOf(operation, mine);
          const query = `${at.includes('?') ? '&' : '?'}${name}=${tenant}`;
          return api.call(keys[scope], operation.method, at + query, bodyOf(operation));
        };
        const [there, nowhere] = [await ask(theirs.tenant!), await ask('t_doesnotexist')];
        expect([operation.id, there.status]).toEqual([operation.id, 404]);
        expect([operation.id, nowhere.status, nowhere.body.message]).toEqual([operation.id, 404, there.body.message]);
      }
      if (operation.method !== 'GET') continue;
      const all = await api.call(keys[scope], 'GET', addressOf(operation, mine));
      expect([operation.id, all.text.includes(theirs.tenant!)]).toEqual([operation.id, false]);
    }
    expect(asked).toBeGreaterThan(5);
  });

  test('does what its scope allows and nothing more', async () => {
    const rank = (of: string) => scopes.indexOf(of as Scope);
    // What ends the tenant's own things comes last, so that it does not make the others answer 404.
    const ending = ['deleteTenant', 'revokeKey'];
    for (const operation of operations.filter(({ ofTenant, id }) => ofTenant && !ending.includes(id))) {
      const answer = await api.call(keys[scope], operation.method, addressOf(operation, mine), bodyOf(operation));
      const code = answer.body?.code;
      if (rank(operation.scope!) > rank(scope)) expect([operation.id, code]).toEqual([operation.id, 'SCOPE_MISSING']);
      else expect([operation.id, code]).not.toEqual([operation.id, 'SCOPE_MISSING']);
      expect(answer.status).not.toBe(401);
    }
    for (const operation of operations.filter(({ id }) => ending.includes(id))) {
      if (scope === 'admin') continue;
      const answer = await api.call(keys[scope], operation.method, addressOf(operation, mine), bodyOf(operation));
      expect([operation.id, answer.body.code]).toEqual([operation.id, 'SCOPE_MISSING']);
    }
  });

  test('bound to a tenant, sees nothing of the installation', async () => {
    const tenants = await api.call(keys[scope], 'GET', '/v1/tenants');
    expect(tenants.body.tenants.map((tenant: { id: string }) => tenant.id)).toEqual([mine.tenant]);
    const made = await api.call(keys[scope], 'POST', '/v1/tenants', { name: 'more' });
    expect([made.status, made.body.code]).toEqual([403, 'KEY_BOUND_TO_TENANT']);
    const key = await api.call(keys[scope], 'POST', '/v1/keys', { name: 'wide', scopes: ['admin'] });
    expect([key.status, key.body.code]).toEqual([403, 'KEY_BOUND_TO_TENANT']);
    const foreign = await api.call(keys[scope], 'POST', '/v1/keys', {
      name: 'x',
      scopes: ['read'],
      tenantId: theirs.tenant,
    });
    expect(foreign.status).toBe(404);
    expect((await api.call(keys[scope], 'GET', '/v1/metrics')).body.code).toBe('KEY_BOUND_TO_TENANT');
    for (const path of ['/v1/keys', '/v1/audit']) {
      const own = await api.call(keys[scope], 'GET', path);
      if (scope !== 'admin') expect(own.body.code).toBe('SCOPE_MISSING');
      else expect(own.text).not.toContain(theirs.tenant);
      expect((await api.call(keys[scope], 'GET', `${path}?tenantId=${theirs.tenant}`)).status).toBe(404);
    }
  });
});

interface CallerKind {
  what: string;
  key?: string;
  headers?: Record<string, string>;
}

/** What a browser sends that is signed in with a key. */
async function sessionOf(key: string): Promise<Record<string, string>> {
  const answer = await api.call(undefined, 'POST', '/v1/session', { key });
  expect(answer.status).toBe(201);
  return { cookie: answer.headers.get('set-cookie')!.split(';')[0]!, origin: 'http://crosswalk.test' };
}

const ask = ({ key, headers }: CallerKind, operation: Operation, ids: Ids) =>
  api.call(key, operation.method, addressOf(operation, ids), bodyOf(operation), headers);

test('whoever may not come in at all is told so by every operation alike, by key and by session, and moves nothing', async () => {
  const platform = await api.key(['admin']);
  const make = async (more: object) =>
    (await api.call(platform, 'POST', '/v1/keys', { name: 'x', scopes: ['admin'], ...more })).body;
  const ended = await make({});
  const expiring = await make({ expiresAt: new Date(api.control.clock() + 60_000).toISOString() });
  const elsewhere = await make({ networks: ['203.0.113.0/24'] });
  const sessions = [await sessionOf(ended.secret), await sessionOf(expiring.secret)];
  await api.call(platform, 'DELETE', `/v1/keys/${ended.key.id}`);
  api.pass(61_000);
  const kinds: CallerKind[] = [
    { what: 'a revoked key', key: ended.secret },
    { what: 'an expired key', key: expiring.secret },
    { what: 'a session of a revoked key', headers: sessions[0]! },
    { what: 'a session of an expired key', headers: sessions[1]! },
    { what: 'a session that never was', headers: { cookie: 'crosswalk=nothing', origin: 'http://crosswalk.test' } },
    { what: 'a key of another scheme', headers: { authorization: `Basic ${platform}` } },
    { what: 'a key in another network', key: elsewhere.secret },
  ];
  // A new minute: what the tests before were counted for is written with the first event in it.
  await api.call('cwk_wrong', 'GET', '/v1/tenants');
  const before = [await snapshot(mine.tenant!), await snapshot(theirs.tenant!)];
  for (const operation of operations.filter(({ scope }) => scope !== undefined)) {
    for (const kind of kinds) {
      const { status, body } = await ask(kind, operation, mine);
      const code = kind.headers?.cookie ? 'SIGNED_OUT' : 'UNAUTHENTICATED';
      const expected = kind.key === elsewhere.secret ? [403, 'ADDRESS_NOT_ALLOWED'] : [401, code];
      expect([operation.id, kind.what, status, body.code]).toEqual([operation.id, kind.what, ...expected]);
    }
  }
  expect([await snapshot(mine.tenant!), await snapshot(theirs.tenant!)]).toEqual(before);
});

test('a session may what its key may, with every operation: nothing of another tenant, nothing beyond its scope', async () => {
  const tenant = (await api.call(await api.key(['admin']), 'POST', '/v1/tenants', { name: 'other' })).body.id as string;
  const rank = (of: string) => scopes.indexOf(of as Scope);
  const before = await snapshot(theirs.tenant!);
  for (const scope of scopes) {
    const { secret } = await createApiKey(api.control, systemCaller('cli'), {
      name: 'x',
      scopes: [scope],
      tenantId: tenant,
    });
    const headers = await sessionOf(secret.reveal());
    // What ends the session itself, or the tenant, is asked for last.
    const ending = ['endOwnSession', 'deleteTenant'];
    const ordered = operations.filter(({ id, scope: needed }) => needed !== undefined && !ending.includes(id));
    for (const operation of ordered) {
      const foreign = await ask({ what: scope, headers }, operation, theirs);
      if (operation.ofTenant) expect([operation.id, foreign.status]).toEqual([operation.id, 404]);
      expect([operation.id, foreign.text.includes(theirs.tenant!)]).toEqual([operation.id, false]);
      if (!operation.ofTenant || rank(operation.scope!) <= rank(scope)) continue;
      const own = await ask({ what: scope, headers }, operation, { ...mine, tenant });
      expect([operation.id, own.body.code]).toEqual([operation.id, 'SCOPE_MISSING']);
    }
    const remove = operations.find(({ id }) => id === 'deleteTenant')!;
    expect((await ask({ what: scope, headers }, remove, theirs)).status).toBe(404);
  }
  expect(await snapshot(theirs.tenant!)).toBe(before);
});

test('a key stops at its expiry and at its revocation, and its use is noted', async () => {
  const admin = await api.key(['admin']);
  const expiresAt = new Date(api.control.clock() + 60_000).toISOString();
  const made = await api.call(admin, 'POST', '/v1/keys', {
    name: 'short',
    scopes: ['read'],
    tenantId: mine.tenant,
    expiresAt,
  });
  const use = () => api.call(made.body.secret, 'GET', `/v1/tenants/${mine.tenant}`);
  expect((await use()).status).toBe(200);
  api.pass(61_000);
  expect((await use()).status).toBe(401);

  const second = await api.call(admin, 'POST', '/v1/keys', {
    name: 'revoked',
    scopes: ['read'],
    tenantId: mine.tenant,
  });
  const useSecond = () => api.call(second.body.secret, 'GET', `/v1/tenants/${mine.tenant}`);
  expect((await useSecond()).status).toBe(200);
  expect((await api.call(admin, 'DELETE', `/v1/keys/${second.body.key.id}`)).status).toBe(204);
  expect((await useSecond()).status).toBe(401);
  const listed = await api.call(admin, 'GET', `/v1/keys?tenantId=${mine.tenant}`);
  const row = listed.body.keys.find((key: { id: string }) => key.id === second.body.key.id);
  expect(row).toMatchObject({ lastUsedAt: expect.any(String), revokedAt: expect.any(String) });
});

test('a key is stored as a hash only', async () => {
  const secret = await api.key(['read']);
  const rows = await api.db.platform((tx) => tx.selectFrom('api_keys').selectAll().execute());
  const dump = JSON.stringify(rows) + rows.map((row) => row.hash.toString('latin1')).join();
  expect(dump).not.toContain(secret);
  expect(dump).not.toContain(secret.slice(12));
});
