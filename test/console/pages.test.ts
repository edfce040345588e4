/** Every page of the console: accessible in both themes, without an error, with nothing from elsewhere, and readable on a phone. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestedTenant, testedTenant } from '../e2e/tested-tenant.ts';
import { type ConsoleStack, openConsole } from './console-stack.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let opened: ConsoleStack;
let tenant: TestedTenant;
let cookies: { name: string; value: string; url: string }[];
let addresses: Record<string, string>;

beforeAll(async () => {
  opened = await openConsole();
  tenant = await testedTenant(opened.stack, { world: { contacts: 120, visitors: 130, companies: 10, accounts: 10 } });
  await tenant.ended(await tenant.start('visitor', 'preview'));
  const run = await tenant.ended(await tenant.start('visitor', 'enable'));
  const { id } = tenant;
  const { records } = await opened.stack.api.get<{ records: { id: string }[] }>(
    `/v1/tenants/${id}/runs/${run.id}/records?leg=push&outcome=written&limit=1`,
  );
  const record = encodeURIComponent(records[0]!.id);
  const setup = Object.fromEntries(
    ['pendo', 'hubspot', 'match', 'pull', 'push', 'preview', 'enable'].map((step) => [
      `set-up, ${step}`,
      `/t/${id}/setup?step=${step}&object=visitor`,
    ]),
  );
  addresses = {
    fleet: '/fleet',
    attention: '/attention',
    tenant: `/t/${id}`,
    sync: `/t/${id}/visitor`,
    runs: `/t/${id}/runs`,
    run: `/t/${id}/runs/${run.id}`,
    records: `/t/${id}/records?q=${record}`,
    record: `/t/${id}/visitor/records/pendo/${record}`,
    connections: `/t/${id}/connections`,
    alerts: `/t/${id}/alerts`,
    keys: '/keys',
    audit: '/audit',
    'not found': '/nothing/here',
    ...setup,
  };
  await using signedIn = await opened.browser.open({ allowed: /401/ });
  await signedIn.page.goto(await opened.link());
  await signedIn.page.getByRole('navigation').first().waitFor();
  cookies = (await signedIn.page.context().cookies()).map(({ name, value }) => ({
    name,
    value,
    url: opened.stack.apiUrl,
  }));
}, 180_000);
afterAll(() => opened.stop());

/** Settled: nothing is loading, and nothing more is asked for the moment. */
async function settle(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForFunction(() => document.querySelector('[role=status][aria-label=Loading]') === null);
  await page.waitForLoadState('networkidle');
}

async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run(context: Document, options: object): Promise<{ violations: Violation[] }> };
    };
    interface Violation {
      id: string;
      nodes: { html: string }[];
    }
    const { violations } = await axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
  });
}

test('every page is accessible in both themes, shows no error, asks nobody else, and fits a phone', {
  timeout: 400_000,
}, async () => {
  const all: Record<string, string[]> = {};
  const folder = process.env.TEST_PICTURES;
  for (const [name, address] of Object.entries(addresses)) {
    // An alert target that was never set answers 404, which is an answer.
    await using tab = await opened.browser.open({ reducedMotion: 'reduce', allowed: /404/ });
    const { page } = tab;
    await page.context().addCookies(cookies);
    await page.goto(address);
    await settle(page);
    const found: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
      found.push(...(await findings(page)).map((finding) => `${colorScheme}: ${finding}`));
      if (folder !== undefined) {
        await page.screenshot({ path: `${folder}/${name.replace(/\W+/g, '-')}-${colorScheme}.png`, fullPage: true });
      }
    }
    await page.setViewportSize({ width: 360, height: 740 });
    // The navigation slides out of the way first.
    await page
      .waitForFunction(() => document.documentElement.scrollWidth <= 360, undefined, { timeout: 3000 })
      .catch(() => undefined);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    if (width > 360) found.push(`scrolls sideways: ${width} pixels`);
    if (folder !== undefined)
      await page.screenshot({ path: `${folder}/${name.replace(/\W+/g, '-')}-narrow.png`, fullPage: true });
    found.push(...tab.faults());
    if (found.length > 0) all[name] = found;
  }
  expect(all).toEqual({});
});

test("a vendor's text never becomes markup", async () => {
  await using tab = await opened.browser.open({ allowed: /404/ });
  await tab.page.context().addCookies(cookies);
  await opened.stack.api.patch(`/v1/tenants/${tenant.id}`, { name: '<img src=x onerror=alert(1)><b>bold</b>' });
  await tab.page.goto(`/t/${tenant.id}`);
  await settle(tab.page);
  expect(await tab.page.getByRole('heading', { level: 1 }).textContent()).toBe(
    '<img src=x onerror=alert(1)><b>bold</b>',
  );
  expect(tab.faults()).toEqual([]);
});
