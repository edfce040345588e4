/** No change without its line in the audit trail, and no line without its change. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { connectOnPaper, startHarness } from './harness.ts';

const config = { joinKey: { property: 'email' } };

test('who did what, before and after, in order; what changed nothing or was refused leaves no line', async () => {
  await using api = await startHarness();
  const admin = await api.key(['admin']);
  const tenant = (await api.call(admin, 'POST', '/v1/tenants', { name: 'Acme' })).body.id as string;
  const at = `/v1/tenants/${tenant}`;
  const call = (method: string, path: string, body?: unknown) => api.call(admin, method, `${at}${path}`, body);
  await call('PATCH', '', { name: 'Acme Ltd.' });
  await call('PATCH', '', { name: 'Acme Ltd.' });
  // In whichever order the members are sent, and PostgreSQL keeps them.
  await call('PATCH', '', { settings: { owner: 'Ann', id: 7 } });
  await call('PATCH', '', { settings: { owner: 'Ann', id: 7 } });
  await call('PATCH', '', { settings: { id: 7, owner: 'Ann' } });
  await call('PUT', '/syncs/visitor', config);
  await call('PUT', '/syncs/visitor', config);
  await call('PUT', '/syncs/visitor', { ...config, window: 5 });
  await connectOnPaper(api.db, tenant);
  await api.db.tenant(tenant, (tx) => tx.updateTable('syncs').set({ state: 'enabled' }).execute());
  await call('POST', '/syncs/visitor/runs', {});
  await call('POST', '/syncs/visitor/runs', {});
  await call('POST', '/syncs/visitor/pause');
  await call('POST', '/syncs/visitor/pause');
  await call('POST', '/syncs/visitor/resume');
  await call('POST', '/syncs/visitor/disable', {});
  await call('POST', '/pause');
  await call('POST', '/resume');

  const { entries } = (await api.call(admin, 'GET', `/v1/audit?tenantId=${tenant}`)).body;
  expect(entries.map((entry: { action: string }) => entry.action).reverse()).toEqual([
    'tenant.created',
    'tenant.changed',
    'tenant.changed',
    'sync.configured',
    'run.queued',
    'sync.paused',
    'sync.resumed',
    'sync.disabled',
    'tenant.paused',
    'tenant.resumed',
  ]);
  for (const entry of entries) {
    expect(entry).toMatchObject({
      tenantId: tenant,
      actor: expect.stringMatching(/^key:k_/),
      requestId: expect.any(String),
    });
  }
  const changed = entries.findLast((entry: { action: string }) => entry.action === 'tenant.changed');
  expect(changed).toMatchObject({ before: { name: 'Acme' }, after: { name: 'Acme Ltd.' } });
  const csv = await api.call(admin, 'GET', `/v1/audit.csv?tenantId=${tenant}`);
  // The header, and the export's own line.
  expect(csv.text.trimEnd().split('\r\n')).toHaveLength(entries.length + 2);
});

test('pages of the trail hold every line once', async () => {
  await using api = await startHarness();
  const admin = await api.key(['admin']);
  for (let n = 0; n < 7; n++) await api.call(admin, 'POST', '/v1/tenants', { name: `t${n}` });
  const all = (await api.call(admin, 'GET', '/v1/audit?limit=200')).body.entries.map((e: { id: string }) => e.id);
  const paged: string[] = [];
  for (let next: string | null = ''; next !== null; ) {
    const page = await api.call(admin, 'GET', `/v1/audit?limit=3${next ? `&before=${next}` : ''}`);
    paged.push(...page.body.entries.map((e: { id: string }) => e.id));
    next = page.body.next;
  }
  expect(paged).toEqual(all);
  expect(all.length).toBeGreaterThanOrEqual(8);
});

test('a change whose line cannot be written does not happen', async () => {
  await using api = await startHarness();
  const admin = await api.key(['admin']);
  const tenant = (await api.call(admin, 'POST', '/v1/tenants', { name: 'Acme' })).body.id as string;
  await api.call(admin, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, config);
  await api.call(admin, 'POST', `/v1/tenants/${tenant}/syncs/visitor/forget`, { key: 'was forgotten' });
  await sql`revoke insert on audit from crosswalk_app`.execute(api.db.owner);
  const asked = api.asked.length;
  const attempts: [string, string, unknown][] = [
    ['PATCH', '', { name: 'Other' }],
    ['PUT', '/syncs/visitor', { ...config, window: 30 }],
    ['POST', '/pause', undefined],
    ['POST', '/syncs/visitor/forget', { key: 'a' }],
    ['POST', '/syncs/visitor/readmit', { key: 'was forgotten' }],
    ['PUT', '/alerts/target', { url: 'https://example.com/' }],
    ['DELETE', `?confirm=${tenant}`, undefined],
  ];
  for (const [method, path, body] of attempts) {
    expect((await api.call(admin, method, `/v1/tenants/${tenant}${path}`, body)).status).toBe(500);
  }
  expect((await api.call(admin, 'GET', `/v1/tenants/${tenant}`)).body).toMatchObject({ name: 'Acme', state: 'active' });
  expect((await api.call(admin, 'GET', `/v1/tenants/${tenant}/syncs/visitor`)).body).toMatchObject({ version: 1 });
  expect((await api.call(admin, 'GET', `/v1/tenants/${tenant}/alerts/target`)).status).toBe(404);
  expect(api.asked).toHaveLength(asked);
});
