/** Choosing by real values, and going back: join keys compared, properties with samples, versions restored, all runs. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readKey } from '../../src/sync/join-key.ts';
import { type TestedTenant, testedTenant } from '../e2e/tested-tenant.ts';
import { type ConsoleStack, openConsole } from './console-stack.ts';
import { inspect, settle } from './inspect.ts';

let opened: ConsoleStack;
let tenant: TestedTenant;
beforeAll(async () => {
  opened = await openConsole();
  tenant = await testedTenant(opened.stack, { world: { contacts: 120, visitors: 130, companies: 20, accounts: 20 } });
}, 180_000);
afterAll(() => opened.stop());

interface Compared {
  sampled: number;
  keys: {
    property: string;
    filled: number;
    distinct: number;
    shared: number;
    matched: number;
    matchedFolded: number;
  }[];
}

test('candidates for the join key are tried on real records of both sides', async () => {
  const { contacts, visitors } = await tenant.seen();
  const compared = await opened.stack.api.post<Compared>(`${tenant.path}/syncs/visitor/keys/compare`, {
    properties: ['email', 'hs_object_id'],
  });
  const live = contacts.filter(({ archived }) => !archived);
  expect(compared.sampled).toBe(live.length);
  const emails = live
    .map(({ properties }) => properties.email ?? '')
    .filter((email) => readKey(email, 'exact').state === 'ok');
  const ids = new Set(visitors.map(({ id }) => id));
  const [email, id] = compared.keys;
  expect(email!.matched).toBe(new Set(emails.filter((one) => ids.has(one))).size);
  expect(email!.matched).toBeGreaterThan(50);
  expect(id).toMatchObject({ property: 'hs_object_id', filled: live.length, shared: 0, matched: 0 });
});

test('a join key is compared and a mapping chosen by its values; the version before comes back', {
  timeout: 180_000,
}, async () => {
  await using tab = await opened.browser.open({ allowed: /401/ });
  const { page } = tab;
  await page.goto(await opened.link());
  await page.getByRole('navigation').first().waitFor();
  const setup = `/t/${tenant.id}/setup?object=visitor&step=`;
  await page.goto(`${setup}match`);
  await page.getByRole('button', { name: 'Compare keys' }).click();
  await page.getByRole('table', { name: 'Compare keys' }).waitFor();
  expect(await inspect(tab, 'keys compared')).toEqual([]);
  await page.goto(`${setup}pull`);
  await page
    .getByText(/% filled/)
    .first()
    .waitFor();
  expect(await inspect(tab, 'pull with samples')).toEqual([]);

  await tenant.configure('visitor', { window: 30 });
  await page.goto(`/t/${tenant.id}/visitor/versions`);
  await page.getByRole('link', { name: 'Compare with the present one' }).first().click();
  await page.getByRole('button', { name: /^Restore version/ }).waitFor();
  await page.getByText('window', { exact: true }).waitFor();
  expect(await inspect(tab, 'versions compared')).toEqual([]);
  await page.getByRole('button', { name: /^Restore version/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Restore this version' }).click();
  await page.getByText(/restored from/).waitFor();

  await tenant.ended(await tenant.start('visitor', 'preview'));
  await page.goto('/runs?trigger=preview');
  await page.getByRole('link', { name: tenant.name }).first().waitFor();
  await settle(page);
  expect(await inspect(tab, 'all runs')).toEqual([]);
});
