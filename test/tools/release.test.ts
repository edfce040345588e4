import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../infra/temporary-folder.ts';
import { packRelease } from '../../tools/release/pack.ts';
import { makeVersion } from '../../tools/release/version.ts';

test('a release is packed from its commit: the same bytes each time, in the place of the one before', async () => {
  const { path: repository, remove } = await temporaryFolder('crosswalk-release');
  const git = (...args: string[]) => execFileSync('git', ['-C', repository, ...args], { stdio: 'ignore' });
  const commit = (version: string): void => {
    writeFileSync(path.join(repository, 'package.json'), JSON.stringify({ version }));
    git('add', '.');
    git('-c', 'user.name=Somebody', '-c', 'user.email=somebody@crosswalk.test', 'commit', '-m', version);
  };
  const folder = path.join(repository, 'released');
  const pack = (version: string) => packRelease({ repository, version, commit: 'HEAD', folder });
  try {
    git('init');
    for (const part of ['src', 'infra']) {
      mkdirSync(path.join(repository, part));
      writeFileSync(path.join(repository, part, 'main.ts'), 'export {};\n');
    }
    commit('1.0.0');
    const first = readFileSync(pack('1.0.0'));
    expect(readFileSync(pack('1.0.0'))).toEqual(first);
    expect(() => pack('1.1.0')).toThrow('says 1.0.0, not 1.1.0');
    commit('1.1.0');
    pack('1.1.0');
    expect(readdirSync(folder)).toEqual(['1.1.0.tgz']);
  } finally {
    await remove();
  }
});

test('a version has its number everywhere, its part of the changelog, a commit and a tag', async () => {
  const { path: repository, remove } = await temporaryFolder('crosswalk-version');
  const git = (...args: string[]) => execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8' }).trim();
  const read = (file: string) => readFileSync(path.join(repository, file), 'utf8');
  const files = {
    'package.json': '{\n  "name": "crosswalk",\n  "version": "0.9.0",\n  "dependencies": { "a": "0.9.0" }\n}\n',
    'package-lock.json': `{\n "version": "0.9.0",\n "packages": { "": { "version": "0.9.0", "dependencies": {} },
  "node_modules/a": { "version": "0.9.0" } }\n}\n`,
    'deploy/helm/crosswalk/Chart.yaml': 'apiVersion: v2\nversion: 0.9.0\nappVersion: 0.9.0\n',
    'CHANGELOG.md': '# Changelog\n\n## Unreleased\n\n- New.\n\n## 0.9.0\n\n- Old.\n',
  };
  try {
    mkdirSync(path.join(repository, 'deploy/helm/crosswalk'), { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(path.join(repository, file), text);
    git('init', '--quiet');
    git('config', 'user.name', 'Somebody');
    git('config', 'user.email', 'somebody@crosswalk.test');
    git('add', '.');
    git('commit', '--quiet', '--message', 'So far');
    const make = (version: string) => () => makeVersion({ repository, version, date: '2026-11-28' });

    expect(make('0.9.0')).toThrow('not newer');
    expect(make('0.8.12')).toThrow('not newer');
    make('0.10.0')();
    expect(git('describe', '--exact-match')).toBe('v0.10.0');
    expect(git('status', '--porcelain')).toBe('');
    expect(read('CHANGELOG.md')).toBe(
      '# Changelog\n\n## Unreleased\n\n## 0.10.0 (2026-11-28)\n\n- New.\n\n## 0.9.0\n\n- Old.\n',
    );
    expect(JSON.parse(read('package.json'))).toMatchObject({ version: '0.10.0', dependencies: { a: '0.9.0' } });
    expect(JSON.parse(read('package-lock.json'))).toMatchObject({
      version: '0.10.0',
      packages: { '': { version: '0.10.0' }, 'node_modules/a': { version: '0.9.0' } },
    });
    expect(read('deploy/helm/crosswalk/Chart.yaml')).toBe('apiVersion: v2\nversion: 0.10.0\nappVersion: 0.10.0\n');

    expect(make('0.11.0')).toThrow('nothing under "## Unreleased"');
    writeFileSync(path.join(repository, 'left.txt'), 'not committed');
    expect(make('0.11.0')).toThrow('not committed');
  } finally {
    await remove();
  }
});
