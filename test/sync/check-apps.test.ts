import { expect, test } from 'vitest';
import { checkApps } from '../../src/sync/check-apps.ts';
import { field } from './definitions.ts';

const listed = [
  { id: -323232, name: 'Web' },
  { id: 5629499534213120, name: 'Phone' },
];
const group = { firstvisit: field('time') };
const found = (apps: number[] | null, known: Partial<Parameters<typeof checkApps>[1]> = {}): unknown[] =>
  checkApps(apps, { listed, schema: {}, ...known }).map(({ path, code }) => `${path} ${code}`);

test('only apps that Pendo knows can be chosen', () => {
  expect(found(null)).toEqual([]);
  expect(found([-323232, 5629499534213120])).toEqual([]);
  expect(found([-323232, 42, 323232, -5629499534213120])).toEqual([
    'apps.1 APP_UNKNOWN',
    'apps.2 APP_UNKNOWN',
    'apps.3 APP_UNKNOWN',
  ]);
  // Its visits are still there, and Pendo no longer lists it.
  expect(found([42], { schema: { auto__42: group } })).toEqual(['apps.0 APP_UNKNOWN']);
});

test('a list that may be of the default app alone condemns no other that has been used', () => {
  const alone = listed.slice(0, 1);
  expect(found([42], { listed: alone, schema: { auto__42: group, auto__323232: group } })).toEqual([]);
  expect(found([42], { listed: alone, schema: { auto__323232: group } })).toEqual(['apps.0 APP_UNKNOWN']);
  expect(found([323232], { listed: alone, schema: { auto__323232: group } })).toEqual(['apps.0 APP_UNKNOWN']);
});

test('where Pendo lists no apps, those count that were used', () => {
  const schema = { auto: group, auto__42: group };
  expect(found([42, 43], { listed: null, schema })).toEqual(['apps.1 APP_UNKNOWN']);
  // Nothing is known of any app: nothing can be said.
  expect(found([43], { listed: null, schema: { auto: group } })).toEqual([]);
});
