/** Use sent as custom events, set up in a browser: chosen by name, previewed beside the month's limit, sent, and found on a record. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SyncConfig } from '../../src/sync/config.ts';
import { mostUsed, occurrences, tenantWith } from '../e2e/event-use.ts';
import type { TestedTenant } from '../e2e/tested-tenant.ts';
import { type ConsoleStack, openConsole } from './console-stack.ts';
import { inspect } from './inspect.ts';

let opened: ConsoleStack;
let tenant: TestedTenant;
beforeAll(async () => {
  opened = await openConsole();
  tenant = await tenantWith(opened.stack, async () => ({}));
}, 180_000);
afterAll(() => opened.stop());

const stored = async (): Promise<SyncConfig> =>
  (await opened.stack.api.get<{ config: SyncConfig }>(`${tenant.path}/syncs/visitor`)).config;

test('an event is chosen, refused with a wrong name, counted before anything is sent, sent, and shown on its record', {
  timeout: 240_000,
}, async () => {
  const feature = await mostUsed(tenant, 'feature');
  const { items } = await opened.stack.api.get<{ items: { id: string; name: string }[] }>(
    `${tenant.path}/catalogue/pendo/features?search=${feature}`,
  );
  const named = items.find(({ id }) => id === feature)!;
  await using tab = await opened.browser.open({ allowed: /401|422|400/ });
  const { page } = tab;
  await page.goto(await opened.link());
  await page.getByRole('navigation').first().waitFor();
  await page.goto(`/t/${tenant.id}/setup?object=visitor&step=push`);
  await page.getByRole('button', { name: 'Add event…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: 'What to send' }).click();
  await page.getByRole('option', { name: 'Use of a feature', exact: true }).click();
  await dialog.getByLabel('Search by name or id').fill(feature);
  await expect.poll(() => dialog.getByRole('radio').count(), { timeout: 20_000 }).toBe(1);
  await dialog.getByRole('radio', { name: named.name }).check();
  await dialog.getByText(/Sent as pendo_feature_\w+/).waitFor();
  expect(await inspect(tab, 'event, chosen')).toEqual([]);

  await dialog.getByLabel('Name of the event').fill('Not a name');
  await dialog.getByText(/a name that begins with pendo_/).waitFor();
  expect(await dialog.getByRole('button', { name: 'Add this event' }).isDisabled()).toBe(true);
  await dialog.getByLabel('Name of the event').fill('pendo_feature_used');
  await dialog.getByText('Sent as pendo_feature_used').waitFor();
  await dialog.getByRole('button', { name: 'Add this event' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByText('pendo_feature_used').waitFor();

  // The same once more is refused on the spot.
  await page.getByRole('button', { name: 'Add event…' }).click();
  await dialog.getByRole('combobox', { name: 'What to send' }).click();
  await page.getByRole('option', { name: 'Use of a feature', exact: true }).click();
  await dialog.getByLabel('Search by name or id').fill(feature);
  await expect.poll(() => dialog.getByRole('radio').count(), { timeout: 20_000 }).toBe(1);
  await dialog.getByRole('radio', { name: named.name }).check();
  await dialog.getByText(/is sent as an event twice/).waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'hidden' });

  await page.getByLabel('Days before the first run').fill('20');
  expect(await inspect(tab, 'set-up with events')).toEqual([]);
  await page.getByRole('button', { name: 'Save and continue' }).click();
  await page.getByRole('button', { name: 'Start a preview' }).waitFor();
  const { events, eventDelivery } = await stored();
  expect(events).toEqual([{ source: 'feature', id: feature, name: 'pendo_feature_used' }]);
  expect(eventDelivery).toEqual({ settleDays: 2, backfillDays: 20, monthlyLimit: 30_000_000, lostAnswers: 'skip' });

  await page.getByRole('button', { name: 'Start a preview' }).click();
  const would = page.getByText(/Would send \d+ occurrences of custom events/);
  await would.waitFor({ timeout: 60_000 });
  const foreseen = Number(/Would send (\d+)/.exec((await would.textContent()) ?? '')?.[1]);
  expect(foreseen).toBeGreaterThan(3);
  expect(await would.textContent()).toContain('0 of 30,000,000');
  expect(await occurrences(tenant)).toEqual([]);
  expect(await inspect(tab, 'preview with events')).toEqual([]);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText(`It also sends ${foreseen} occurrences of custom events.`).waitFor();
  expect(await inspect(tab, 'enable with events')).toEqual([]);
  await page.getByRole('button', { name: /^Enable/ }).click();
  await page.getByText(`${foreseen} sent`).waitFor({ timeout: 60_000 });
  expect(await inspect(tab, 'run with events')).toEqual([]);

  const taken = await occurrences(tenant);
  expect(taken).toHaveLength(foreseen);
  const { objectId } = taken[0]!;
  await page.goto(`/t/${tenant.id}/visitor/records/hubspot/${objectId}`);
  const sent = page.getByRole('table', { name: 'Custom events sent' });
  await sent.waitFor();
  expect(await sent.getByText('sent', { exact: true }).count()).toBe(
    taken.filter((one) => one.objectId === objectId).length,
  );
  expect(await inspect(tab, 'record with events')).toEqual([]);
});

test('an event is edited and removed, and a sync without events stays one without', { timeout: 120_000 }, async () => {
  await tenant.configure('account', { events: [] });
  const pages = await opened.stack.api.get<{ items: { id: string }[] }>(`${tenant.path}/catalogue/pendo/pages?limit=1`);
  const track = await mostUsed(tenant, 'trackType');
  const chosen = { source: 'trackType' as const, id: track, properties: [{ name: 'plan' }] };
  await tenant.configure('account', { events: [{ source: 'page', id: pages.items[0]!.id }, chosen] });
  await using tab = await opened.browser.open({ allowed: /401/ });
  const { page } = tab;
  await page.goto(await opened.link());
  await page.getByRole('navigation').first().waitFor();
  await page.goto(`/t/${tenant.id}/setup?object=account&step=push`);
  await page.getByRole('button', { name: /^Edit Pendo company page/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Label in HubSpot').fill('Opened the page');
  await dialog.getByText(/Sent as pendo_company_page_/).waitFor();
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Edit Opened the page' }).waitFor();
  await page.getByRole('button', { name: 'Remove Opened the page' }).click();
  // Properties are not offered here, and stay.
  await page.getByRole('button', { name: /^Edit Pendo company track event/ }).click();
  await dialog.getByLabel('Label in HubSpot').fill('Placed an order');
  await dialog.getByText(/Sent as pendo_company_track_/).waitFor();
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Edit Placed an order' }).waitFor();
  await page.getByRole('button', { name: 'Save and continue' }).click();
  await page.getByRole('button', { name: 'Start a preview' }).waitFor();
  const { config } = await opened.stack.api.get<{ config: SyncConfig }>(`${tenant.path}/syncs/account`);
  const properties = [{ name: 'plan', property: 'pendo_p_plan' }];
  expect(config.events).toEqual([
    { ...chosen, name: expect.stringMatching(/^pendo_company_track_/), label: 'Placed an order', properties },
  ]);
  expect(tab.faults()).toEqual([]);
});
