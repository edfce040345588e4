import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PendoWorld, startPendoWorld } from './world.ts';

let world: PendoWorld;
beforeAll(async () => {
  world = await startPendoWorld({ visitors: 0, accounts: 0, companies: 0 });
});
afterAll(() => world[Symbol.asyncDispose]());

const row = {
  n: 12,
  s: 'acme',
  nothing: null,
  list: ['a', 'b'],
  deep: { a: { b: 3 } },
  polls: [{ id: 'p0' }],
  yes: true,
};

describe('an expression is worked out as in C', () => {
  test.each<[string, unknown]>([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['-n + 20', 8],
    ['7 % 4', 3],
    ['n / 8', 1.5],
    ['1e3 + .5', 1000.5],
    ['n / 0', null],
    ['nothing + 1', null],
    ['s + "!"', 'acme!'],
    ['n == 12 && s == "acme"', true],
    ['n == 13 || !yes', false],
    ['n > 2 == true', true],
    ['1 < 2 && 2 <= 2 && 3 > 2 && 2 >= 3', false],
    ['n == "12"', false],
    ['s < "b"', true],
    ['n < "b"', false],
    ['missing == null', true],
    ['missing.deeper != ""', true],
    ['deep.a.b', 3],
    ['deep["a"].b', 3],
    ['polls[0].id', 'p0'],
    ['polls[7].id', null],
    ['list[n - 11]', 'b'],
    ['"quote \\" and \\\\ and \\u00e9"', 'quote " and \\ and é'],
    ['`no \\escape`', 'no \\escape'],
    ['"tab\there"', 'tab\there'],
    ['if(n > 10, "big", "small")', 'big'],
    ['if(isNull(nothing), 0, nothing)', 0],
    ['isNull(missing)', true],
    ['isNil(s)', false],
    ['contains(s, "cm")', true],
    ['contains(list, "b")', true],
    ['startsWith(s, `ac`)', true],
    ['startsWith(nothing, "a")', false],
    ['len(s)', 4],
    ['len(list)', 2],
    ['len(nothing)', 0],
    ['keys(deep)', ['a']],
    ['list(1, "x", n)', [1, 'x', 12]],
    ['hash(s) == hash("acme")', true],
    ['hash(s) == hash("acne")', false],
    ['identified("_PENDO_T_x")', false],
    ['now()', Date.UTC(2026, 5, 15, 15)],
    ['date("2026-01-31")', Date.UTC(2026, 0, 31, 5)],
    ['date(2026, 7)', Date.UTC(2026, 6, 1, 4)],
    ['date(2026, 7, 4, 12, 30)', Date.UTC(2026, 6, 4, 16, 30)],
    ['dateAdd(date(2026, 1, 31), 1, "months")', Date.UTC(2026, 1, 28, 5)],
    ['dateAdd(now(), -2, "hours")', Date.UTC(2026, 5, 15, 13)],
    ['dateDist(date(2026, 1, 1), date(2026, 3, 1), "daily")', 59],
    ['dateDist(date(2026, 3, 1), date(2026, 1, 1), "monthly")', -2],
    ['startOfPeriod("daily", now())', Date.UTC(2026, 5, 15, 4)],
    ['startOfPeriod("hourly", now() + 1)', Date.UTC(2026, 5, 15, 15)],
    ['startOfPeriod("weekly", date(2026, 6, 17))', Date.UTC(2026, 5, 14, 4)],
    ['startOfPeriod("monthly", now())', Date.UTC(2026, 5, 1, 4)],
    ['startOfPeriod("quarterly", now())', Date.UTC(2026, 3, 1, 4)],
    ['startOfPeriod("yearly", now())', Date.UTC(2026, 0, 1, 5)],
    ['formatTime("2006-01-02 15:04:05 Mon Jan -0700", now())', '2026-06-15 11:00:00 Mon Jun -0400'],
    ['len(expandAppIds("*"))', 3],
    ['len(expandAppIds("Northwind M*"))', 1],
  ])('%s', async (expression, expected) => {
    expect(await world.value(expression, row)).toEqual(expected);
  });
});

describe('what is not understood is a 400 with text, never an empty result', () => {
  test.each([
    'n +',
    'n === 1',
    'n = 1',
    '(n',
    '"open',
    'shout(s)',
    'isNull()',
    'if(yes, 1)',
    's in ["a"]',
    'n ? 1 : 2',
    '#',
    'startOfPeriod("fortnightly", n)',
    'dateAdd(n, 1, "moons")',
    'date("tomorrow")',
    '',
    'toString(s)',
    '__proto__.polluted',
    `${'('.repeat(5000)}n${')'.repeat(5000)}`,
    `${'!'.repeat(5000)}yes`,
  ])('%s', async (expression) => {
    const answer = await world.ask({ source: { const: [row] } }, { filter: expression });
    expect(answer.status).toBe(400);
    expect(answer.text.length).toBeGreaterThan(10);
  });
});

test('an OR of five thousand equalities is evaluated', async () => {
  const terms = Array.from({ length: 5000 }, (_, i) => `n == ${i + 100_000}`);
  expect(await world.value([...terms, 'n == 12'].join(' || '), row)).toBe(true);
});

test('a row cannot reach what every object has', async () => {
  expect(await world.value('constructor.name', row)).toBeNull();
  expect(await world.value('deep.constructor', row)).toBeNull();
});
