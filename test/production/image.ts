import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../infra/compose.ts';

/** Lays out a folder as the Dockerfile lays out the image: the same files, the same dependencies. */
export function layOutImage(folder: string): void {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  mkdirSync(folder, { recursive: true });
  // Of the last stage, and what its dependencies are installed from.
  const [, dependencies = '', last = ''] = /^(.*?)\n# The console(?:.*)\n(FROM .*)$/s.exec(dockerfile) ?? [];
  for (const [, sources = ''] of `${dependencies}\n${last}`.matchAll(/^COPY (?!--from)(.+) \S+$/gm)) {
    for (const source of sources.split(' ')) cpSync(join(root, source), join(folder, source), { recursive: true });
  }
  const [, install = ''] = /^RUN (?:--mount=\S+ |\\\n *)*(npm .+)$/m.exec(dockerfile) ?? [];
  execFileSync('sh', ['-c', install], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
}
