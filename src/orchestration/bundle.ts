/**
 * Bundles the workflows in a process of its own. The bundler takes some two hundred megabytes that a process which
 * bundled in itself would keep for as long as it lives.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const largest = 64 * 1024 * 1024;

/** About a second. @throws with what the bundler said. */
export async function bundleApart(): Promise<{ code: string }> {
  const script = path.join(import.meta.dirname, 'bundle-process.ts');
  // The bundler and its plug-ins need no secret of ours.
  const { stdout } = await run(process.execPath, [script], { maxBuffer: largest, env: {} });
  return { code: stdout };
}
