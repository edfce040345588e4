/** What a person in front of the screen does from the first minute to the first run. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApi } from '../../demo/api.ts';
import { type ConsoleStack, openConsole } from './console-stack.ts';
import { inspect } from './inspect.ts';

let opened: ConsoleStack;
beforeAll(async () => {
  opened = await openConsole();
}, 120_000);
afterAll(() => opened.stop());

interface World {
  pendoKey: string;
  hubspotToken: string;
}

async function makeWorld(world: string): Promise<World> {
  const admin = createApi(opened.stack.sandbox.adminUrl);
  return admin.post<World>('/admin/worlds', {
    world,
    seed: 3,
    contacts: 80,
    visitors: 90,
    companies: 10,
    accounts: 10,
    tier: 0,
  });
}

const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).click();

test('sets a tenant up in seven steps, enables it, and watches its first run', { timeout: 180_000 }, async () => {
  const world = await makeWorld('console-set-up');
  await using tab = await opened.browser.open({ allowed: /401|404|422/ });
  const { page } = tab;
  await page.goto(await opened.link());
  await page.getByRole('button', { name: 'New tenant' }).first().click();
  await page.getByLabel('Name').fill('Acme & Söhne');
  await press(page, 'Create and set up');

  await page.getByLabel('Integration key').fill('not-a-key-of-anybody');
  await press(page, 'Test and connect');
  await page.getByRole('alert').waitFor();
  expect(await page.getByLabel('Integration key').inputValue()).toBe('not-a-key-of-anybody');
  await page.getByLabel('Integration key').fill(world.pendoKey);
  await page.getByRole('combobox', { name: /^Time zone/ }).fill('America/New_York');
  await page.getByRole('option', { name: 'America/New_York' }).click();
  await press(page, 'Test and connect');
  await page.getByRole('list', { name: 'Connection test' }).waitFor();
  const answers = page.getByRole('list', { name: 'Assumptions and answers' });
  await page.getByText(/^The account was checked/).waitFor();
  expect(await answers.getByText('Confirmed', { exact: true }).count()).toBeGreaterThan(5);
  expect(await inspect(tab, 'set up, Pendo tested')).toEqual([]);
  await press(page, 'Continue');

  await page.getByLabel(/^Private app or service key token/).fill(world.hubspotToken);
  await press(page, 'Test and connect');
  await page.getByRole('list', { name: 'Connection test' }).waitFor();
  expect(await inspect(tab, 'set up, HubSpot tested')).toEqual([]);
  await press(page, 'Continue');

  await press(page, 'Save and continue');
  await page.getByRole('searchbox', { name: 'Search properties' }).fill('lifecycle');
  await page.getByRole('checkbox', { name: /Lifecycle/i }).check();
  await press(page, 'Save and continue');
  await page.getByRole('checkbox', { name: /Last Visit/ }).check();
  await page.getByRole('checkbox', { name: /Days Active/ }).check();
  await press(page, 'Save and continue');

  await press(page, 'Start a preview');
  await page.getByText(/Would write \d+ records? in Pendo and \d+ in HubSpot/).waitFor({ timeout: 60_000 });
  expect(await inspect(tab, 'set up, previewed')).toEqual([]);
  await press(page, 'Continue');
  await page.getByRole('button', { name: /^Enable and write/ }).waitFor();
  expect(await inspect(tab, 'set up, about to enable')).toEqual([]);
  await press(page, /^Enable and write \d+ records$/);
  await page.getByText(/\d+ records? written/).waitFor({ timeout: 60_000 });
  expect(tab.faults()).toEqual([]);
});

test('connecting Pendo again keeps the settings that the page does not show, and sets what it shows', async () => {
  const world = await makeWorld('console-settings');
  const { api } = opened.stack;
  const { id } = await api.post<{ id: string }>('/v1/tenants', { name: 'Set by hand', externalId: 'console-settings' });
  const settings = { region: 'us', zone: 'America/New_York', clear: 'emptyString', aggregations: 2 };
  await api.put(`/v1/tenants/${id}/connections/pendo`, { key: world.pendoKey, ...settings });
  await using tab = await opened.browser.open({ allowed: /401/ });
  const { page } = tab;
  await page.goto(await opened.link());
  await page.getByRole('button', { name: 'New tenant' }).first().waitFor();
  await page.goto(`${opened.stack.apiUrl}/t/${id}/setup?step=pendo`);
  await page.getByRole('combobox', { name: 'What counts as activity' }).click();
  await page.getByRole('option', { name: 'Tagged pages and features only' }).click();
  await press(page, 'Test and connect');
  await page.getByRole('list', { name: 'Connection test' }).waitFor();
  const { connections } = await api.get<{ connections: { vendor: string; settings: unknown }[] }>(
    `/v1/tenants/${id}/connections`,
  );
  const kept = { ...settings, activity: 'pagesAndFeatures' };
  expect(connections.find(({ vendor }) => vendor === 'pendo')?.settings).toEqual(kept);
  expect(tab.faults()).toEqual([]);
});

test('the whole set-up works by keyboard alone', { timeout: 180_000 }, async () => {
  const world = await makeWorld('console-keyboard');
  await using tab = await opened.browser.open({ allowed: /401|404|422/ });
  const { page } = tab;
  await page.goto(await opened.link());
  /** Moves on with the tabulator until the thing with this name has the focus. */
  const reach = async (name: RegExp): Promise<void> => {
    for (let at = 0; at < 120; at++) {
      const focused = await page.evaluate(() => {
        const one = document.activeElement === document.body ? null : (document.activeElement as HTMLInputElement);
        const label = one?.labels?.[0]?.textContent ?? '';
        return `${one?.getAttribute('aria-label') ?? ''} ${label} ${one?.textContent ?? ''}`;
      });
      if (name.test(focused)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`the keyboard does not reach ${name}`);
  };
  const enter = async (name: RegExp, text?: string): Promise<void> => {
    await reach(name);
    if (text === undefined) await page.keyboard.press('Enter');
    else await page.keyboard.type(text);
  };
  await page.getByRole('button', { name: 'New tenant' }).first().waitFor();
  await enter(/New tenant/);
  await page.getByRole('dialog').waitFor();
  await enter(/^\s*Name/, 'By keyboard');
  await enter(/Create and set up/);
  await page.getByLabel('Integration key').waitFor();
  await enter(/Integration key/, world.pendoKey);
  await enter(/Time zone of the Pendo/, 'America/New_York');
  await page.getByRole('option', { name: 'America/New_York' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await enter(/Test and connect/);
  await page.getByRole('button', { name: 'Continue' }).waitFor();
  await enter(/^\s*Continue/);
  await page.getByLabel(/^Private app or service key token/).waitFor();
  await enter(/Private app or service key token/, world.hubspotToken);
  await enter(/Test and connect/);
  await page.getByRole('button', { name: 'Continue' }).waitFor();
  await enter(/^\s*Continue/);
  await page.getByRole('button', { name: 'Save and continue' }).waitFor();
  await enter(/Save and continue/);
  await page.getByRole('searchbox').waitFor();
  await enter(/Search properties/, 'lifecycle');
  await reach(/Lifecycle/i);
  await page.keyboard.press('Space');
  await enter(/Save and continue/);
  await page.getByRole('checkbox', { name: /Last Visit/ }).waitFor();
  await reach(/Last Visit/);
  await page.keyboard.press('Space');
  await enter(/Save and continue/);
  await page.getByRole('button', { name: 'Start a preview' }).waitFor();
  await enter(/Start a preview/);
  await page.getByText(/Would write/).waitFor({ timeout: 60_000 });
  await enter(/^\s*Continue/);
  await page.getByRole('button', { name: /^Enable/ }).waitFor();
  await enter(/^\s*Enable/);
  await page
    .getByText(/written/)
    .first()
    .waitFor({ timeout: 60_000 });
  expect(tab.faults()).toEqual([]);
});
