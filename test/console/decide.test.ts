/** What waits for a person, decided in a browser: seen with its baseline and the guard's line, approved with a reason, by another. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemCaller } from '../../src/control/caller.ts';
import { createApiKey } from '../../src/control/keys/api-keys.ts';
import { testedTenant } from '../e2e/tested-tenant.ts';
import { type ConsoleStack, openConsole } from './console-stack.ts';
import { inspect } from './inspect.ts';

let opened: ConsoleStack;
beforeAll(async () => {
  opened = await openConsole();
}, 120_000);
afterAll(() => opened.stop());

test('a held run shows what it would do and who may not approve it; somebody else approves it with a reason', {
  timeout: 180_000,
}, async () => {
  const tenant = await testedTenant(opened.stack, {
    world: { contacts: 150, visitors: 160, companies: 5, accounts: 5 },
  });
  const good = await tenant.ended(await tenant.start('visitor', 'enable'));
  await opened.stack.api.patch(`/v1/tenants/${tenant.id}`, { fourEyes: true });
  // Of its own version since the good run: the baseline forgives what it was made with.
  await tenant.fault({ vendor: 'pendo', kind: 'empty200', source: '^events$' });
  const run = await tenant.ended(await tenant.start('visitor'));
  expect(run.state).toBe('held');
  const address = `/t/${tenant.id}/runs/${run.id}`;

  // Not made with the key that started the run: that would be no second pair of eyes.
  const { secret } = await createApiKey(opened.stack.services.control, systemCaller('cli'), {
    name: 'reviewer',
    scopes: ['operate'],
  });
  // Whoever started it: the key of the stack, which the sign-in link stands for.
  await using author = await opened.browser.open({ allowed: /401/ });
  await author.page.goto(await opened.link());
  await author.page.getByRole('navigation').first().waitFor();
  await author.page.goto(address);
  await author.page.getByText('Somebody else must approve this run').waitFor();
  expect(await author.page.getByRole('button', { name: 'Approve…' }).count()).toBe(0);
  expect(await author.page.getByRole('button', { name: 'Cancel run' }).count()).toBe(1);
  expect(await inspect(author, 'held run of one own')).toEqual([]);

  await using reviewer = await opened.browser.open({ allowed: /401/ });
  const { page } = reviewer;
  await page.goto('/attention');
  await page.getByLabel('API key').fill(secret.reveal());
  await page.keyboard.press('Enter');
  await page.getByText(/values of "pendo_time_on_app_180d" would become empty or 0/).waitFor();
  expect(await inspect(reviewer, 'attention with a held run')).toEqual([]);
  await page.getByRole('link', { name: 'Review and decide' }).click();
  await page.getByText('Compared with the last full run that ended well').waitFor();
  await page.getByRole('link', { name: `Run ${good.id}` }).waitFor();
  await page
    .getByText(/The guard lets a run pass that leaves at least \d+/)
    .first()
    .waitFor();
  await page.getByRole('table', { name: 'Samples' }).first().waitFor();
  expect(await inspect(reviewer, 'held run')).toEqual([]);

  await page.getByRole('button', { name: 'Approve…' }).focus();
  await page.keyboard.press('Enter');
  await page.getByLabel('Reason').waitFor();
  await page.keyboard.type('Nobody used the product during the holidays.');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText(/Approved by.*Nobody used the product during the holidays\./).waitFor();
  await tenant.noFaults();
  expect(await tenant.ended(run)).toMatchObject({ state: 'succeeded', approved: ['push'] });
});
