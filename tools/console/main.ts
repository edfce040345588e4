/** `npm run console`: builds the console into `console/dist`, unless it is there already and its sources are the same. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
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
    .concat(path.join(root, 'package-lock.json'), import.meta.filename)
    .sort();
  for (const file of files) hash.update(path.relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

/** Once, here, and as small as can be, instead of for each browser that comes. */
function compressAssets(): void {
  const assets = path.join(folder, 'dist/assets');
  for (const name of readdirSync(assets).filter((one) => /\.(?:js|css)$/.test(one))) {
    const content = readFileSync(path.join(assets, name));
    writeFileSync(path.join(assets, `${name}.gz`), gzipSync(content, { level: 9 }));
    writeFileSync(path.join(assets, `${name}.br`), brotliCompressSync(content));
  }
}

const digest = digestOfSources();
if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) {
  console.log('The console is built already.');
} else {
  const started = Date.now();
  // Under a test runner it would be React's development build: twice as large, and slower.
  process.env.NODE_ENV = 'production';
  await build({ configFile: path.join(folder, 'vite.config.ts'), logLevel: 'warn' });
  compressAssets();
  writeFileSync(stamp, digest);
  console.log(`The console was built in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}
