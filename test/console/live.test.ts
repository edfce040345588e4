/** How often an open tab asks for a run that is going on. */
import { expect, test } from 'vitest';
import { liveMs } from '../../console/queries.ts';

test('a new run is asked for every second, one that lasts for minutes every five, and never less often', () => {
  expect([0, 10, 30].map(liveMs)).toEqual([1000, 1000, 1000]);
  expect(liveMs(60)).toBe(2000);
  expect([150, 3600, 1e6].map(liveMs)).toEqual([5000, 5000, 5000]);
});
