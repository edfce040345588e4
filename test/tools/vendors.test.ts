import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { vendorsPage } from '../../tools/vendors/page.ts';

test('docs/vendors.md is what the registry says: `npm run docs:vendors` writes it', () => {
  expect(readFileSync('docs/vendors.md', 'utf8')).toBe(vendorsPage());
});
