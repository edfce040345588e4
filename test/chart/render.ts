import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { cacheFolder } from '../../infra/cache-folder.ts';
import { root } from '../../infra/compose.ts';
import { goBuild } from '../../infra/go-build.ts';
import { findHelm } from '../../infra/helm.ts';

export const chart = join(root, 'deploy/helm/crosswalk');

/** What an installation has to say. */
export const least = { publicUrl: 'https://crosswalk.example.com', temporal: { address: 'temporal-frontend:7233' } };

export interface Manifest {
  kind: string;
  metadata: { name: string; annotations?: Record<string, string>; labels?: Record<string, string> };
  spec: Record<string, unknown>;
}

const say = (line: string): void => console.error(line);
const helm = await findHelm(process.env, say);
const validator = cacheFolder(process.env, 'manifests', `manifests-${process.platform}-${process.arch}`);
// Built anew every time: Go knows what has not changed.
const build = { module: join(root, 'tools/manifests'), command: '.', target: validator, environment: process.env };
await goBuild({ ...build, log: existsSync(validator) ? () => undefined : say });

/** Runs Helm. `output` is both what it printed and what it complained of. */
export function runHelm(args: readonly string[], values: object = {}): { ok: boolean; output: string } {
  const { status, stdout, stderr } = spawnSync(helm, [...args, '--values', '-'], {
    encoding: 'utf8',
    input: JSON.stringify(values),
  });
  return { ok: status === 0, output: status === 0 ? stdout : `${stdout}${stderr}` };
}

/** @throws with Helm's words where it does not render */
export function renderText(values: object): string {
  const { ok, output } = runHelm(['template', 'acme', chart], values);
  if (!ok) throw new Error(output);
  return output;
}

export function manifestsIn(text: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => (document.toJS() as Manifest | null) ?? []);
}

/** What an API server would refuse, line by line. */
export function refusals(text: string): string[] {
  const { status, stdout, stderr } = spawnSync(validator, [], { encoding: 'utf8', input: text });
  if (status !== 0 && status !== 1) throw new Error(stderr);
  return stdout.split('\n').filter(Boolean);
}
