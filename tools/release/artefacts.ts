import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findHelm } from '../../infra/helm.ts';
import { makeSbom } from '../sbom/make.ts';
import { pinImages } from './pin-images.ts';

export interface ArtefactOptions {
  repository: string;
  version: string;
  /** Emptied first. */
  folder: string;
  /** The image is built and saved; without an engine it has to be left out. */
  image: boolean;
  environment: NodeJS.ProcessEnv;
  say: (line: string) => void;
}

/** What is published of a version: chart, SBOM, image with the digests of those it rests on, and the check sums of all. */
export async function makeArtefacts({
  repository,
  version,
  folder,
  image,
  environment,
  say,
}: ArtefactOptions): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const run = (program: string, ...args: string[]): void => {
    execFileSync(program, args, { cwd: repository, stdio: ['ignore', 'ignore', 'inherit'], env: environment });
  };
  writeFileSync(
    path.join(folder, `crosswalk-${version}.cdx.json`),
    `${JSON.stringify(makeSbom(repository), null, 2)}\n`,
  );
  run(await findHelm(environment, say), 'package', 'deploy/helm/crosswalk', '--destination', folder);
  if (image) {
    const { settings, unpinned } = pinImages({ repository, environment, say });
    const missing = unpinned.map(
      ({ variable, name }) => `# Not known when this was made: ${variable}=${name}@sha256:…`,
    );
    writeFileSync(path.join(folder, 'images.env'), [...settings, ...missing].map((line) => `${line}\n`).join(''));
    say('Building the image');
    const args = settings.filter((line) => line.startsWith('NODE_IMAGE=')).flatMap((line) => ['--build-arg', line]);
    run('docker', 'build', ...args, '--tag', `crosswalk:${version}`, '.');
    run('docker', 'save', '--output', path.join(folder, `crosswalk-${version}.image.tar`), `crosswalk:${version}`);
  }
  const sums = readdirSync(folder)
    .sort()
    .map((name) => {
      const sum = createHash('sha256')
        .update(readFileSync(path.join(folder, name)))
        .digest('hex');
      return `${sum}  ${name}\n`;
    });
  writeFileSync(path.join(folder, 'SHA256SUMS'), sums.join(''));
}
