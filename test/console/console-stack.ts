/** A stack that serves the built console, and a browser that looks at it. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type { Stack } from '../../demo/stack.ts';
import { signInLink } from '../../src/control/sessions/sign-in-link.ts';
import { openStack } from '../e2e/open-stack.ts';
import { openBrowser, type TestBrowser } from './open-browser.ts';

export interface ConsoleStack {
  stack: Stack;
  browser: TestBrowser;
  /** An address that signs in once. */
  link(): Promise<string>;
  stop(): Promise<void>;
}

const root = path.join(import.meta.dirname, '../..');

/** @param settings of the stack, as the environment would name them */
export async function openConsole(settings?: Record<string, string>): Promise<ConsoleStack> {
  execFileSync(process.execPath, ['tools/console/main.ts'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const stack = await openStack({ consoleFolder: path.join(root, 'console/dist'), settings });
  const browser = await openBrowser(stack.apiUrl);
  return {
    stack,
    browser,
    link: async () => {
      const link = await signInLink(stack.services.control, stack.apiUrl);
      if (link === undefined) throw new Error('there is no key to sign in with');
      return link;
    },
    async stop() {
      await browser[Symbol.asyncDispose]();
      await stack.stop();
    },
  };
}
