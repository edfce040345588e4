import { DateTime } from 'luxon';
import { expect, test } from 'vitest';
import { createCalendar, DAY } from '../../../sandbox/pendo/calendar.ts';

const zones = ['America/New_York', 'Europe/Berlin', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Chatham', 'UTC'];

test.each(zones)('every day of three years in %s starts where an independent calendar says', (zone) => {
  const calendar = createCalendar(zone);
  for (let day = DateTime.fromISO('2024-01-01', { zone }); day.year < 2027; day = day.plus({ days: 1 })) {
    const number = Date.UTC(day.year, day.month - 1, day.day) / DAY;
    expect([calendar.dayStart(number), day.toISODate()]).toEqual([day.startOf('day').toMillis(), day.toISODate()]);
  }
});

test.each([
  // Midnight does not exist: the day starts at one o'clock.
  ['Africa/Cairo', '2026-04-24', '2026-04-24T01:00+03:00'],
  ['Asia/Beirut', '2026-03-29', '2026-03-29T01:00+03:00'],
  ['America/Sao_Paulo', '2018-11-04', '2018-11-04T01:00-02:00'],
  // Midnight comes twice: the first one counts.
  ['America/Havana', '2026-11-01', '2026-11-01T00:00-04:00'],
])('in %s the day %s starts at its first instant', (zone, date, start) => {
  const calendar = createCalendar(zone);
  const number = Date.parse(date) / DAY;
  expect(new Date(calendar.dayStart(number)).toISOString()).toBe(new Date(start).toISOString());
  expect(calendar.dayNumber(calendar.dayStart(number) - 1)).toBe(number - 1);
});

test.each([
  // Skipped as a whole: what would be its start is the next day's.
  ['Pacific/Apia', '2011-12-30', '2011-12-31T00:00+14:00', '2011-12-31'],
  ['Pacific/Kwajalein', '1993-08-21', '1993-08-22T00:00+12:00', '1993-08-22'],
])('in %s there is no %s', (zone, date, start, next) => {
  const calendar = createCalendar(zone);
  const number = Date.parse(date) / DAY;
  const at = Date.parse(start);
  expect([calendar.dayStart(number), calendar.dayStart(number + 1)]).toEqual([at, at]);
  expect([calendar.dayNumber(at), calendar.dayNumber(at - 1)]).toEqual([Date.parse(next) / DAY, number - 1]);
});

test('in St John’s the clocks moved a minute after midnight, which comes twice in autumn', () => {
  const zone = 'America/St_Johns';
  const calendar = createCalendar(zone);
  for (let day = DateTime.fromISO('2008-03-01', { zone }); day.year < 2012; day = day.plus({ days: 1 })) {
    const number = Date.UTC(day.year, day.month - 1, day.day) / DAY;
    expect([calendar.dayStart(number), day.toISODate()]).toEqual([day.startOf('day').toMillis(), day.toISODate()]);
  }
  const autumn = Date.parse('2010-11-07T00:00:30-02:30');
  expect(calendar.wall(autumn)).toBe(Date.UTC(2010, 10, 7, 0, 0, 30));
  expect(calendar.wall(autumn + 60_000)).toBe(Date.UTC(2010, 10, 6, 23, 1, 30));
});

test('steps by days, weeks and months keep the wall clock', () => {
  const calendar = createCalendar('America/New_York');
  for (const unit of ['daily', 'weekly', 'monthly', 'quarterly', 'yearly'] as const) {
    const name = { daily: 'days', weekly: 'weeks', monthly: 'months', quarterly: 'quarters', yearly: 'years' }[unit];
    for (const start of ['2025-10-31T09:30', '2026-01-31T00:00', '2026-02-07T03:00']) {
      const from = DateTime.fromISO(start, { zone: 'America/New_York' });
      for (let count = -20; count <= 20; count++) {
        const expected = from.plus({ [name]: count }).toMillis();
        expect([calendar.add(from.toMillis(), count, unit), start, unit, count]).toEqual([
          expected,
          start,
          unit,
          count,
        ]);
      }
    }
  }
});
