import { describe, expect, test } from 'vitest';
import { accountsOfVisitor, visitCanon, visits } from '../../src/sync/visits.ts';

const t = (text: string): number => Date.parse(text);

describe('visits', () => {
  const metadata = {
    auto: { firstvisit: 100, lastvisit: 900 },
    auto__323232: { firstvisit: 300, lastvisit: 800 },
    auto__7: { firstvisit: 0, lastvisit: '700' },
    auto__8: null,
    auto__9: { firstvisit: 'never', lastvisit: null },
  };

  test('of every app are those of auto', () => {
    expect(visits(metadata, null)).toEqual({ first: 100, last: 900 });
  });

  test.each([
    [[-323232], { first: 300, last: 800 }], // the group's name drops the sign
    [[323232], { first: 300, last: 800 }],
    [[-323232, 7], { first: 300, last: 800 }], // 0 is "never", not the least
    [[7], { first: null, last: 700 }],
    [[7, 8, 1], { first: null, last: 700 }],
    [[1], { first: null, last: null }],
    [[7, 9], { first: 'never', last: 700 }], // what cannot be read stays that way
  ])('of the apps %j are the least and the greatest that are not 0', (apps, expected) => {
    expect(visits(metadata, apps)).toEqual(expected);
  });

  test.each([[undefined], [null], [{}], [{ auto: null }]])('of a record with %j are nothing', (none) => {
    for (const apps of [null, [7]]) {
      const { first, last } = visits(none, apps);
      expect(visitCanon(first, 'UTC', 'date')).toBeNull();
      expect(visitCanon(last, 'UTC', 'datetime')).toBeNull();
    }
  });
});

describe('a visit', () => {
  test.each([[0], ['0'], [null], [undefined], [''], [-0], ['1970-01-01T00:00:00Z']])('of %j is nothing', (raw) => {
    expect(visitCanon(raw, 'UTC', 'date')).toBeNull();
    expect(visitCanon(raw, 'America/New_York', 'datetime')).toBeNull();
  });

  test.each([
    [t('2024-03-10T04:59:59.999Z'), 'America/New_York', '2024-03-09'],
    [t('2024-03-10T05:00:00Z'), 'America/New_York', '2024-03-10'],
    [t('2024-03-11T03:59:59Z'), 'America/New_York', '2024-03-10'],
    [t('2011-12-30T10:00:00Z'), 'Pacific/Apia', '2011-12-31'],
    [t('2018-02-18T02:30:00Z'), 'America/Sao_Paulo', '2018-02-17'],
    ['1710046800000', 'Asia/Kathmandu', '2024-03-10'],
    ['2024-03-10T05:00:00Z', 'UTC', '2024-03-10'],
    [-1, 'UTC', '1969-12-31'],
  ])('at %j in %s is on %s', (raw, zone, day) => {
    expect(visitCanon(raw, zone, 'date')).toBe(day);
  });

  test('as a datetime is its instant, in whatever zone', () => {
    expect(visitCanon('2024-03-10T05:00:00Z', 'America/New_York', 'datetime')).toBe('1710046800000');
  });

  test('that cannot be read, or that no calendar date can name, is invalid', () => {
    expect(visitCanon('soon', 'UTC', 'date')).toEqual({ invalid: 'notATime' });
    for (const type of ['date', 'datetime'] as const) {
      expect(visitCanon('9999-12-31T23:00:00Z', 'Asia/Tokyo', type)).toEqual({ invalid: 'outOfRange' });
      expect(visitCanon('0000-01-01T01:00:00Z', 'America/New_York', type)).toEqual({ invalid: 'outOfRange' });
      expect(visitCanon('9999-12-31T23:00:00Z', 'America/New_York', type)).toBe(
        type === 'date' ? '9999-12-31' : '253402297200000',
      );
    }
  });
});

test.each([
  [{ accountids: ['a', 'b', 'a', ''] }, ['a', 'b']],
  [{ accountids: 'a' }, ['a']],
  [{ accountids: ['a'], accountid: 'z' }, ['a']],
  [{ accountids: [], accountid: 'z' }, ['z']],
  [{ accountids: '', accountid: 'z' }, ['z']],
  [{ accountids: null, accountid: 'z' }, ['z']],
  [{ accountid: 'z' }, ['z']],
  [{ accountid: ['y', 'z'] }, ['y', 'z']],
  [{ accountids: [''], accountid: 'z' }, []], // a list, and not an empty one
  [{ accountids: ['A', 'a', ' a'] }, ['A', 'a', ' a']],
  [{ accountids: ['a\0', '\ud800', ' ', 'x'.repeat(1025), 7, null, 'ok'] }, ['ok']],
  [{ accountids: 7, accountid: 'z' }, []],
  [{ accountid: '' }, []],
  [{}, []],
  [null, []],
  [undefined, []],
])('the accounts of a visitor with %j are %j', (auto, accounts) => {
  expect(accountsOfVisitor(auto)).toEqual(accounts);
});
