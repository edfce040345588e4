/** What was forgotten or deleted stays away, whatever scans and runs come after, and whatever was in flight. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import { syncId } from '../../src/orchestration/names.ts';
import { openStack } from '../e2e/open-stack.ts';
import { lastCall, testedTenant } from '../e2e/tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

const world = { contacts: 60, visitors: 60, companies: 5, accounts: 5, tame: true };

interface RecordPage {
  records: { id: string; partnerId: string | null }[];
}

/** Everything that is kept of a tenant, its audit trail aside, as the owner sees it. */
async function kept(tenantId: string): Promise<string> {
  const { owner } = stack.services.control.db;
  const tables = [
    'hubspot_records',
    'pendo_records',
    'outcomes',
    'deliveries',
    'sent_values',
    'read_ranges',
    'run_records',
    'runs',
    'secrets',
    'syncs',
  ];
  const parts: string[] = [];
  for (const table of tables) {
    const { rows } = await sql<{ row: string }>`
      select to_jsonb(t)::text as row from ${sql.table(table)} t where tenant_id = ${tenantId}`.execute(owner);
    parts.push(...rows.map(({ row }) => row));
  }
  return parts.join('\n');
}

describe('forgetting and deleting', { timeout: 90_000 }, () => {
  test('a forgotten person is not brought back by the next scan, and nothing is written to them', async () => {
    const tenant = await testedTenant(stack, { world });
    const first = await tenant.ended(await tenant.start('visitor', 'enable'));
    const { records } = await stack.api.get<RecordPage>(
      `${tenant.path}/runs/${first.id}/records?leg=pull&outcome=written`,
    );
    const { id, partnerId } = records[0]!;
    expect(partnerId).toContain('@');
    expect(await kept(tenant.id)).toContain(partnerId);

    await stack.api.post(`${tenant.path}/syncs/visitor/forget`, { hubspotId: id });
    expect(await kept(tenant.id)).not.toContain(partnerId);

    // There is something to write again, for everybody.
    await tenant.patch('contacts', [{ id, properties: { jobtitle: 'Edited' } }]);
    await tenant.configure('visitor', { window: 30 });
    const from = await lastCall(tenant);
    const second = await tenant.ended(await tenant.start('visitor'));
    expect(second.state).toBe('succeeded');
    expect(second.counts.legs?.pull?.excluded).toBe((first.counts.legs?.pull?.excluded ?? 0) + 1);
    expect(second.counts.legs?.push?.excluded).toBe((first.counts.legs?.push?.excluded ?? 0) + 1);
    expect(await kept(tenant.id)).not.toContain(partnerId);
    // As many are listed as are counted; which of them is who, the list does not say.
    for (const leg of ['pull', 'push'] as const) {
      const list = await stack.api.get<RecordPage>(
        `${tenant.path}/runs/${second.id}/records?leg=${leg}&outcome=excluded`,
      );
      expect(list.records).toHaveLength(second.counts.legs?.[leg]?.excluded ?? 0);
      expect(list.records).toContainEqual(
        expect.objectContaining({
          id: '(forgotten 1)',
          partnerId: null,
          reason: expect.objectContaining({ code: 'FORGOTTEN' }),
        }),
      );
    }
    const written = (await tenant.log(from)).flatMap((call) => call.writes ?? []).map((write) => write.id);
    expect(written.length).toBeGreaterThan(0);
    expect(written).not.toContain(id);
    expect(written).not.toContain(partnerId);
    const why = await stack.api.get<{ known: boolean; forgotten: boolean }>(
      `${tenant.path}/syncs/visitor/records/hubspot/${id}`,
    );
    expect(why).toMatchObject({ known: false, forgotten: true });
  });

  test.each([
    ['reading', { vendor: 'pendo', kind: 'latency', ms: 4000, source: '^visitors$', count: 1 }],
    ['delivering', { vendor: 'hubspot', kind: 'latency', ms: 4000, route: 'POST .*/batch/update', count: 1 }],
  ] as const)(
    'a tenant that is deleted while its run is %s leaves nothing, also when that run has come to its end',
    async (_phase, fault) => {
      const tenant = await testedTenant(stack, { world });
      await tenant.configure('visitor', { push: [], pull: [] });
      await tenant.ended(await tenant.start('visitor', 'enable'));
      await tenant.configure('visitor', tenant.full.visitor);
      await tenant.fault(fault);
      const from = await lastCall(tenant);
      await tenant.start('visitor');
      await waitUntil(
        async () =>
          (await tenant.log(from)).some((call) => call.status === 0 && Date.now() - call.at > 300) ? true : undefined,
        { what: 'a request that hangs', timeoutMs: 30_000 },
      );
      await stack.api.delete(`${tenant.path}?confirm=${tenant.id}`);
      const workflow = stack.services.client.workflow.getHandle(syncId(tenant.id, 'visitor'));
      await waitUntil(async () => ((await workflow.describe()).status.name === 'RUNNING' ? undefined : true), {
        what: 'the end of the run in flight',
        timeoutMs: 45_000,
      });
      const left = await kept(tenant.id);
      expect(left).not.toContain('@');
      expect(left).not.toContain(tenant.world.hubspotToken);
      const { rows } = await sql<{ n: string }>`
      select (select count(*) from hubspot_records where tenant_id = ${tenant.id})
           + (select count(*) from pendo_records where tenant_id = ${tenant.id})
           + (select count(*) from outcomes where tenant_id = ${tenant.id})
           + (select count(*) from deliveries where tenant_id = ${tenant.id})
           + (select count(*) from sent_values where tenant_id = ${tenant.id}) as n`.execute(
        stack.services.control.db.owner,
      );
      expect(Number(rows[0]?.n)).toBe(0);
      await expect(stack.api.get(tenant.path)).rejects.toMatchObject({ status: 404 });
    },
  );
});
