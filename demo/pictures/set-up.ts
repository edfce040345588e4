/** The seven steps of the set-up, each as a person leaves it. */
import type { World } from '../../sandbox/contract.ts';
import { createApi } from '../api.ts';
import type { Stack } from '../stack.ts';
import type { Camera } from './camera.ts';

export interface PicturedTenant {
  id: string;
  world: string;
}

const world = 'demo';

export async function setUp(stack: Stack, { page, take }: Camera): Promise<PicturedTenant> {
  const made = await createApi(stack.sandbox.adminUrl).post<World>('/admin/worlds', {
    world,
    seed: 1,
    contacts: 1000,
    visitors: 1200,
    companies: 200,
    accounts: 240,
  });
  const press = (name: string | RegExp) => page.getByRole('button', { name }).click();
  await page.getByRole('button', { name: 'New tenant' }).first().click();
  await page.getByLabel('Name').fill('Demo');
  await press('Create and set up');

  await page.getByLabel('Integration key').fill(made.pendoKey);
  await page.getByRole('combobox', { name: /^Time zone/ }).fill(made.zone);
  await page.getByRole('option', { name: made.zone }).click();
  await press('Test and connect');
  await page.getByRole('list', { name: 'Connection test' }).waitFor();
  await take('set-up-1-pendo', 920);
  await press('Continue');

  await page.getByLabel(/^Private app or service key token/).fill(made.hubspotToken);
  await press('Test and connect');
  await page.getByRole('list', { name: 'Connection test' }).waitFor();
  await take('set-up-2-hubspot');
  await press('Continue');

  await press('Compare keys');
  await page.getByRole('table', { name: 'Compare keys' }).waitFor();
  await take('set-up-3-match', 760);
  await press('Save and continue');

  await page
    .getByText(/% filled/)
    .first()
    .waitFor();
  for (const label of [/^Lifecycle stage/i, /^Job title/i, /^First name/i]) {
    const box = page.getByRole('checkbox', { name: label });
    if ((await box.count()) > 0) await box.first().check();
  }
  await take('set-up-4-pull');
  await press('Save and continue');

  await page.getByRole('checkbox', { name: /Last Visit/ }).check();
  await page.getByRole('checkbox', { name: /Days Active/ }).check();
  await page.getByRole('checkbox', { name: /Time on App/ }).check();
  await page.getByRole('checkbox', { name: /Latest NPS/ }).check();
  await take('set-up-5-push');
  await press('Add event…');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio').first().check();
  await dialog.getByText(/^Sent as pendo_page_/).waitFor();
  await dialog.getByRole('button', { name: 'Add this event' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: /^Edit Pendo page/ }).waitFor();
  await take('set-up-5-events', 700, 'Custom events');
  await press('Save and continue');

  await press('Start a preview');
  await page.getByText(/Would write [\d,]+ records? in Pendo/).waitFor({ timeout: 300_000 });
  await take('set-up-6-preview');
  await press('Continue');

  await page.getByRole('button', { name: /^Enable and write/ }).waitFor();
  await take('set-up-7-enable', 700);
  await press(/^Enable and write/);
  await page.getByText(/records? written/).waitFor({ timeout: 300_000 });
  const { tenants } = await stack.api.get<{ tenants: { id: string }[] }>('/v1/tenants');
  return { id: tenants[0]!.id, world };
}
