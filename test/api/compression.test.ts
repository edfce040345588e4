/** What is read comes compressed; what may hold a secret never does. */
import { gunzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { systemCaller } from '../../src/control/caller.ts';
import { queueRun } from '../../src/control/runs/start.ts';
import { connectOnPaper, startHarness } from './harness.ts';

test('a list comes compressed to whoever takes gzip, and means the same to whoever does not', async () => {
  await using api = await startHarness();
  const admin = await api.key(['admin']);
  for (let n = 0; n < 20; n++) await api.call(admin, 'POST', '/v1/tenants', { name: `Customer ${n}` });
  const get = (encodings: string) =>
    api.app.request('/v1/tenants', { headers: { authorization: `Bearer ${admin}`, 'accept-encoding': encodings } });
  const plain = await get('identity');
  const text = await plain.text();
  expect([plain.headers.get('content-encoding'), plain.headers.get('vary')]).toEqual([null, 'Accept-Encoding']);
  const small = await get('gzip, deflate, br');
  expect(small.headers.get('content-encoding')).toBe('gzip');
  expect(small.headers.get('cache-control')).toBe('no-store');
  const bytes = Buffer.from(await small.arrayBuffer());
  expect(gunzipSync(bytes).toString()).toBe(text);
  expect(bytes.length).toBeLessThan(text.length / 3);
});

test('the answer to a change, which may hold a secret, is never compressed', async () => {
  await using api = await startHarness();
  const admin = await api.key(['admin']);
  const made = await api.call(
    admin,
    'POST',
    '/v1/keys',
    { name: 'x'.repeat(80), scopes: ['read'] },
    { 'accept-encoding': 'gzip' },
  );
  expect(made.status).toBe(201);
  expect(made.headers.get('content-encoding')).toBeNull();
  expect(made.body.secret).toMatch(/^cwk_/);
});

test('a run that goes on is asked for each second by every open tab: its answer is not compressed, a closed one is', async () => {
  await using api = await startHarness();
  const admin = await api.key(['admin']);
  const { id } = (await api.call(admin, 'POST', '/v1/tenants', { name: 'Acme' })).body;
  await connectOnPaper(api.db, id);
  await api.call(admin, 'PUT', `/v1/tenants/${id}/syncs/visitor`, {
    joinKey: { property: 'email' },
    pull: [{ property: 'city' }],
  });
  const { run } = await queueRun(api.control, systemCaller('cli'), {
    tenantId: id,
    object: 'visitor',
    trigger: 'manual',
    dryRun: true,
  });
  const encoding = async () => {
    const headers = { authorization: `Bearer ${admin}`, 'accept-encoding': 'gzip' };
    const reply = await api.app.request(`/v1/tenants/${id}/runs/${run.id}`, { headers });
    expect(reply.status).toBe(200);
    return [reply.headers.get('content-encoding'), reply.headers.get('cache-control')];
  };
  expect(await encoding()).toEqual([null, 'no-store, no-transform']);
  await sql`update runs set state = 'cancelled', closed_at = now() where id = ${run.id}`.execute(api.db.owner);
  expect(await encoding()).toEqual(['gzip', 'no-store']);
});
