import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface Release {
  repository: string;
  version: string;
  /** Like 2026-11-28. */
  date: string;
}

/**
 * Makes the version: its number in every file that has one, its part of the changelog, a commit and the tag `v<version>`.
 *
 * @throws before anything is changed, where the work tree is not clean, the version is not newer, or nothing is new
 */
export function makeVersion({ repository, version, date }: Release): void {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8' }).trim();
  const at = (file: string): string => path.join(repository, file);
  const change = (file: string, how: (text: string) => string): void =>
    writeFileSync(at(file), how(readFileSync(at(file), 'utf8')));

  if (git('status', '--porcelain') !== '') throw new Error('There are changes that are not committed.');
  if (git('tag', '--list', `v${version}`) !== '') throw new Error(`The tag v${version} is there already.`);
  const { version: before } = JSON.parse(readFileSync(at('package.json'), 'utf8')) as { version: string };
  if (!isNewer(version, before)) throw new Error(`${version} is not newer than ${before}.`);
  const changelog = closeChangelog(readFileSync(at('CHANGELOG.md'), 'utf8'), version, date);

  writeFileSync(at('CHANGELOG.md'), changelog);
  change('package.json', (text) => text.replace(`"version": "${before}"`, `"version": "${version}"`));
  // The project's own entry and the one of its root come first.
  change('package-lock.json', (text) => {
    const end = text.indexOf('"dependencies"');
    return text.slice(0, end).replaceAll(`"version": "${before}"`, `"version": "${version}"`) + text.slice(end);
  });
  change('deploy/helm/crosswalk/Chart.yaml', (text) => text.replace(/^(version|appVersion): .*$/gm, `$1: ${version}`));
  git('add', 'CHANGELOG.md', 'package.json', 'package-lock.json', 'deploy/helm/crosswalk/Chart.yaml');
  git('commit', '--quiet', '--message', `Version ${version}`);
  git('tag', '--annotate', `v${version}`, '--message', `Version ${version}`);
}

/** @throws where there is nothing under Unreleased */
function closeChangelog(text: string, version: string, date: string): string {
  const [before = '', rest] = text.split(/^## Unreleased\n/m);
  const news = rest?.split(/^## /m)[0]?.trim();
  if (rest === undefined || !news) throw new Error('CHANGELOG.md has nothing under "## Unreleased".');
  return `${before}## Unreleased\n\n## ${version} (${date})\n${rest}`;
}

function isNewer(version: string, than: string): boolean {
  const [a, b] = [version, than].map((one) => one.split('.').map(Number)) as [number[], number[]];
  const first = a.findIndex((number, at) => number !== b[at]);
  return first >= 0 && (a[first] as number) > (b[first] as number);
}
