/** A tenant's file may come from the tenant: whatever is in it is refused with a place and a reason, soon, and breaks nothing. */
import { expect, test } from 'vitest';
import { Problem } from '../../src/cli/problem.ts';
import { readTenantFile } from '../../src/cli/tenant-file/file.ts';

const letters = [...'abcdefghij'];
const head = 'crosswalk: 1\ntenant:\n  externalId: acme\n  name: Acme\n';
const read = (text: string) => readTenantFile(text, { read: () => undefined, allowed: [] } as never);

test.each([
  [
    'aliases that stand for a billion values',
    `a: &a [x,x,x,x,x,x,x,x,x]\n${letters
      .slice(1)
      .map((letter, at) => `${letter}: &${letter} [${Array(9).fill(`*${letters[at]}`).join(',')}]`)
      .join('\n')}`,
  ],
  ['an alias that stands for itself', `${head}  settings: &a {a: *a}`],
  ['an alias that stands for nothing', `${head}  settings: *a`],
  ['lists in lists, without end', `${head}  settings: ${'['.repeat(20_000)}${']'.repeat(20_000)}`],
  ['a name twice', `${head}  name: Other`],
  ['a tag that makes something run', `${head}  settings: !!js/function "process.exit()"`],
  ['another prototype', `${head}__proto__: {admin: true}`],
])('%s', (_what, text) => {
  const began = performance.now();
  expect(() => read(text)).toThrow(Problem);
  expect(performance.now() - began).toBeLessThan(5000);
  expect(Object.prototype).not.toHaveProperty('admin');
});

test('settings may hold any name, and become nobody’s prototype', () => {
  const [file] = read(`${head}  settings: {__proto__: {admin: true}, constructor: 1}`);
  expect(file!.tenant.settings).not.toHaveProperty('admin');
  expect(JSON.stringify(file!.tenant.settings)).toContain('constructor');
});
