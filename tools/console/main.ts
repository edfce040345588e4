/** `npm run console`: builds the console into `console/dist`, unless it is there already and its sources are the same. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'vite';

const root = path.join(import.meta.dirname, '../..');
const folder = path.join(root, 'console');
const stamp = path.join(folder, 'dist/.built-from');

function digestOfSources(): string {
  const hash = createHash('sha256');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith(path.join(folder, 'dist')))
    .concat(path.join(root, 'package-lock.json'))
    .sort();
  for (const file of files) hash.update(path.relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

const digest = digestOfSources();
if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) {
  console.log('The console is built already.');
} else {
  const started = Date.now();
  await build({ configFile: path.join(folder, 'vite.config.ts'), logLevel: 'warn' });
  writeFileSync(stamp, digest);
  console.log(`The console was built in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}
