import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Bom, shippedOnly } from './shipped.ts';

/**
 * What an image is made of, as CycloneDX: the packages that run on the server, and those that the console is built from. Of packages
 * with programs for one platform, those that are installed here.
 */
export function makeSbom(repository: string): Bom {
  const text = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'], {
    cwd: repository,
    maxBuffer: 1 << 28,
    encoding: 'utf8',
  });
  const manifest = JSON.parse(readFileSync(path.join(repository, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };
  const bundled = importedByConsole(repository).filter((name) => name in manifest.devDependencies);
  return shippedOnly(JSON.parse(text) as Bom, [...Object.keys(manifest.dependencies), ...bundled]);
}

/** Packages that the console's files import, in code and in style sheets. */
function importedByConsole(repository: string): string[] {
  const files = globSync('console/**/*.{ts,tsx,css}', {
    cwd: repository,
    exclude: ['console/dist/**', '**/vite.config.ts'],
  });
  const names = files.flatMap((file) => {
    const text = readFileSync(path.join(repository, file), 'utf8');
    return [...text.matchAll(/(?:from|import) ['"]((?:@[\w.-]+\/)?[\w.-]+)[^'"]*['"]/g)].map(
      (match) => match[1] as string,
    );
  });
  return [...new Set(names)].sort();
}
