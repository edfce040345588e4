import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../infra/temporary-folder.ts';
import { packRelease } from '../../tools/release/pack.ts';

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
