/** What was erased leaves a proof that names nobody, and a tenant keeps things no longer than it wants. */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pruneAudit } from '../../src/control/audit/prune.ts';
import { pruneDisabled } from '../../src/control/evidence/disabled-retention.ts';
import { pruneEvidence } from '../../src/control/evidence/retention.ts';
import { mergeHubSpotPage, mergePendoPage } from '../../src/db/mirror/merge-page.ts';
import { crosswalkOf } from '../cli/crosswalk.ts';
import { aRow } from '../db/a-run.ts';
import { connectOnPaper, type Harness, startHarness } from './harness.ts';

let api: Harness;
let admin: string;
let adminId: string;
beforeAll(async () => {
  api = await startHarness();
  const first = await api.key(['admin']);
  const made = await api.call(first, 'POST', '/v1/keys', { name: 'admin', scopes: ['admin'] });
  admin = made.body.secret;
  adminId = made.body.key.id;
});
afterAll(() => api[Symbol.asyncDispose]());

const crosswalk = crosswalkOf(() => ({ harness: api, key: admin }));

async function aTenant(): Promise<{ tenant: string; at: string; run: string }> {
  const tenant = (await api.call(admin, 'POST', '/v1/tenants', { name: 'Acme Secret GmbH' })).body.id as string;
  const at = `/v1/tenants/${tenant}`;
  await api.call(admin, 'PUT', `${at}/syncs/visitor`, { joinKey: { property: 'email' } });
  await connectOnPaper(api.db, tenant);
  await api.db.tenant(tenant, (tx) => tx.updateTable('syncs').set({ state: 'enabled' }).execute());
  const run = (await api.call(admin, 'POST', `${at}/syncs/visitor/runs`, {})).body.run.id as string;
  await api.db.tenant(tenant, async (tx) => {
    const scope = { tenantId: tenant, object: 'visitor', runId: run } as const;
    await mergeHubSpotPage(tx, scope, [aRow('1', { jobtitle: 'Lead' }), aRow('2', {})]);
    await mergePendoPage(tx, scope, [aRow('ann@example.com', { days: '3' }), aRow('bob@example.com', {})]);
    await sql`insert into outcomes (tenant_id, object, leg, giver_id, run_id, outcome)
              values (${tenant}, 'visitor', 'push', 'ann@example.com', ${run}::bigint, 'written')`.execute(tx);
    await sql`update runs set state = 'succeeded', closed_at = now() where id = ${run}::bigint`.execute(tx);
  });
  return { tenant, at, run };
}

const erasures = async (tenant: string, key = admin) =>
  (await api.call(key, 'GET', `/v1/erasures?tenantId=${tenant}`)).body.erasures;

test('forgetting somebody leaves a proof: what, when, by whom, how many rows, and no name', async () => {
  const { tenant, at } = await aTenant();
  const forgotten = await api.call(admin, 'POST', `${at}/syncs/visitor/forget`, { pendoId: 'ann@example.com' });
  const [proof, ...others] = await erasures(tenant);
  expect(others).toEqual([]);
  expect(proof).toMatchObject({
    id: forgotten.body.erasure,
    kind: 'person',
    object: 'visitor',
    actor: `key:${adminId}`,
  });
  expect(proof.counts).toMatchObject({ pendo_records: 1, outcomes: 1 });
  expect(Object.values<number>(proof.counts).reduce((sum, rows) => sum + rows, 0)).toBe(forgotten.body.erased);
  expect(Math.abs(Date.parse(proof.at) - Date.now())).toBeLessThan(60_000);
  const { entries } = (await api.call(admin, 'GET', `/v1/audit?tenantId=${tenant}`)).body;
  const entry = entries.find(({ id }: { id: string }) => id === proof.auditEntry);
  expect(entry).toMatchObject({ action: 'person.forgotten', after: proof.counts });
  // Somebody of whom nothing was here is a proof of that.
  await api.call(admin, 'POST', `${at}/syncs/visitor/forget`, { key: 'carol@example.com' });
  expect(await erasures(tenant)).toMatchObject([{ counts: {} }, { counts: {} }]);
  const { rows } = await sql<{ row: string }>`
    select to_jsonb(e)::text as row from erasures e union all select to_jsonb(a)::text from audit a`.execute(
    api.db.owner,
  );
  for (const name of ['ann@', 'carol']) expect(rows.map(({ row }) => row).join()).not.toContain(name);
});

test('values of a sync that are erased, and a tenant that is deleted, leave proofs that outlive the tenant', async () => {
  const { tenant, at } = await aTenant();
  const key = await api.key(['admin'], tenant);
  await api.call(key, 'POST', `${at}/syncs/visitor/disable`, { eraseValues: true });
  expect(await erasures(tenant, key)).toMatchObject([
    { kind: 'sync', object: 'visitor', counts: { hubspot_records: 2, pendo_records: 2, outcomes: 1 } },
  ]);
  await api.call(admin, 'DELETE', `${at}?confirm=${tenant}`);
  expect((await api.call(key, 'GET', '/v1/erasures')).status).toBe(401);
  const proofs = await erasures(tenant);
  expect(proofs).toMatchObject([
    { kind: 'tenant', object: null, actor: `key:${adminId}`, counts: { connections: 2 } },
    { kind: 'sync' },
  ]);
  expect(JSON.stringify(proofs)).not.toContain('Acme');
  const shown = await crosswalk(['erasures', '--tenant', tenant]);
  expect(shown).toMatchObject({ code: 0, error: '', out: expect.stringContaining('connections 2') });
  expect((await crosswalk(['audit', 'verify', '--tenant', tenant])).code).toBe(0);
  // Of another tenant nobody sees any.
  const stranger = await api.key(['admin'], (await aTenant()).tenant);
  expect((await api.call(stranger, 'GET', `/v1/erasures?tenantId=${tenant}`)).status).toBe(404);
  expect((await api.call(stranger, 'GET', '/v1/erasures')).body.erasures).toEqual([]);
});

test('a tenant keeps things for less time than the deployment does, and never for more', async () => {
  await using bounded = await startHarness();
  Object.assign(bounded.control, { retention: { auditDays: 400, evidenceDays: 180, disabledDays: 90 } });
  const key = await bounded.key(['admin']);
  const { id } = (await bounded.call(key, 'POST', '/v1/tenants', { name: 'T' })).body;
  const set = (retention: object) => bounded.call(key, 'PATCH', `/v1/tenants/${id}`, { retention });
  const kept = await set({ auditDays: 60, evidenceDays: 30 });
  expect(kept.body.retention).toEqual({ auditDays: 60, evidenceDays: 30, disabledDays: null });
  expect((await set({ auditDays: null, disabledDays: 90 })).body.retention).toEqual({
    auditDays: null,
    evidenceDays: 30,
    disabledDays: 90,
  });
  for (const retention of [
    { auditDays: 29 },
    { auditDays: 401 },
    { evidenceDays: 181 },
    { evidenceDays: 0 },
    { disabledDays: 91 },
  ]) {
    const refused = await set(retention);
    expect(refused).toMatchObject({ status: 422, body: { code: 'RETENTION_OUT_OF_BOUNDS' } });
    expect(refused.body.fields[0].path).toBe(`retention.${Object.keys(retention)[0]}`);
  }
  expect((await bounded.call(key, 'GET', `/v1/tenants/${id}`)).body.retention.evidenceDays).toBe(30);
  expect((await set({ auditDays: 1.5 })).status).toBe(422);
});

test('evidence, the audit trail, and the mirror of a disabled sync go when the tenant says so', async () => {
  const [short, long] = [await aTenant(), await aTenant()];
  const retention = { auditDays: 40, evidenceDays: 20, disabledDays: 10 };
  await api.call(admin, 'PATCH', short.at, { retention });
  await sql`update runs set closed_at = now() - interval '30 days'`.execute(api.db.owner);
  await sql`insert into outcomes (tenant_id, object, leg, giver_id, run_id, outcome)
            select tenant_id, object, 'push', 'gone@example.com', id, 'gone' from runs`.execute(api.db.owner);
  const gone = async (tenant: string) =>
    (await sql`select from outcomes where tenant_id = ${tenant} and outcome = 'gone'`.execute(api.db.owner)).rows
      .length;
  await pruneEvidence(api.control, 180);
  expect([await gone(short.tenant), await gone(long.tenant)]).toEqual([0, 1]);

  await sql`update audit set at = now() - interval '50 days' where tenant_id in (${short.tenant}, ${long.tenant})`.execute(
    api.db.owner,
  );
  const entries = async (tenant: string) =>
    (await api.call(admin, 'GET', `/v1/audit?tenantId=${tenant}`)).body.entries.length;
  const before = await entries(long.tenant);
  await pruneAudit(api.control, 400);
  expect([await entries(short.tenant), await entries(long.tenant)]).toEqual([0, before]);

  const mirrored = async (tenant: string) =>
    (await sql`select from hubspot_records where tenant_id = ${tenant}`.execute(api.db.owner)).rows.length;
  for (const { at } of [short, long]) await api.call(admin, 'POST', `${at}/syncs/visitor/disable`, {});
  api.pass(9 * 86_400_000);
  expect(await pruneDisabled(api.control, undefined)).toBe(0);
  api.pass(2 * 86_400_000);
  expect(await pruneDisabled(api.control, undefined)).toBeGreaterThan(0);
  expect([await mirrored(short.tenant), await mirrored(long.tenant)]).toEqual([0, 2]);
  expect(await erasures(short.tenant)).toMatchObject([{ kind: 'sync', actor: 'engine' }]);
  expect(await pruneDisabled(api.control, undefined)).toBe(0);
  // And as the deployment says, of all.
  await pruneDisabled(api.control, 10);
  expect(await mirrored(long.tenant)).toBe(0);
});

test('values of a sync that is on are never taken for those of a disabled one', async () => {
  const { tenant } = await aTenant();
  api.pass(400 * 86_400_000);
  await pruneDisabled(api.control, 1);
  const { rows } = await sql`select from hubspot_records where tenant_id = ${tenant}`.execute(api.db.owner);
  expect(rows).toHaveLength(2);
});
