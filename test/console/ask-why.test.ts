/** Why is this record not updated? Asked in a browser: found by whatever one has, explained, and read from both vendors now. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lastCall, type TestedTenant, testedTenant } from '../e2e/tested-tenant.ts';
import { type ConsoleStack, openConsole } from './console-stack.ts';
import { inspect } from './inspect.ts';

let opened: ConsoleStack;
let tenant: TestedTenant;
let pair: { hubspot: string; pendo: string };
beforeAll(async () => {
  opened = await openConsole();
  tenant = await testedTenant(opened.stack, { world: { contacts: 120, visitors: 130, companies: 20, accounts: 20 } });
  const run = await tenant.ended(await tenant.start('visitor', 'enable'));
  const { records } = await opened.stack.api.get<{ records: { id: string; partnerId: string }[] }>(
    `${tenant.path}/runs/${run.id}/records?leg=push&outcome=written&limit=1`,
  );
  pair = { pendo: records[0]!.id, hubspot: records[0]!.partnerId };
}, 180_000);
afterAll(() => opened.stop());

interface Check {
  calls: number;
  hubspotId: string | null;
  pendoId: string | null;
  legs: Record<'pull' | 'push', { field: string; read: boolean; source: unknown; target: unknown; equal: boolean }[]>;
}
const check = (named: object, object = 'visitor') =>
  opened.stack.api.post<Check>(`${tenant.path}/syncs/${object}/records/check`, named);

test('a check reads what a run would read, from either side, in a few calls, and writes nothing', async () => {
  const from = await lastCall(tenant);
  for (const named of [{ hubspotId: pair.hubspot }, { pendoId: pair.pendo }]) {
    const found = await check(named);
    expect(found).toMatchObject({ hubspotId: pair.hubspot, pendoId: pair.pendo });
    expect(found.calls).toBeLessThanOrEqual(4);
    const read = [...found.legs.pull, ...found.legs.push].filter((field) => field.read);
    expect(read.length).toBeGreaterThan(5);
    // The first run has just made both sides equal; what the vendors store differently is not among this record's fields.
    expect(read.filter(({ equal }) => !equal)).toEqual([]);
    expect(found.legs.push.filter((field) => !field.read).map(({ field }) => field)).toEqual([
      'pendo_latest_nps_response',
    ]);
  }
  expect((await tenant.log(from)).filter(({ writes }) => writes !== undefined)).toEqual([]);
});

test('a check sees what was changed since the last run, and says of nobody that there is nobody', async () => {
  await tenant.patch('contacts', [{ id: pair.hubspot, properties: { pendo_days_active_180d: '77' } }]);
  const found = await check({ pendoId: pair.pendo });
  expect(found.legs.push.find(({ field }) => field === 'pendo_days_active_180d')).toMatchObject({
    target: '77',
    equal: false,
  });
  const nobody = await check({ hubspotId: '999999999' });
  expect(nobody).toMatchObject({ hubspotId: null, pendoId: null });
});

test('nobody who was forgotten is read, by whichever id they are asked for', async () => {
  const { records } = await opened.stack.api.get<{ records: { id: string; partnerId: string }[] }>(
    `${tenant.path}/runs/1/records?leg=push&outcome=written&limit=2`,
  );
  const other = records[1]!;
  await opened.stack.api.post(`${tenant.path}/syncs/visitor/forget`, { pendoId: other.id });
  const from = await lastCall(tenant);
  await expect(check({ pendoId: other.id })).rejects.toThrow(/RECORD_FORGOTTEN|forgotten/);
  await expect(check({ hubspotId: other.partnerId })).rejects.toThrow(/RECORD_FORGOTTEN|forgotten/);
  expect(await tenant.log(from)).toEqual([]);
});

test('a company is found by its name, opened, and read from both sides on the spot', { timeout: 120_000 }, async () => {
  const { companies } = await tenant.seen();
  const company = companies.find(({ archived, properties }) => !archived && (properties.name ?? '').length > 3)!;
  const accounts = await tenant.ended(await tenant.start('account', 'enable'));
  expect(accounts.state).toBe('succeeded');
  await using tab = await opened.browser.open({ allowed: /401/ });
  const { page } = tab;
  await page.goto(await opened.link());
  await page.getByRole('navigation').first().waitFor();
  await page.goto(`/t/${tenant.id}/records`);
  await page.getByRole('searchbox').fill(company.properties.name!);
  await page.keyboard.press('Enter');
  await page.getByText('HubSpot found these by name').waitFor();
  await page.getByRole('link', { name: company.id, exact: true }).waitFor();
  expect(await inspect(tab, 'record by name')).toEqual([]);

  await page.goto(`/t/${tenant.id}/visitor/records/hubspot/${pair.hubspot}`);
  await page.getByRole('button', { name: 'Check now' }).click();
  await page.getByText(/1 field differs now/).waitFor();
  expect(await page.getByRole('link', { name: 'Open in Pendo' }).getAttribute('href')).toContain(
    encodeURIComponent(pair.pendo),
  );
  expect(await inspect(tab, 'record checked now')).toEqual([]);
});

test('one record is delivered from its page; where only a full run will do, the page says why and starts it', {
  timeout: 240_000,
}, async () => {
  await using tab = await opened.browser.open({ allowed: /401|409/ });
  const { page } = tab;
  await page.goto(await opened.link());
  await page.getByRole('navigation').first().waitFor();
  const address = `/t/${tenant.id}/visitor/records/hubspot/${pair.hubspot}`;
  const deliver = async (): Promise<void> => {
    await page.goto(address);
    await page.getByRole('button', { name: 'Deliver now…' }).click();
    await page.getByText('At most one record changes in HubSpot and one in Pendo').waitFor();
  };
  // Somebody is forgotten after the last full run.
  const { records } = await opened.stack.api.get<{ records: { id: string }[] }>(
    `${tenant.path}/runs/1/records?leg=push&outcome=written&limit=3`,
  );
  await opened.stack.api.post(`${tenant.path}/syncs/visitor/forget`, { pendoId: records[2]!.id });
  await deliver();
  expect(await inspect(tab, 'delivery asked for')).toEqual([]);
  await page.getByRole('button', { name: 'Deliver this record' }).click();
  await page.getByText('No full run has ended well since').waitFor();
  await page.getByText('decides which records match').waitFor();
  expect(await inspect(tab, 'delivery that needs a full run')).toEqual([]);
  await page.getByRole('button', { name: 'Start a full run' }).click();
  await page.waitForURL(/\/runs\/\d+$/);
  const full = await tenant.ended({ id: page.url().split('/').at(-1)! });
  expect(full.state).toBe('succeeded');

  // Not the field that this run has just repaired: within the settle time that one counts as what was sent.
  await tenant.patch('contacts', [{ id: pair.hubspot, properties: { pendo_time_on_app_180d: '99' } }]);
  const { contacts } = await tenant.seen();
  const others = contacts.filter(({ id }) => id !== pair.hubspot).map(({ id, properties }) => [id, properties]);
  await deliver();
  await page.getByRole('button', { name: 'Deliver this record' }).click();
  const ended = page.getByText(/It was delivered|Nothing was written|refused it|A guard stopped it/);
  await ended.waitFor({ timeout: 90_000 });
  expect(await ended.textContent()).toBe('It was delivered.');
  const after = (await tenant.seen()).contacts;
  expect(after.find(({ id }) => id === pair.hubspot)?.properties.pendo_time_on_app_180d).not.toBe('99');
  expect(after.filter(({ id }) => id !== pair.hubspot).map(({ id, properties }) => [id, properties])).toEqual(others);
  expect(await inspect(tab, 'record delivered')).toEqual([]);
});
