/** A cron expression means here what it means to Temporal, and what cannot be meant is refused with the way to write it. */
import { expect, test } from 'vitest';
import { CronError, parseCron, plainCron } from '../../src/sync/cron.ts';
import { clockChanges, longestGapHours } from '../../src/sync/cron-days.ts';

const now = Date.UTC(2026, 10, 27);

test.each([
  ['0 3 * * *', '0 3 * * *'],
  ['  5   3 * *  * ', '5 3 * * *'],
  ['@daily', '0 0 * * *'],
  ['@Weekly', '0 0 * * 0'],
  ['@hourly', '0 * * * *'],
  ['0 3 * JAN-mar,12 Mon', '0 3 * 1,2,3,12 1'],
  ['0 */6 * * 5-7', '0 0,6,12,18 * * 0,5,6'],
  ['0 20/2 * * 1-5/2', '0 20,22 * * 1,3,5'],
  ['0 3 ? * ?', '0 3 * * *'],
])('"%s" is %s in plain numbers', (text, plain) => {
  expect(plainCron(parseCron(text))).toBe(plain);
  expect(plainCron(parseCron(plain))).toBe(plain);
});

test.each([
  ['0 22-6 * * *', '"22-23,0-6"'],
  ['*/5 3 * * *', 'schedule.deltaMinutes'],
  ['0 3 * *', 'five'],
  ['0 3 * * * *', 'minute, hour'],
  ['', 'minute, hour'],
  ['@every 1h', '@daily'],
  ['0 24 * * *', 'from 0 to 23'],
  ['0 3 0 * *', 'from 1 to 31'],
  ['0 3 * * 8', 'from 0 to 7'],
  ['0 3 * * sundae-', 'name like mon'],
  ['0 3/0 * * *', 'step'],
  ['0 3 L * *', 'number'],
])('"%s" is refused and says %s', (text, says) => {
  try {
    parseCron(text);
    expect.unreachable();
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    expect(`${error.message} ${error.fix}`).toContain(says);
  }
});

test.each([
  ['0 3 * * *', 24],
  ['0 */6 * * *', 6],
  ['0 9,17 * * 1-5', 64],
  ['0 3 * * 1', 168],
  ['0 3 1 * *', 31 * 24],
  ['0 3 31 * *', 61 * 24],
  ['0 3 29 2 *', 1461 * 24],
  ['0 3 30 2 *', null],
])('the longest time between two starts of "%s" is %s hours', (text, hours) => {
  expect(longestGapHours(parseCron(text), now)).toBe(hours);
});

test('a time that a change of clocks skips or doubles is found, with its day', () => {
  expect(clockChanges(parseCron('30 2 * * *'), 'Europe/Berlin', now).slice(0, 2)).toEqual([
    { at: '2027-03-28 02:30', happens: 'never' },
    { at: '2027-10-31 02:30', happens: 'twice' },
  ]);
  expect(clockChanges(parseCron('0 0 * * *'), 'America/Santiago', now)[0]?.happens).toBe('never');
  expect(clockChanges(parseCron('30 2 * * 1'), 'Europe/Berlin', now)).toEqual([]);
  expect(clockChanges(parseCron('30 3 * * *'), 'Europe/Berlin', now)).toEqual([]);
  expect(clockChanges(parseCron('30 2 * * *'), 'UTC', now)).toEqual([]);
});
