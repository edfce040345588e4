import { expect, test } from 'vitest';
import { checkLayers } from '../../tools/layers/check.ts';
import { readProject } from '../../tools/layers/files.ts';

const check = (files: Record<string, string>) => checkLayers(new Map(Object.entries(files)));

test('the project keeps its import layers, has no import cycles and no file with two jobs', () => {
  const files = readProject(new URL('../../', import.meta.url));
  expect(files.size).toBeGreaterThan(100);
  expect(checkLayers(files)).toEqual([]);
});

test.each([
  ['sync stays pure', 'src/sync/a.ts', `import { sql } from 'kysely';`],
  ['sync imports nothing outside itself', 'src/sync/a.ts', `import { b } from '../db/b.ts';`],
  ['workflows load no activities', 'src/workflows/a.ts', `import { b } from '../activities/b.ts';`],
  ['workflows load no activities by re-export', 'src/workflows/a.ts', `export { b } from '../activities/b.ts';`],
  ['workflows load nothing of Node', 'src/workflows/a.ts', `import 'node:fs';`],
  ['a dynamic import counts', 'src/api/a.ts', `export const b = () => import('../db/b.ts');`],
  ['a mixed import loads', 'src/workflows/a.ts', `import { type B, c } from '../activities/b.ts';`],
  ['api goes through control', 'src/api/a.ts', `import { b } from '../hubspot/b.ts';`],
  ['api goes through control, for types too', 'src/api/a.ts', `import type { B } from '../db/b.ts';`],
  ['control knows no HTTP edge', 'src/control/a.ts', `import { Hono } from 'hono';`],
  ['the two vendors do not know each other', 'src/hubspot/a.ts', `import { b } from '../pendo/b.ts';`],
  ['the sandbox shares nothing with src', 'sandbox/a.ts', `import type { B } from '../src/sync/b.ts';`],
  ['the oracle takes no code from src', 'oracle/a.ts', `import { b } from '../src/sync/config.ts';`],
  ['the oracle takes nothing else from src', 'oracle/a.ts', `import type { B } from '../src/sync/usage.ts';`],
  ['the oracle takes no code from the sandbox', 'oracle/a.ts', `import { b } from '../sandbox/world.ts';`],
  ['infra stands alone', 'infra/a.ts', `import { b } from '../src/config.ts';`],
  ['src never loads tests or the sandbox', 'src/main.ts', `import { b } from '../sandbox/b.ts';`],
  ['settings are handed over', 'src/db/a.ts', `export const b = process.env.B;`],
  ['settings are handed over, to the root of src as well', 'src/services.ts', `export const b = process.env.B;`],
  ['settings are handed over to infra', 'infra/a.ts', `export const b = process.env.B;`],
  ['the environment is read in no other spelling', 'infra/a.ts', `export const b = process['env'].B;`],
  ['the environment is not imported', 'infra/a.ts', `import { env } from 'node:process';`],
  ['embedded servers are handed in', 'src/services.ts', `import { b } from '../infra/postgres.ts';`],
  ['embedded servers are handed in, their types too', 'src/a.ts', `import type { B } from '../infra/postgres.ts';`],
  ['the command line starts no servers', 'src/cli/a.ts', `import { b } from '../../infra/postgres.ts';`],
  ['no layer starts servers', 'src/control/a.ts', `export const b = () => import('../../infra/postgres.ts');`],
  ['files stay small', 'src/db/a.ts', ';\n'.repeat(401)],
  ['every file has a place', 'src2/a.ts', ''],
  ['a new folder in src needs a rule', 'src/new/a.ts', ''],
])('%s', (_guarantee, file, text) => {
  expect(check({ [file]: text })).toHaveLength(1);
});

test('what the layers allow is not complained about', () => {
  const allowed = {
    'src/workflows/a.ts': `import type * as b from '../activities/b.ts'; import { c } from '../sync/c.ts';`,
    'src/activities/b.ts': `import { c } from '../sync/c.ts'; import { d } from '../db/d.ts';`,
    'src/api/e.ts': `import { f } from '../control/f.ts'; import { Hono } from 'hono';`,
    'oracle/g.ts': `import type { S } from '../src/sync/config.ts'; import type { T } from '../sandbox/contract.ts';`,
    'src/main.ts': `import { h } from './api/e.ts'; import { i } from '../infra/i.ts'; const port = process.env.PORT;`,
    'infra/i.ts': `import { j } from './j.ts'; process.kill(process.pid);`,
  };
  expect(check(allowed)).toEqual([]);
});

test('an import cycle is found and reported once', () => {
  const problems = check({
    'src/db/a.ts': `import { b } from './b.ts';`,
    'src/db/b.ts': `import { c } from './c.ts';`,
    'src/db/c.ts': `import { a } from './a.ts';`,
  });
  expect(problems).toEqual(['src/db/a.ts:1: loads itself: src/db/a.ts -> src/db/b.ts -> src/db/c.ts -> src/db/a.ts']);
});

test('a circle of types is a circle', () => {
  const problems = check({
    'src/db/a.ts': `import type { B } from './b.ts';`,
    'src/db/b.ts': `import type { A } from './a.ts';`,
  });
  expect(problems).toEqual(['src/db/a.ts:1: loads itself: src/db/a.ts -> src/db/b.ts -> src/db/a.ts']);
});
