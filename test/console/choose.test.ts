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
  await page.getByRole('link', { name: 'Compare with the current one' }).first().click();
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

test('a field with a source is found, added with its name and problems in sight, edited, removed and saved', {
  timeout: 180_000,
}, async () => {
  // Its first run makes the fields of Pendo's that HubSpot fills.
  await tenant.ended(await tenant.start('visitor', 'enable'));
  const { push } = tenant.configs.visitor;
  const { items } = await opened.stack.api.get<{ items: { id: string; name: string }[] }>(
    `${tenant.path}/catalogue/pendo/features?limit=5`,
  );
  const [feature] = items;
  await using tab = await opened.browser.open({ allowed: /401|422|400/ });
  const { page } = tab;
  await page.goto(await opened.link());
  await page.getByRole('navigation').first().waitFor();
  await page.goto(`/t/${tenant.id}/setup?object=visitor&step=push`);
  await page.getByText('Property in HubSpot: pendo_first_visit').waitFor();
  await page.getByRole('button', { name: 'Add field…' }).click();
  const dialog = page.getByRole('dialog');
  const choose = async (label: string, option: string | RegExp): Promise<void> => {
    await dialog.getByRole('combobox', { name: label }).click();
    await page.getByRole('option', { name: option, exact: true }).click();
  };
  await dialog.getByRole('radio').first().waitFor();
  expect(await inspect(tab, 'push, a metadata field')).toEqual([]);

  // A field that HubSpot fills is refused on the spot, and cannot be added.
  await dialog.getByLabel('Search fields').fill('hubspot_');
  await dialog
    .getByText(/hubspot_\w+ · .+ · cannot be pushed/)
    .first()
    .waitFor();
  await dialog.getByRole('radio').first().check();
  await dialog.getByText(/would feed it back/).waitFor();
  expect(await dialog.getByRole('button', { name: 'Add this field' }).isDisabled()).toBe(true);
  expect(await inspect(tab, 'push, a field that is refused')).toEqual([]);

  await choose('What to push', 'Use of a feature');
  await dialog.getByLabel('Search by name or id').fill(feature!.id);
  await expect.poll(() => dialog.getByRole('radio').count(), { timeout: 20_000 }).toBe(1);
  await dialog.getByRole('radio', { name: feature!.name }).check();
  await choose('Measure', 'Days with use');
  await choose('Counted over', '30 days');
  await dialog.getByText(/Becomes pendo_feature_\w+_days_30d \(number\)/).waitFor();
  expect(await inspect(tab, 'push, a feature')).toEqual([]);
  await dialog.getByLabel('Name of the property').fill('Not a name');
  await dialog.getByText(/a name that begins with pendo_/).waitFor();
  await dialog.getByLabel('Name of the property').fill('pendo_feature_days');
  await dialog.getByText('pendo_feature_days (number)').waitFor();
  await dialog.getByRole('button', { name: 'Add this field' }).click();
  await dialog.waitFor({ state: 'hidden' });

  await page.getByRole('button', { name: 'Add field…' }).click();
  await choose('What to push', 'NPS');
  await choose('Measure', /^Category/);
  await dialog.getByText('pendo_nps_category (enumeration)').waitFor();
  await dialog.getByRole('button', { name: 'Add this field' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByText(/pendo_feature_days \(number\)/).waitFor();
  expect(await inspect(tab, 'push, with sources')).toEqual([]);

  await page.getByRole('button', { name: /^Edit .*30 days/ }).click();
  await choose('Counted over', '90 days');
  await dialog.getByLabel('Label in HubSpot').fill('Days with the feature');
  await dialog.getByText(/Becomes pendo_/).waitFor();
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Remove NPS Category' }).click();
  await page.getByRole('button', { name: 'Save and continue' }).click();
  await page.getByRole('button', { name: /Start a preview|Preview again/ }).waitFor();
  const { config } = await opened.stack.api.get<{ config: { push: object[] } }>(`${tenant.path}/syncs/visitor`);
  expect(config.push.slice(0, push.length)).toEqual(push);
  expect(config.push.slice(push.length)).toMatchObject([
    { source: 'feature', id: feature!.id, measure: 'days', window: 90, label: 'Days with the feature' },
  ]);
});

test('two tabs: the second save says who changed what meanwhile, keeps what was chosen, and can replace its own part only', {
  timeout: 180_000,
}, async () => {
  await using tab = await opened.browser.open({ allowed: /401|409/ });
  const { page } = tab;
  await page.goto(await opened.link());
  await page.getByRole('navigation').first().waitFor();
  await page.goto(`/t/${tenant.id}/setup?object=account&step=push`);
  await page.getByRole('checkbox', { name: /First Visit/ }).uncheck();
  await tenant.configure('account', { pull: [{ property: 'name' }] });
  const before = tenant.configs.account;
  await page.getByRole('button', { name: 'Save and continue' }).click();
  await page.getByText(/^key:\S+ changed the configuration meanwhile, from version \d+ to \d+: .*pull/).waitFor();
  expect(await inspect(tab, 'changed meanwhile')).toEqual([]);
  expect(await page.getByRole('checkbox', { name: /First Visit/ }).isChecked()).toBe(false);
  const stored = () => opened.stack.api.get<{ config: typeof before }>(`${tenant.path}/syncs/account`);
  expect((await stored()).config).toEqual(before);
  await page.getByRole('button', { name: 'Save this step anyway' }).click();
  await page.getByRole('button', { name: /Start a preview|Preview again/ }).waitFor();
  const { config } = await stored();
  expect(config.pull).toEqual(before.pull);
  expect(config.push).toEqual(before.push.filter((one) => !('metric' in one) || one.metric !== 'firstVisit'));
});

test('the keys search, move through lists and show themselves, and leave alone whoever types', async () => {
  await using tab = await opened.browser.open({ allowed: /401/ });
  const { page } = tab;
  await page.goto(await opened.link());
  await page.getByRole('navigation').first().waitFor();
  await page.goto(`/t/${tenant.id}/runs`);
  await settle(page);
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('href') ?? null);
  const rows = await page
    .getByRole('table')
    .getByRole('row')
    .getByRole('link')
    .evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  await page.keyboard.press('j');
  expect(await focused()).toBe(rows[0]);
  await page.keyboard.press('j');
  expect(await focused()).toBe(rows[1] ?? rows[0]);
  await page.keyboard.press('k');
  expect(await focused()).toBe(rows[0]);

  const search = page
    .getByRole('searchbox', { name: 'Go to, or find a record' })
    .or(page.getByPlaceholder('Go to, or find a record'));
  await page.keyboard.press('/');
  await search.first().waitFor();
  await page.keyboard.type('j?/k');
  expect(await search.first().inputValue()).toBe('j?/k');
  await page.keyboard.press('Escape');
  await search.first().waitFor({ state: 'hidden' });
  await page.keyboard.press('Control+k');
  await search.first().waitFor();
  await page.keyboard.press('Escape');
  await search.first().waitFor({ state: 'hidden' });

  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('Next entry of a list').waitFor();
  expect(await inspect(tab, 'keys')).toEqual([]);
  await page.getByLabel('Single-key shortcuts').uncheck();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.keyboard.press('?');
  await page.keyboard.press('Control+k');
  await search.first().waitFor();
  expect(await page.getByText('Next entry of a list').count()).toBe(0);
  await page.keyboard.press('Escape');

  await page.goto(`/t/${tenant.id}/records`);
  await page.getByRole('searchbox').fill('');
  await page.keyboard.type('ann/j?');
  expect(await page.getByRole('searchbox').inputValue()).toBe('ann/j?');
});
