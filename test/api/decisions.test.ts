/** What a person decides about a held run: with a reason, and, where the four-eyes rule is on, not about their own. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectOnPaper, type Harness, startHarness } from './harness.ts';

let api: Harness;
let admin: string;
beforeAll(async () => {
  api = await startHarness();
  admin = await api.key(['admin']);
});
afterAll(() => api[Symbol.asyncDispose]());

const config = { joinKey: { property: 'email' }, pull: [{ property: 'jobtitle' }], push: [{ metric: 'lastVisit' }] };

/** A tenant whose sync was configured and enabled by `by`. */
async function enabledTenant(by: string): Promise<string> {
  const tenant = (await api.call(admin, 'POST', '/v1/tenants', { name: 'Acme' })).body.id as string;
  await api.call(by, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, config);
  await connectOnPaper(api.db, tenant);
  await api.db.tenant(tenant, (tx) => tx.updateTable('syncs').set({ state: 'enabled' }).execute());
  return tenant;
}

async function heldRun(tenant: string, by: string): Promise<string> {
  const { id } = (await api.call(by, 'POST', `/v1/tenants/${tenant}/syncs/visitor/runs`, {})).body.run;
  const held = [{ leg: 'push', test: 'values', subject: 'lastVisit', message: 'too many', before: 1000, now: 10 }];
  const at = new Date(api.control.clock());
  await api.db.tenant(tenant, (tx) =>
    tx
      .updateTable('runs')
      .set({ state: 'held', held: JSON.stringify(held), as_of: at, settled_at: at })
      .where('id', '=', id)
      .execute(),
  );
  return id;
}

/** As the engine closes it. */
const closeWell = (tenant: string, id: string) =>
  api.db.tenant(tenant, (tx) => tx.updateTable('runs').set({ state: 'succeeded' }).where('id', '=', id).execute());

const fourEyes = (tenant: string, on = true) => api.call(admin, 'PATCH', `/v1/tenants/${tenant}`, { fourEyes: on });
const approve = (key: string, tenant: string, run: string, body: object = {}) =>
  api.call(key, 'POST', `/v1/tenants/${tenant}/runs/${run}/approve`, body);
const get = (key: string, tenant: string, run: string) => api.call(key, 'GET', `/v1/tenants/${tenant}/runs/${run}`);

async function trail(tenant: string, action: string): Promise<{ after: unknown }> {
  const { entries } = (await api.call(admin, 'GET', `/v1/audit?tenantId=${tenant}`)).body;
  return entries.find((entry: { action: string }) => entry.action === action);
}

test('a decision keeps its reason with the run and in the audit trail', async () => {
  const tenant = await enabledTenant(admin);
  const approved = await heldRun(tenant, admin);
  const reason = 'The old plan names were retired on purpose.';
  expect((await approve(admin, tenant, approved, { reason: `  ${reason} ` })).body.decision).toMatchObject({
    action: 'approved',
    by: expect.stringMatching(/^key:/),
    reason,
  });
  expect((await trail(tenant, 'run.approved')).after).toEqual({ approved: ['push'], reason });
  await closeWell(tenant, approved);

  const second = await heldRun(tenant, admin);
  const cancel = (body?: object) => api.call(admin, 'POST', `/v1/tenants/${tenant}/runs/${second}/cancel`, body);
  expect((await cancel({ reason: 'Pendo was down.' })).body).toMatchObject({
    state: 'cancelled',
    decision: { action: 'cancelled', reason: 'Pendo was down.' },
  });
  expect((await trail(tenant, 'run.cancelled')).after).toEqual({ reason: 'Pendo was down.' });
  expect((await get(admin, tenant, second)).body).toMatchObject({
    decision: { reason: 'Pendo was down.' },
    approval: null,
  });
});

test.each([
  ['nothing but spaces', '   '],
  ['too long', 'x'.repeat(501)],
])('a reason that is %s is refused, and nothing is decided', async (_what, reason) => {
  const tenant = await enabledTenant(admin);
  const run = await heldRun(tenant, admin);
  expect((await approve(admin, tenant, run, { reason })).status).toBe(422);
  const cancelled = await api.call(admin, 'POST', `/v1/tenants/${tenant}/runs/${run}/cancel`, { reason });
  expect(cancelled.status).toBe(422);
  expect((await get(admin, tenant, run)).body).toMatchObject({ state: 'held', decision: null });
});

test('a decision needs no reason, and a cancel no body', async () => {
  const tenant = await enabledTenant(admin);
  const run = await heldRun(tenant, admin);
  const cancelled = await api.call(admin, 'POST', `/v1/tenants/${tenant}/runs/${run}/cancel`);
  expect(cancelled.body).toMatchObject({ state: 'cancelled', decision: { action: 'cancelled', reason: null } });
});

test('a held run says where the line was, and which run the guard compared with', async () => {
  const tenant = await enabledTenant(admin);
  const first = await heldRun(tenant, admin);
  expect((await get(admin, tenant, first)).body.approval).toEqual({ fourEyes: false, refusal: null, baseline: null });
  await closeWell(tenant, first);
  const second = await heldRun(tenant, admin);
  const { held, approval } = (await get(admin, tenant, second)).body;
  // A tenth of a thousand values may be lost.
  expect(held[0]).toMatchObject({ before: 1000, now: 10, limit: 900 });
  expect(approval.baseline).toMatchObject({ run: first });
  const waiting = (await api.call(admin, 'GET', `/v1/attention?tenantId=${tenant}`)).body.items[0];
  expect(waiting.run.held[0].limit).toBe(900);
});

test('under the four-eyes rule, who started a run or changed its configuration does not approve it; another key does', async () => {
  const [author, starter, other] = [await api.key(['operate']), await api.key(['operate']), await api.key(['operate'])];
  const tenant = await enabledTenant(author);
  await fourEyes(tenant);
  const run = await heldRun(tenant, starter);
  for (const [key, why] of [
    [author, 'version 1 of its configuration'],
    [starter, 'your key started it'],
  ] as const) {
    const refused = await approve(key, tenant, run);
    expect([refused.status, refused.body.code]).toEqual([403, 'FOUR_EYES']);
    expect(refused.body.message).toContain(why);
    expect((await get(key, tenant, run)).body).toMatchObject({
      state: 'held',
      approval: { fourEyes: true, refusal: { code: 'FOUR_EYES', fix: expect.stringContaining('another key') } },
    });
  }
  expect((await get(other, tenant, run)).body.approval).toMatchObject({ fourEyes: true, refusal: null });
  expect((await approve(other, tenant, run)).body.state).toBe('queued');
});

test("a change that somebody else's change came after is still one's own, until a run with it has ended well", async () => {
  const [author, other, third] = [await api.key(['operate']), await api.key(['operate']), await api.key(['operate'])];
  const tenant = await enabledTenant(author);
  await fourEyes(tenant);
  const sync = `/v1/tenants/${tenant}/syncs/visitor`;
  await api.call(other, 'PUT', sync, { ...config, window: 30 });
  const first = await heldRun(tenant, third);
  for (const key of [author, other, third]) expect((await approve(key, tenant, first)).body.code).toBe('FOUR_EYES');
  await closeWell(tenant, first);
  const second = await heldRun(tenant, third);
  expect((await approve(author, tenant, second)).body.state).toBe('queued');
});

test('a session is its key: signing in does not make another pair of eyes', async () => {
  const author = await api.key(['operate']);
  const tenant = await enabledTenant(author);
  await fourEyes(tenant);
  const run = await heldRun(tenant, admin);
  const signedIn = await api.call(undefined, 'POST', '/v1/session', { key: author });
  const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!;
  const headers = { cookie, origin: 'http://crosswalk.test' };
  const refused = await api.call(undefined, 'POST', `/v1/tenants/${tenant}/runs/${run}/approve`, {}, headers);
  expect(refused.body.code).toBe('FOUR_EYES');
});

test('a second key is no second pair of eyes: one that the author made, one that made the author’s, nor a session of either', async () => {
  const root = await api.key(['admin']);
  const make = async (by: string): Promise<string> =>
    (await api.call(by, 'POST', '/v1/keys', { name: 'another', scopes: ['admin'] })).body.secret;
  const author = await make(root);
  const second = await make(author);
  const third = await make(second);
  const colleague = await make(root);
  const tenant = await enabledTenant(colleague);
  await fourEyes(tenant);
  const sync = `/v1/tenants/${tenant}/syncs/visitor`;
  await closeWell(tenant, await heldRun(tenant, colleague));
  const started = await heldRun(tenant, author);
  for (const [key, why] of [
    [second, 'the key that made yours started it'],
    [third, 'the key that made yours started it'],
    [root, 'a key that yours made started it'],
    [author, 'your key started it'],
  ] as const) {
    const refused = await approve(key, tenant, started);
    expect([refused.status, refused.body.code, refused.body.message]).toEqual([
      403,
      'FOUR_EYES',
      expect.stringContaining(why),
    ]);
    expect((await get(key, tenant, started)).body.approval.refusal).toMatchObject({ code: 'FOUR_EYES' });
  }
  const signedIn = await api.call(undefined, 'POST', '/v1/session', { key: third });
  const headers = { cookie: signedIn.headers.get('set-cookie')!.split(';')[0]!, origin: 'http://crosswalk.test' };
  const bySession = await api.call(undefined, 'POST', `/v1/tenants/${tenant}/runs/${started}/approve`, {}, headers);
  expect(bySession.body.code).toBe('FOUR_EYES');
  // Whoever hands out keys is kin to each of them; those who got them are not kin to each other.
  expect((await approve(colleague, tenant, started)).body.state).toBe('queued');
  await closeWell(tenant, started);
  await api.call(third, 'PUT', sync, { ...config, window: 30 });
  const changed = await heldRun(tenant, colleague);
  for (const key of [author, second, root]) expect((await approve(key, tenant, changed)).body.code).toBe('FOUR_EYES');
  expect((await approve(await api.key(['operate']), tenant, changed)).body.state).toBe('queued');
});

test('a key that was revoked is still the maker of those that it made', async () => {
  const author = await api.key(['admin']);
  const second = (await api.call(author, 'POST', '/v1/keys', { name: 'another', scopes: ['operate'] })).body.secret;
  const tenant = await enabledTenant(await api.key(['admin']));
  await fourEyes(tenant);
  const run = await heldRun(tenant, author);
  const { keys } = (await api.call(admin, 'GET', '/v1/keys')).body;
  const made = keys.find((key: { name: string }) => key.name === 'another');
  await api.call(admin, 'DELETE', `/v1/keys/${made.createdBy.replace('key:', '')}`);
  expect((await approve(second, tenant, run)).body.code).toBe('FOUR_EYES');
});

test('the rule is switched by an administrator, in the audit trail, and holds everywhere where the installation says so', async () => {
  const tenant = await enabledTenant(admin);
  const operator = await api.key(['operate'], tenant);
  expect((await api.call(operator, 'PATCH', `/v1/tenants/${tenant}`, { fourEyes: true })).body.code).toBe(
    'SCOPE_MISSING',
  );
  expect((await fourEyes(tenant)).body.fourEyes).toBe(true);
  expect((await trail(tenant, 'tenant.changed')).after).toMatchObject({ fourEyes: true });
  expect((await fourEyes(tenant, false)).body.fourEyes).toBe(false);
  const run = await heldRun(tenant, admin);
  api.control.fourEyes = true;
  expect((await approve(admin, tenant, run)).body.code).toBe('FOUR_EYES');
  api.control.fourEyes = undefined;
  expect((await approve(admin, tenant, run)).body.state).toBe('queued');
});
