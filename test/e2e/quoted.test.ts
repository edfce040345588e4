/** What a vendor quotes of a request is kept nowhere: neither the credential nor the values of a batch, at any length. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import type { Fault } from '../../sandbox/contract.ts';
import { openStack } from './open-stack.ts';
import { type TestedTenant, testedTenant } from './tested-tenant.ts';

let stack: Stack;
let tenant: TestedTenant;
beforeAll(async () => {
  stack = await openStack();
  tenant = await testedTenant(stack, { world: { contacts: 40, visitors: 40, companies: 3, accounts: 3 } });
});
afterAll(() => stack.stop());

/** Every row of the tables that hold what vendors said. */
async function kept(): Promise<string> {
  const tables = [
    'runs',
    'syncs',
    'deliveries',
    'outcomes',
    'hubspot_records',
    'pendo_records',
    'connections',
    'alerts',
  ];
  const texts: string[] = [];
  for (const table of tables) {
    const column = { deliveries: 'reason', outcomes: 'reason', hubspot_records: 'standing_reason' }[table];
    const shown = column ?? (table === 'pendo_records' ? 'standing_reason' : `to_jsonb(${table})`);
    const { rows } = await stack.services.control.db.pool.query<{ row: string | null }>(
      `select ${shown}::text as row from ${table} where ${column ?? `to_jsonb(${table})`} is not null and tenant_id = $1`,
      [tenant.id],
    );
    texts.push(...rows.map(({ row }) => `${table}: ${row}`));
  }
  return texts.join('\n');
}

const credentials = () => [tenant.world.hubspotToken, tenant.world.pendoKey];

const quoting = (more: Partial<Fault>): Fault => ({
  vendor: 'hubspot',
  kind: 'changeAnswer',
  status: 400,
  edits: [
    {
      path: [],
      set: {
        status: 'error',
        category: 'VALIDATION_ERROR',
        message: `It was asked with {{header:authorization}}{{header:x-pendo-integration-key}}: {{body}} {{headers}}`,
        errors: [
          {
            code: 'x'.repeat(300_000),
            message:
              'It was asked with {{header:authorization}}{{header:x-pendo-integration-key}}: {{body}} {{headers}}',
          },
        ],
      },
    },
  ],
  ...more,
});

test('batches that are refused with everything that they held leave no value, address or credential in the evidence', async () => {
  const { pull, push } = tenant.configs.visitor;
  await tenant.configure('visitor', { pull: [], push: [] });
  await tenant.ended(await tenant.start('visitor', 'enable'));
  await tenant.configure('visitor', { pull, push });
  await tenant.fault(quoting({ route: 'POST .*/batch/update' }));
  await tenant.fault(quoting({ vendor: 'pendo', route: 'POST .*/metadata/.*/value' }));
  const run = await tenant.ended(await tenant.start('visitor'));
  expect(['degraded', 'failed']).toContain(run.state);
  const text = await kept();
  expect(text).toMatch(/deliveries: .*"vendorText"/);
  expect(text).toContain('[credential]');
  for (const credential of credentials()) expect(text).not.toContain(credential);
  const said = text.split('\n').filter((line) => line.includes('vendorText'));
  expect(said.length).toBeGreaterThan(20);
  for (const line of said) {
    expect(line.length).toBeLessThan(2000);
    expect(line).not.toMatch(/[\w.+-]+@[\w-]+\.\w/);
  }
  const { contacts } = await tenant.seen();
  const titles = contacts.map(({ properties }) => properties.jobtitle).filter((title) => title && title.length > 5);
  for (const title of titles) for (const line of said) expect(line).not.toContain(title);
  await tenant.noFaults();
});

test('a run that a vendor refuses with the credential in its words says why without it', async () => {
  await tenant.fault(quoting({ route: 'GET .*/contacts' }));
  const run = await tenant.ended(await tenant.start('visitor'));
  expect(run).toMatchObject({
    state: 'failed',
    reason: { vendor: 'hubspot', vendorText: expect.stringContaining('[credential]') },
  });
  const text = await kept();
  for (const credential of credentials()) expect(text).not.toContain(credential);
  await tenant.noFaults();
});
