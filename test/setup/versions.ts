/** Versions of Crosswalk, each in a folder that it runs from: the previous one as it was released, and later ones than this. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../../infra/temporary-folder.ts';

const root = path.join(import.meta.dirname, '../..');
const released = path.join(root, 'test/reliability/released');

export interface Versions extends AsyncDisposable {
  /** The folder of the release that is kept in `test/reliability/released`. */
  previous(): string;
  /** The folder of this version with further migrations, by name: what one of them does, in SQL. */
  later(migrations: Readonly<Record<string, readonly string[]>>): string;
}

export async function layOutVersions(): Promise<Versions> {
  const home = await temporaryFolder('crosswalk-versions');
  const newFolder = (name: string): string => {
    const folder = path.join(home.path, name);
    mkdirSync(folder);
    symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    return folder;
  };
  let made = 0;
  return {
    previous() {
      const [archive, more] = readdirSync(released);
      if (archive === undefined || more !== undefined) throw new Error(`${released} must hold one archive.`);
      const folder = newFolder(`previous-${++made}`);
      execFileSync('tar', ['-xzf', path.join(released, archive), '-C', folder]);
      return folder;
    },
    later(migrations) {
      const folder = newFolder(`later-${++made}`);
      for (const part of ['package.json', 'src', 'infra']) {
        cpSync(path.join(root, part), path.join(folder, part), { recursive: true });
      }
      for (const [name, statements] of Object.entries(migrations)) {
        writeFileSync(path.join(folder, 'src/db/migrations', `${name}.ts`), migration(statements));
      }
      return folder;
    },
    [Symbol.asyncDispose]: home.remove,
  };
}

const migration = (statements: readonly string[]): string => `
import { sql } from 'kysely';
export async function up(db) {
  for (const text of ${JSON.stringify(statements)}) await sql.raw(text).execute(db);
}
`;
