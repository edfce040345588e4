/** A page as everybody gets it: accessible in both themes, without an error, with nothing from elsewhere, and fit for a phone. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import type { OpenedPage } from './open-browser.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const folder = process.env.TEST_PICTURES;

/** Settled: nothing is loading, and nothing more is asked for the moment. */
export async function settle(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForFunction(() => document.querySelector('[role=status][aria-label=Loading]') === null);
  await page.waitForLoadState('networkidle');
}

/** @returns what is wrong with the page as it stands. Pictures are kept where TEST_PICTURES names a folder. */
export async function inspect(tab: OpenedPage, name: string): Promise<string[]> {
  const { page } = tab;
  await settle(page);
  const size = page.viewportSize();
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
    await transitionsEnd(page);
    found.push(...(await findings(page)).map((finding) => `${colorScheme}: ${finding}`));
    await picture(page, `${name}-${colorScheme}`);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  // The navigation slides out of the way first.
  await page
    .waitForFunction(() => document.documentElement.scrollWidth <= 360, undefined, { timeout: 3000 })
    .catch(() => undefined);
  await transitionsEnd(page);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  if (width > 360) found.push(`scrolls sideways: ${width} pixels`);
  await picture(page, `${name}-narrow`);
  if (size !== null) await page.setViewportSize(size);
  return [...found, ...tab.faults()];
}

/** Colours fade from one theme into the other: contrast is measured once they have arrived. */
async function transitionsEnd(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every(({ playState, effect }) => playState !== 'running' || effect?.getComputedTiming().endTime === Infinity),
  );
}

async function picture(page: Page, name: string): Promise<void> {
  if (folder === undefined) return;
  // A dialogue stands over what is on the screen.
  const fullPage = (await page.getByRole('dialog').count()) === 0;
  if (fullPage) await page.evaluate(() => window.scrollTo(0, 0));
  await page.screenshot({ path: `${folder}/${name.replace(/\W+/g, '-')}.png`, fullPage });
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
