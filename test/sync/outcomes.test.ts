import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fieldOutcomes, outcomeRank, outcomes, recordOutcome } from '../../src/sync/outcomes.ts';

test('a record has the first outcome that one of its fields has, in the order of the contract', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...fieldOutcomes)), (fields) => {
      const expected = outcomes.find((outcome) => (fields as string[]).includes(outcome)) ?? 'unchanged';
      expect(recordOutcome(fields)).toBe(expected);
    }),
  );
});

test('an excluded record is that before anything else', () => {
  expect(Object.values(outcomeRank).toSorted((a, b) => a - b)).toEqual(outcomes.map((_, rank) => rank));
  expect(outcomeRank.excluded).toBe(0);
});
