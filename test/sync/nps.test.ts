import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareAnswers, type NpsAnswer, newerAnswer, npsScore } from '../../src/sync/nps.ts';

test.each([
  [0, 0],
  [-0, 0],
  [10, 10],
  ['0', 0],
  ['7', 7],
  ['10', 10],
  ['', null],
  ['11', null],
  ['07', null],
  ['7.0', null],
  [' 7', null],
  ['٧', null],
  ['great', null],
  [11, null],
  [-1, null],
  [7.5, null],
  [Number.NaN, null],
  [true, null],
  [null, null],
  [undefined, null],
  [[7], null],
])('the score of %j is %j', (raw, score) => {
  expect(npsScore(raw)).toBe(score);
});

const answer: fc.Arbitrary<NpsAnswer> = fc.record({
  browserTime: fc.nat(2),
  guideId: fc.constantFrom('', 'g', 'h', '\uffee', '\u{10000}'),
  pollId: fc.constantFrom('p', 'q'),
  score: fc.nat(2),
  visitorId: fc.constantFrom('v', 'w'),
});

test('the newest answer does not depend on the order of reading', () => {
  fc.assert(
    fc.property(fc.array(answer, { minLength: 1 }), (answers) => {
      const newest = answers.reduce(newerAnswer);
      expect(answers.toReversed().reduce(newerAnswer)).toEqual(newest);
      for (const other of answers) expect(compareAnswers(newest, other)).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('time comes before guide, guide before poll, poll before score, score before visitor', () => {
  const base = { browserTime: 1, guideId: 'b', pollId: 'b', score: 1, visitorId: 'b' };
  const rising = [
    { ...base, browserTime: 0, guideId: 'z', pollId: 'z', score: 9 },
    { ...base, guideId: 'a', pollId: 'z', score: 9 },
    { ...base, pollId: 'a', score: 9 },
    { ...base, score: 0, visitorId: 'z' },
    base,
    { ...base, visitorId: 'c' },
    { ...base, score: 2, visitorId: 'a' },
    { ...base, pollId: 'c', score: 0 },
    { ...base, guideId: '\uffee', pollId: 'a', score: 0 },
    { ...base, guideId: '\u{10000}', pollId: 'a', score: 0 },
  ];
  for (const [index, older] of rising.entries()) {
    for (const newer of rising.slice(index + 1)) expect(newerAnswer(older, newer)).toBe(newer);
  }
});
