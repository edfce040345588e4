/** A browser that is signed in, and keeps pictures of what it shows: light, 1280 wide, and no higher than the page. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { findChromium } from '../../infra/find-chromium.ts';
import { signInLink } from '../../src/control/sessions/sign-in-link.ts';
import type { Stack } from '../stack.ts';
import { smallPng } from './small-png.ts';

export interface Camera extends AsyncDisposable {
  page: Page;
  /** @param height of the picture at most @param heading the part of the page that it begins with, if not its top */
  take(name: string, height?: number, heading?: string): Promise<void>;
  /** Again, where days have gone by and the session has ended. */
  signIn(): Promise<void>;
}

const mostBytes = 100_000;
/** Pixels from the top of the window. */
const belowHeader = 76;

export async function openCamera(stack: Stack, folder: string): Promise<Camera> {
  const browser = await chromium.launch({
    executablePath: findChromium(process.env.PATH ?? '', process.env.CHROMIUM_PATH),
    // Root, as in containers, has no user namespaces to build a sandbox with.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  const page = await browser.newPage({
    baseURL: stack.apiUrl,
    viewport: { width: 1280, height: 800 },
    colorScheme: 'light',
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
  });
  page.setDefaultTimeout(60_000);
  const signIn = async (): Promise<void> => {
    const link = await signInLink(stack.services.control, stack.apiUrl);
    if (link === undefined) throw new Error('there is no key to sign in with');
    await page.goto(link);
    await page.getByRole('navigation').first().waitFor();
  };
  await signIn();
  return {
    page,
    signIn,
    async take(name, height = 860, heading) {
      await page.setViewportSize({ width: 1280, height });
      await page.waitForFunction(() => document.querySelector('[role=status][aria-label=Loading]') === null);
      await page.waitForLoadState('networkidle');
      // What was clicked last keeps its ring.
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
      await page.mouse.move(0, 0);
      await page.evaluate(() => window.scrollTo(0, 0));
      if (heading !== undefined) {
        const { y = 0 } = (await page.getByRole('heading', { name: heading }).boundingBox()) ?? {};
        await page.evaluate((top) => window.scrollTo(0, top), y - belowHeader);
      }
      const file = path.join(folder, `${name}.png`);
      const picture = smallPng(await page.screenshot({ animations: 'disabled' }));
      await writeFile(file, picture);
      const size = picture.length;
      console.log(`${path.relative(process.cwd(), file)}: ${Math.round(size / 1000)} kB`);
      if (size > mostBytes)
        throw new Error(`${file} has ${size} bytes, and ${mostBytes} are the most: show less of the page`);
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}
