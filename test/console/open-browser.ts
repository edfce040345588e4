/** A real Chromium whose pages report everything that must not happen: errors, refused policies, requests to elsewhere. */
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { findChromium } from '../../infra/find-chromium.ts';

export interface OpenedPage extends AsyncDisposable {
  page: Page;
  /** What went wrong in the page so far, in its own words. Statuses that a test asks for can be allowed. */
  faults(): string[];
}

export interface TestBrowser extends AsyncDisposable {
  /** A page of a browser profile of its own. */
  open(options?: BrowserContextOptions & { allowed?: RegExp }): Promise<OpenedPage>;
}

export async function openBrowser(origin: string): Promise<TestBrowser> {
  const browser = await chromium.launch({
    executablePath: findChromium(process.env.PATH ?? '', process.env.CHROMIUM_PATH),
    // Root, as in containers and CI, has no user namespaces to build a sandbox with.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  return {
    async open({ allowed, ...options } = {}) {
      const context = await browser.newContext({ baseURL: origin, ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      const faults: string[] = [];
      const note = (text: string): void => {
        if (allowed === undefined || !allowed.test(text)) faults.push(text);
      };
      page.on('console', (message) => {
        if (message.type() === 'error') note(`console: ${message.text()}`);
      });
      page.on('pageerror', (error) => note(`error: ${error.message}`));
      page.on('request', (request) => {
        if (!request.url().startsWith(origin) && !request.url().startsWith('data:'))
          note(`elsewhere: ${request.url()}`);
      });
      return { page, faults: () => faults, [Symbol.asyncDispose]: () => context.close() };
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}
