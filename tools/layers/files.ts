import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Files } from './check.ts';

const areas = ['src', 'sandbox', 'oracle', 'infra', 'tools', 'demo', 'bench', 'chaos', 'test', 'console', 'deploy'];

/** The TypeScript files of the project below a root folder. */
export function readProject(root: URL): Files {
  const files = new Map<string, string>();
  for (const area of areas) {
    const folder = new URL(`${area}/`, root);
    if (!existsSync(folder)) continue;
    for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const path = entry.split('\\').join('/');
      if (!/\.tsx?$/.test(path) || path.includes('node_modules/')) continue;
      files.set(`${area}/${path}`, readFileSync(fileURLToPath(new URL(path, folder)), 'utf8'));
    }
  }
  return files;
}
