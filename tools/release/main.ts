/**
 * Makes a release: `npm run release -- <version>`. The version's commit and tag; its code and its workflow histories, kept for the
 * tests that run it beside the next one; and in release/<version> the chart, the SBOM, the image and their check sums.
 * Nothing leaves this machine. `--no-image` where no container engine is.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { makeArtefacts } from './artefacts.ts';
import { packRelease } from './pack.ts';
import { makeVersion } from './version.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'no-image': { type: 'boolean', default: false } },
});
const [version] = positionals;
const image = !values['no-image'];
if (version === undefined || !/^\d+\.\d+\.\d+$/.test(version)) {
  console.error('Which version? For example: npm run release -- 0.2.0');
  process.exitCode = 2;
} else if (image && spawnSync('docker', ['info'], { stdio: 'ignore' }).status !== 0) {
  console.error('No container engine answers ("docker info"). Start one, or leave the image out with --no-image.');
  process.exitCode = 2;
} else {
  await release(version);
}

async function release(number: string): Promise<void> {
  const repository = path.join(import.meta.dirname, '../..');
  const run = (program: string, ...args: string[]): void => {
    execFileSync(program, args, { cwd: repository, stdio: 'inherit' });
  };
  makeVersion({ repository, version: number, date: new Date().toISOString().slice(0, 10) });
  packRelease({
    repository,
    version: number,
    commit: `v${number}`,
    folder: path.join(repository, 'test/reliability/released'),
  });
  run('npm', 'run', 'histories', '--', number);
  run('git', 'add', '--all', 'test/reliability/released', 'test/replay/histories');
  run(
    'git',
    'commit',
    '--quiet',
    '--message',
    `Version ${number} is kept for the tests that run it beside the next one`,
  );
  const folder = path.join(repository, 'release', number);
  await makeArtefacts({ repository, version: number, folder, image, environment: process.env, say: console.log });
  console.log(
    `Version ${number} is made. See it through, then: git push --follow-tags, and publish what is in release/${number}.`,
  );
}
