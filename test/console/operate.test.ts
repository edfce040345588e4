/** What an operator looks at and looks after, in a browser: usage, alerts by e-mail, sign-in, and logins to share. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestedTenant, testedTenant } from '../e2e/tested-tenant.ts';
import { type ConsoleStack, openConsole } from './console-stack.ts';
import { inspect } from './inspect.ts';

let opened: ConsoleStack;
let tenant: TestedTenant;
beforeAll(async () => {
  opened = await openConsole();
  tenant = await testedTenant(opened.stack, {
    world: { contacts: 60, visitors: 60, companies: 5, accounts: 5, tier: 190 },
  });
}, 180_000);
afterAll(() => opened.stop());

interface Usage {
  days: {
    vendor: string;
    calls: number;
    throttled: number;
    written: number;
    limit: number | null;
    used: number | null;
  }[];
}

test('usage counts every call, what the vendor refused, its own figures, and what runs have written', {
  timeout: 120_000,
}, async () => {
  const usage = async (vendor: string) => {
    const { days } = await opened.stack.api.get<Usage>(`${tenant.path}/usage`);
    return days.find((one) => one.vendor === vendor);
  };
  const first = await tenant.ended(await tenant.start('visitor', 'enable'));
  await expect.poll(async () => (await usage('hubspot'))?.written, { timeout: 15_000 }).toBeGreaterThan(0);
  // What was written by hand is put right, which takes a call that HubSpot refuses twice.
  const { records } = await opened.stack.api.get<{ records: { partnerId: string }[] }>(
    `${tenant.path}/runs/${first.id}/records?leg=push&outcome=written&limit=1`,
  );
  await tenant.patch('contacts', [{ id: records[0]!.partnerId, properties: { pendo_days_active_180d: '77' } }]);
  await tenant.fault({ vendor: 'hubspot', kind: 'status', status: 429, route: 'batch/update', count: 2 });
  const run = await tenant.ended(await tenant.start('visitor'));
  expect(run.state).toBe('succeeded');
  const made = (await tenant.log()).filter(({ vendor }) => vendor === 'hubspot').length;
  const written = (leg: 'pull' | 'push') =>
    (first.counts.legs?.[leg]?.written ?? 0) + (run.counts.legs?.[leg]?.written ?? 0);
  await expect
    .poll(() => usage('hubspot'), { timeout: 15_000 })
    .toMatchObject({
      calls: expect.any(Number),
      throttled: 2,
      written: run.counts.legs?.push?.written,
      limit: expect.any(Number),
    });
  // A credential that is only tried is nobody's yet: those few calls are in the vendor's log alone.
  const hubspot = (await usage('hubspot'))!;
  expect(hubspot.calls).toBeLessThanOrEqual(made);
  expect(hubspot.calls).toBeGreaterThan(made - 12);
  const pendo = await usage('pendo');
  expect(pendo).toMatchObject({ throttled: 0, limit: null, written: written('pull') });
  const all = await opened.stack.api.get<{ tenants: { id: string; calls: number }[] }>('/v1/usage');
  expect(all.tenants).toMatchObject([{ id: tenant.id, calls: hubspot.calls + pendo!.calls }]);

  await using tab = await opened.browser.open({ allowed: /401/ });
  const { page } = tab;
  await page.goto(await opened.link());
  await page.getByRole('navigation').first().waitFor();
  await page.goto(`/t/${tenant.id}/usage`);
  await page.getByText(/HubSpot asked to slow down 2 times/).waitFor();
  await page.getByRole('table', { name: 'By day' }).waitFor();
  expect(await inspect(tab, 'usage')).toEqual([]);
  await page.goto('/usage?days=7');
  await page.getByRole('link', { name: tenant.name }).waitFor();
  expect(await inspect(tab, 'usage of all')).toEqual([]);
});
