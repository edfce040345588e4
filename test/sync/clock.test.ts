import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  dayIn,
  daysBefore,
  daysBetween,
  daysCovering,
  isZone,
  monthsBefore,
  startOfDay,
  windows,
} from '../../src/sync/clock.ts';

const zones = [
  'UTC',
  'Europe/London',
  'America/New_York',
  'America/Sao_Paulo',
  'Asia/Beirut',
  'America/Havana',
  'America/St_Johns',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
];
const at = (text: string): number => Date.parse(text);
const zone = fc.constantFrom(...zones);
const instant = fc.integer({ min: at('1985-01-01T00:00:00Z'), max: at('2037-12-31T00:00:00Z') });
const hour = 3_600_000;

/** The local date by another calendar than the one under test. */
const calendars = new Map(
  zones.map((name) => [
    name,
    new Intl.DateTimeFormat('en-CA', { timeZone: name, year: 'numeric', month: '2-digit', day: '2-digit' }),
  ]),
);
const dateOf = (ms: number, name: string): string => calendars.get(name)!.format(ms);

describe('a day', () => {
  test('is the local date, in every zone and at every change of the clocks', () => {
    fc.assert(
      fc.property(instant, zone, (ms, name) => {
        expect(dayIn(ms, name)).toBe(dateOf(ms, name));
      }),
      {
        numRuns: 3000,
      },
    );
  });

  test('is the local date on the days on which the clocks change', () => {
    const changes: [string, string][] = [
      ['America/New_York', '2024-03-10T07:00:00Z'],
      ['America/New_York', '2024-11-03T06:00:00Z'],
      ['Europe/London', '2024-10-27T01:00:00Z'],
      ['America/Sao_Paulo', '2018-02-18T02:00:00Z'],
      ['America/Sao_Paulo', '2018-11-04T03:00:00Z'],
      ['Asia/Beirut', '2022-03-26T22:00:00Z'],
      ['America/St_Johns', '2006-10-29T02:31:00Z'],
      ['Australia/Lord_Howe', '2024-04-06T15:00:00Z'],
      ['Pacific/Apia', '2011-12-30T10:00:00Z'],
    ];
    for (const [name, change] of changes) {
      for (let minutes = -1500; minutes <= 1500; minutes += 1) {
        const ms = at(change) + minutes * 60_000;
        expect(dayIn(ms, name)).toBe(dateOf(ms, name));
      }
    }
  });

  test('starts at the first instant that has its local date', () => {
    fc.assert(
      fc.property(instant, zone, (ms, name) => {
        const start = startOfDay(ms, name);
        const date = dateOf(ms, name);
        expect(dateOf(start, name)).toBe(date);
        expect(start).toBeLessThanOrEqual(ms);
        for (let back = 60_000; back <= 26 * hour; back += back < hour ? 7 * 60_000 : hour) {
          expect(dateOf(start - back, name)).not.toBe(date);
        }
        expect(dateOf(start - 1, name)).not.toBe(date);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    // The clocks skip midnight: the day starts at 01:00.
    ['America/Sao_Paulo', '2018-11-04T15:00:00Z', '2018-11-04T03:00:00Z'],
    ['Asia/Beirut', '2022-03-27T15:00:00Z', '2022-03-26T22:00:00Z'],
    // The clocks go back over midnight: the hour before it comes twice, and the day starts after both.
    ['America/Sao_Paulo', '2018-02-18T15:00:00Z', '2018-02-18T03:00:00Z'],
    ['America/Sao_Paulo', '2018-02-18T02:30:00Z', '2018-02-17T02:00:00Z'],
    // Midnight comes twice: the first of them.
    ['America/Havana', '2024-11-03T15:00:00Z', '2024-11-03T04:00:00Z'],
    // At 00:01 back to 23:01: the new day began a minute before the old one came back.
    ['America/St_Johns', '2006-10-29T15:00:00Z', '2006-10-29T02:30:00Z'],
    ['America/St_Johns', '2006-10-29T03:00:00Z', '2006-10-28T02:30:00Z'],
    // Ordinary changes in the small hours do not move the start.
    ['Europe/London', '2024-03-31T15:00:00Z', '2024-03-31T00:00:00Z'],
    ['America/New_York', '2024-11-03T15:00:00Z', '2024-11-03T04:00:00Z'],
    // 30 December 2011 did not exist in Samoa.
    ['Pacific/Apia', '2011-12-30T09:59:59Z', '2011-12-29T10:00:00Z'],
    ['Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-30T10:00:00Z'],
  ])('in %s, that of %s starts at %s', (name, ms, start) => {
    expect(new Date(startOfDay(at(ms), name)).toISOString()).toBe(new Date(at(start)).toISOString());
  });
});

describe('the windows', () => {
  const days = fc.constantFrom(7, 30, 90, 180);

  test('are whole calendar days, one after the other, up to the start of today', () => {
    fc.assert(
      fc.property(instant, zone, days, (asOf, name, count) => {
        fc.pre(name !== 'Pacific/Apia');
        const { T0, currentStart, earlierStart } = windows(asOf, name, count);
        expect(T0).toBe(startOfDay(asOf, name));
        expect(startOfDay(currentStart, name)).toBe(currentStart);
        const date = (ms: number): number => at(`${dateOf(ms, name)}T00:00:00Z`) / 86_400_000;
        expect(date(T0) - date(currentStart)).toBe(count);
        expect(date(currentStart) - date(earlierStart)).toBe(count);
        expect(startOfDay(earlierStart, name)).toBe(earlierStart);
      }),
    );
  });

  test('do not move during a day', () => {
    fc.assert(
      fc.property(instant, zone, days, (asOf, name, count) => {
        const frame = windows(asOf, name, count);
        expect(windows(frame.T0, name, count)).toEqual(frame);
      }),
    );
  });

  test('are an hour shorter or longer over a change of the clocks', () => {
    const spring = windows(at('2024-03-12T12:00:00Z'), 'America/New_York', 7);
    expect(spring.T0 - spring.currentStart).toBe(7 * 24 * hour - hour);
    const autumn = windows(at('2024-11-05T12:00:00Z'), 'America/New_York', 7);
    expect(autumn.T0 - autumn.currentStart).toBe(7 * 24 * hour + hour);
  });

  test('that begin on a day the zone skipped begin at the first instant after it', () => {
    const start = (asOf: string): string => new Date(windows(at(asOf), 'Pacific/Apia', 7).currentStart).toISOString();
    expect(start('2012-01-04T12:00:00Z')).toBe('2011-12-29T10:00:00.000Z'); // 5 January, back to the 29th
    expect(start('2012-01-05T12:00:00Z')).toBe('2011-12-30T10:00:00.000Z'); // back to the 30th, which never was
    expect(start('2012-01-06T12:00:00Z')).toBe('2011-12-30T10:00:00.000Z'); // back to the 31st
  });

  test('of 180 days ending today reach back as Pendo counts them', () => {
    expect(windows(at('2026-11-23T17:00:00Z'), 'America/New_York', 180)).toEqual({
      T0: at('2026-11-23T05:00:00Z'),
      currentStart: at('2026-05-27T04:00:00Z'),
      earlierStart: at('2025-11-28T05:00:00Z'),
    });
  });
});

test('84 months before is the same day seven years ago, the 28th for a 29 February', () => {
  expect(monthsBefore(at('2026-11-23T05:00:00Z'), 'America/New_York', 84)).toBe(at('2019-11-23T05:00:00Z'));
  expect(monthsBefore(at('2024-02-29T12:00:00Z'), 'UTC', 84)).toBe(at('2017-02-28T00:00:00Z'));
});

test('years before 1000 keep their four digits', () => {
  expect(dayIn(at('0050-06-01T12:00:00Z'), 'UTC')).toBe('0050-06-01');
});

test.each([...zones, 'Etc/GMT+5', 'europe/berlin'])('%s is a zone', (name) => expect(isZone(name)).toBe(true));
test.each(['', 'Mars/Olympus', '+01:00', '2024-01-01T00:00Z[UTC]', 'Europe/Berlin\0', ' UTC', 'Local', 'PST', 'ACT'])(
  '%j is no zone',
  (name) => expect(isZone(name)).toBe(false),
);

/** By scanning minutes of another calendar: no arithmetic of zones at all. */
describe('dates that a zone skipped or lived twice', () => {
  const odd: [string, string][] = [
    ['Pacific/Apia', '2011-12-30'], // skipped
    ['Pacific/Fakaofo', '2011-12-30'], // skipped
    ['Pacific/Kwajalein', '1993-08-21'], // skipped
    ['Pacific/Kiritimati', '1994-12-31'], // skipped
    ['Pacific/Kwajalein', '1969-09-30'], // lived twice
    ['America/St_Johns', '2006-10-29'], // at 00:01 back to the day before
    ['America/St_Johns', '1998-04-05'], // at 00:01 an hour on
    ['America/Sao_Paulo', '2018-11-04'], // begins at 01:00
    ['America/Havana', '2024-11-03'], // midnight comes twice
  ];
  const dates = new Map<string, Intl.DateTimeFormat>();
  const dateIn = (ms: number, name: string): string => {
    const format =
      dates.get(name) ??
      new Intl.DateTimeFormat('en-CA', { timeZone: name, year: 'numeric', month: '2-digit', day: '2-digit' });
    dates.set(name, format);
    return format.format(ms);
  };
  const plus = (date: string, days: number): string =>
    new Date(at(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
  const minute = 60_000;
  /** The first instant of a date, or, where there is none, of the next that there is. */
  const firstOf = (date: string, name: string): number => {
    const noon = at(`${date}T12:00:00Z`);
    for (let ms = noon - 40 * hour; ms < noon + 40 * hour; ms += minute) if (dateIn(ms, name) === date) return ms;
    return firstOf(plus(date, 1), name);
  };

  test.each(odd)('%s, around %s: days back are dates back', (name, date) => {
    for (let shift = -2; shift <= 2; shift += 1) {
      const border = plus(date, shift);
      for (const back of [1, 7, 180]) {
        const today = plus(border, back);
        const asOf = firstOf(today, name) + 5 * hour;
        if (dateIn(asOf, name) !== today) continue;
        const expected = firstOf(border, name);
        expect([border, back, daysBefore(asOf, name, back)]).toEqual([border, back, expected]);
        if (back > 1) expect(windows(asOf, name, back).currentStart).toBe(expected);
        expect(daysBetween(asOf - 5 * hour, asOf, name)).toBe(0);
      }
      const years = `${Number(border.slice(0, 4)) + 7}${border.slice(4)}`;
      const later = firstOf(years, name) + 5 * hour;
      if (dateIn(later, name) === years) expect(monthsBefore(later, name, 84)).toBe(firstOf(border, name));
    }
  });

  test.each(odd)('%s, around %s: the days that are asked for hold every instant before the end', (name, date) => {
    const noon = at(`${date}T12:00:00Z`);
    for (let end = noon - 40 * hour; end <= noon + 40 * hour; end += 17 * minute) {
      const from = firstOf(plus(dateIn(end, name), -84), name);
      const days = daysCovering(from, end, name);
      const reach = (count: number): number => firstOf(plus(dateIn(from, name), count), name);
      expect(reach(days)).toBeGreaterThanOrEqual(end);
      // And no day more than it takes: today is held by today, or by tomorrow where that has begun before.
      expect(reach(days - 2)).toBeLessThan(end);
    }
  });

  test('answers of the hour that St John’s lived twice are asked for, although tomorrow began before it', () => {
    const asOf = at('2006-10-29T03:00:00Z'); // 23:30 of the 28th, for the second time
    const from = monthsBefore(asOf, 'America/St_Johns', 84);
    expect(daysCovering(from, asOf, 'America/St_Johns')).toBe(daysBetween(from, asOf, 'America/St_Johns') + 2);
  });
});
