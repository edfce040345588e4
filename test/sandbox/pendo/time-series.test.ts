import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventsOf, type PendoWorld, startPendoWorld } from './world.ts';

let world: PendoWorld;
const inNewYork = (text: string) => Date.parse(`${text}-04:00`);
const hour = 3_600_000;

beforeAll(async () => {
  world = await startPendoWorld({ visitors: 300, accounts: 30, activityDays: 500 });
});
afterAll(() => world[Symbol.asyncDispose]());

/** The distinct days that a time series reaches, ascending. */
async function days(timeSeries: object): Promise<number[]> {
  const rows = await world.rows(eventsOf(timeSeries), { group: { group: ['day'] } }, { sort: ['day'] });
  return rows.map((row) => row.day);
}

test('a negative count covers whole periods before the one that holds first: today is out', async () => {
  const found = await days({ period: 'dayRange', first: 'now()', count: -7 });
  expect(found).toEqual(
    [8, 9, 10, 11, 12, 13, 14].map((day) => inNewYork(`2026-06-${String(day).padStart(2, '0')}T00:00`)),
  );
});

test('a positive count runs forward from the period that holds first', async () => {
  const found = await days({ period: 'dayRange', first: inNewYork('2026-06-10T15:00'), count: 2 });
  expect(found).toEqual([inNewYork('2026-06-10T00:00'), inNewYork('2026-06-11T00:00')]);
});

test('last is the last period, included', async () => {
  const found = await days({ period: 'dayRange', first: 'date(2026, 6, 10)', last: 'date("2026-06-12")' });
  expect(found).toHaveLength(3);
});

test('today is there when asked for, until now', async () => {
  const rows = await world.rows(eventsOf({ period: 'dayRange', first: 'now()', count: 1 }));
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) expect(row.lastTime).toBeLessThanOrEqual(Date.UTC(2026, 5, 15, 15));
});

test.each([
  ['weekRange', -1, '2026-06-07T00:00', '2026-06-14T00:00'],
  ['monthRange', -1, '2026-05-01T00:00', '2026-06-01T00:00'],
  ['monthRange', 1, '2026-06-01T00:00', '2026-07-01T00:00'],
])('%s %i reaches from %s to %s', async (period, count, from, to) => {
  const found = await days({ period, first: 'now()', count });
  const expected = await days({ period: 'dayRange', first: inNewYork(from), last: inNewYork(to) - 1 });
  expect(found).toEqual(expected);
  expect(found[0]).toBe(inNewYork(from));
});

test('hours give rows by the hour, of those hours', async () => {
  const rows = await world.rows(eventsOf({ period: 'hourRange', first: inNewYork('2026-06-10T12:00'), count: -4 }));
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) {
    expect(row).not.toHaveProperty('day');
    expect(row.hour % hour).toBe(0);
    expect(row.hour).toBeGreaterThanOrEqual(inNewYork('2026-06-10T08:00'));
    expect(row.hour).toBeLessThan(inNewYork('2026-06-10T12:00'));
  }
});

test('an iterative period gives one independent result set per period', async () => {
  const answer = await world.rows(eventsOf({ period: 'daily', first: 'now()', count: -3 }), { count: null });
  const whole = await world.rows(eventsOf({ period: 'dayRange', first: 'now()', count: -3 }), { count: null });
  expect(answer.map((set) => set.startTime)).toEqual(await days({ period: 'dayRange', first: 'now()', count: -3 }));
  expect(answer.reduce((sum, set) => sum + set.rows[0].count, 0)).toBe(whole[0]!.count);
});

describe('first can be written in many ways', () => {
  const at = inNewYork('2026-06-10T00:00');
  test.each<[unknown]>([
    [at],
    [String(at)],
    ['date(2026, 6, 10)'],
    ['date("2026-06-10")'],
    [`${at} + 1000 * 60`],
    ['dateAdd(startOfPeriod("daily", now()), -5, "days")'],
  ])('%s', async (first) => {
    expect(await days({ period: 'dayRange', first, count: 1 })).toEqual([at]);
  });
});

describe('what makes no time is refused', () => {
  test.each<[object]>([
    [{ period: 'dayRange', first: 'now', count: -1 }],
    [{ period: 'dayRange', first: 'tomorrow()', count: -1 }],
    [{ period: 'dayRange', first: '"2026"', count: -1 }],
    [{ period: 'dayRange', first: 'now()' }],
    [{ period: 'dayRange', first: 'now()', count: 0 }],
    [{ period: 'dayRange', first: 'now()', count: -1, last: 'now()' }],
    [{ period: 'dayRange', first: 'now()', last: 'now() - 864000000' }],
    [{ period: 'fortnight', first: 'now()', count: -1 }],
    [{ period: 'dayRange', first: 'now()', count: -1, zone: 'UTC' }],
  ])('%j', async (timeSeries) => {
    expect((await world.ask(eventsOf(timeSeries), { count: null })).status).toBe(400);
  });
});

test('days of the zone begin where its clocks say, also around the change of the clocks', async () => {
  const found = await days({ period: 'dayRange', first: 'date(2026, 3, 7)', count: 3 });
  expect(found).toEqual([Date.UTC(2026, 2, 7, 5), Date.UTC(2026, 2, 8, 5), Date.UTC(2026, 2, 9, 4)]);
  expect(await days({ period: 'dayRange', first: 'date(2025, 11, 1)', count: 3 })).toEqual([
    Date.UTC(2025, 10, 1, 4),
    Date.UTC(2025, 10, 2, 4),
    Date.UTC(2025, 10, 3, 5),
  ]);
});
