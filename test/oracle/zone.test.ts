import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import { addDays, localDay, minusMonths, startOfDay, windowsAt } from '../../oracle/zone.ts';

describe('days in a zone', () => {
  test.each([
    // Plain: New York is 5 hours behind in winter and 4 in summer.
    ['2026-01-15', 'America/New_York', '2026-01-15T05:00:00Z'],
    ['2026-07-15', 'America/New_York', '2026-07-15T04:00:00Z'],
    // Cairo's clocks jump from 00:00 to 01:00 on the last Friday of April: the day starts at 01:00 (UTC+3).
    ['2026-04-24', 'Africa/Cairo', '2026-04-23T22:00:00Z'],
    // Havana has 00:00 to 01:00 twice on 2026-11-01: the first counts (UTC-4).
    ['2026-11-01', 'America/Havana', '2026-11-01T04:00:00Z'],
    // St John's fell back from 00:01 to 23:01: the day had begun a minute before.
    ['2006-10-29', 'America/St_Johns', '2006-10-29T02:30:00Z'],
    // Apia skipped a day: the first instant after it.
    ['2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00Z'],
    ['2026-06-15', 'Asia/Kathmandu', '2026-06-14T18:15:00Z'],
  ])('%s in %s starts at %s', (day, zone, instant) => {
    expect(new Date(startOfDay(day, zone)).toISOString().replace('.000', '')).toBe(instant);
  });

  test('agree with another implementation, and the instant before is another day', () => {
    const zones = [
      'America/New_York',
      'Europe/Berlin',
      'Asia/Kolkata',
      'Australia/Lord_Howe',
      'America/Sao_Paulo',
      'UTC',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 2_000_000_000_000 }), (zone, ms) => {
        const day = localDay(ms, zone);
        expect(day).toBe(DateTime.fromMillis(ms, { zone }).toISODate());
        const start = startOfDay(day, zone);
        expect(localDay(start, zone)).toBe(day);
        expect(localDay(start - 1, zone)).not.toBe(day);
        expect(start).toBe(DateTime.fromMillis(ms, { zone }).startOf('day').toMillis());
      }),
      { numRuns: 300 },
    );
  });

  test('windows count calendar days, so one with a clock change is an hour longer or shorter', () => {
    // 2026-03-20 in New York is after the change of 8 March; 30 days back is 18 February, before it.
    const windows = windowsAt(Date.parse('2026-03-20T15:00:00Z'), 'America/New_York', 30);
    expect(windows.t0).toBe(Date.parse('2026-03-20T04:00:00Z'));
    expect(windows.current).toBe(Date.parse('2026-02-18T05:00:00Z'));
    expect(windows.earlier).toBe(Date.parse('2026-01-19T05:00:00Z'));
    expect(windows.t0 - windows.current).toBe(30 * 86_400_000 - 3_600_000);
    expect(windows.npsFrom).toBe(Date.parse('2019-03-20T04:00:00Z'));
  });

  test('calendar steps', () => {
    expect(addDays('2028-03-01', -1)).toBe('2028-02-29');
    expect(minusMonths('2028-02-29', 84)).toBe('2021-02-28');
    expect(minusMonths('2026-01-31', 2)).toBe('2025-11-30');
  });
});
