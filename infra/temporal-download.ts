import { spawn } from 'node:child_process';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { downloadEnvironment, type Environment } from './environment.ts';

/** Nothing received for this long: there is no way through to the download. */
const silenceMs = 20_000;
const limitMs = 300_000;

/**
 * Lets Temporal's SDK download its dev server into a folder. It runs in a process of its own, since the SDK's
 * native part would otherwise be set up here before the application has chosen its options, and so that a
 * connection that hangs can be given up.
 *
 * @returns the program, or the reason why there is none.
 */
export async function downloadTemporal(
  folder: string,
  environment: Environment,
): Promise<{ path: string } | { failed: string }> {
  await mkdir(folder, { recursive: true });
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: downloadEnvironment(environment),
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4000);
  });
  let failed = '';
  const started = Date.now();
  let received = 0;
  let lastGrowth = started;
  const watch = setInterval(async () => {
    const bytes = await sizeOf(folder);
    if (bytes > received) [received, lastGrowth] = [bytes, Date.now()];
    if (Date.now() - lastGrowth > silenceMs) failed = `no data for ${silenceMs / 1000} s`;
    else if (Date.now() - started > limitMs) failed = `not finished after ${limitMs / 1000} s`;
    if (failed) child.kill('SIGKILL');
  }, 1000);
  await new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  clearInterval(watch);

  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    const { mode, size } = await stat(file);
    if (name.startsWith('temporal-sdk') && !name.includes('.downloading') && (mode & 0o100) !== 0 && size > 1_000_000) {
      return { path: file };
    }
  }
  await rm(folder, { recursive: true, force: true });
  const reason = said.split('\n').find((line) => /error/i.test(line)) ?? 'it did not say why';
  return { failed: failed || (reason.split('): ').at(-1) ?? reason).replace(/]$/, '').trim() };
}

async function sizeOf(folder: string): Promise<number> {
  let sum = 0;
  for (const name of await readdir(folder)) sum += (await stat(join(folder, name)).catch(() => ({ size: 0 }))).size;
  return sum;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  const downloadDir = process.argv[2] as string;
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'cached-download', downloadDir } },
  });
  await environment.teardown();
}
