/** The console's build, its scripts, and how soon somebody who has been there before sees a page on a slow line. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { findChromium } from '../infra/find-chromium.ts';
import { type Figure, median } from './figures.ts';
import { secondsOf } from './spending.ts';

const root = path.join(import.meta.dirname, '..');
/** The profile "Fast 3G" of Chromium's developer tools. */
const fast3g = { offline: false, latency: 562.5, downloadThroughput: 188_743, uploadThroughput: 86_400 };
const views = 5;

/** So that the API has it to serve. */
export function ensureConsole(): void {
  execFileSync(process.execPath, ['tools/console/main.ts'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}

export async function buildFigures(): Promise<Figure[]> {
  const outDir = await mkdtemp(path.join(tmpdir(), 'crosswalk-console-'));
  try {
    const configFile = path.join(root, 'console/vite.config.ts');
    const seconds = await secondsOf(() =>
      build({ configFile, logLevel: 'warn', build: { outDir, emptyOutDir: true } }),
    );
    const assets = path.join(outDir, 'assets');
    const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'));
    const bytes = scripts.reduce((sum, name) => sum + gzipSync(readFileSync(path.join(assets, name))).length, 0);
    return [
      { name: 'console.build', value: seconds, unit: 's', limit: 15 },
      { name: 'console.scripts', value: bytes / 1000, unit: 'kB with gzip', limit: 400 },
    ];
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}

/** From the address to the first rows of the fleet, with the shell in the browser's cache. */
export async function firstView(url: string, cookie: string): Promise<Figure> {
  const browser = await chromium.launch({
    executablePath: findChromium(process.env.PATH ?? '', process.env.CHROMIUM_PATH),
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  try {
    const context = await browser.newContext({ baseURL: url });
    const [name, value] = cookie.split('=', 2) as [string, string];
    await context.addCookies([{ name, value, url }]);
    const page = await context.newPage();
    const show = async (): Promise<number> => {
      const from = performance.now();
      await page.goto('/fleet');
      await page.getByRole('table').getByRole('row').nth(1).waitFor();
      return performance.now() - from;
    };
    await show();
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', fast3g);
    const times: number[] = [];
    for (let n = 0; n < views; n++) times.push(await show());
    return { name: 'console.firstView', value: median(times) / 1000, unit: 's on Fast 3G', limit: 2 };
  } finally {
    await browser.close();
  }
}
