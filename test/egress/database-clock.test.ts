import { describe, expect, test } from 'vitest';
import { createDatabaseClock } from '../../src/egress/database-clock.ts';

/** The database is so many ms ahead of `performance.now()`. */
const ahead = 1_000_000;

describe('the clock of the database', () => {
  test('is known as well as the quickest statement shows it, also minutes after that', () => {
    const clock = createDatabaseClock();
    clock.note(1_000, 1_004, 1_002 + ahead);
    for (let minute = 1; minute <= 3; minute += 1) {
      // The answer was read long after it was given.
      clock.note(minute * 60_000, minute * 60_000 + 600, minute * 60_000 + 2 + ahead);
      expect(Math.abs(clock.local(500_000 + ahead) - 500_000)).toBeLessThan(60);
    }
  });

  test('is known better by several statements than by any of them', () => {
    const clock = createDatabaseClock();
    clock.note(1_000, 1_100, 1_001 + ahead);
    clock.note(1_200, 1_300, 1_299 + ahead);
    expect(Math.abs(clock.local(5_000 + ahead) - 5_000)).toBeLessThan(3);
  });

  test('is followed at once when it is set', () => {
    const clock = createDatabaseClock();
    clock.note(1_000, 1_004, 1_002 + ahead);
    clock.note(2_000, 2_010, 2_005 + ahead + 7_000);
    expect(Math.abs(clock.local(9_000 + ahead + 7_000) - 9_000)).toBeLessThan(6);
  });
});
