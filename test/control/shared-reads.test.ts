/** Reads that many ask for at once. */
import { expect, test } from 'vitest';
import { createSharedReads } from '../../src/control/shared-reads.ts';

test('an answer is never older than its request: who asks while a read is under way gets the next one', async () => {
  const shared = createSharedReads();
  let stored = 1;
  let release: () => void = () => undefined;
  const slow = shared('run 1', async () => {
    const seen = stored;
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return seen;
  });
  await new Promise(setImmediate);
  stored = 2;
  const later = shared('run 1', async () => stored);
  release();
  expect(await Promise.all([slow, later])).toEqual([1, 2]);
});

test('hundreds that ask at once cost a few reads, each of what it asked for', async () => {
  const shared = createSharedReads();
  const reads: string[] = [];
  const read = (what: string) => async () => {
    reads.push(what);
    return what;
  };
  const asked = Array.from({ length: 300 }, (_, n) => `run ${n % 3}`);
  expect(await Promise.all(asked.map((what) => shared(what, read(what))))).toEqual(asked);
  expect(reads).toEqual(['run 0', 'run 1', 'run 2']);
});

test('a read that fails is the answer of those who shared it, and of nobody after them', async () => {
  const shared = createSharedReads();
  const failing = () => Promise.reject(new Error('away'));
  const answers = await Promise.allSettled([shared('run 1', failing), shared('run 1', failing)]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await shared('run 1', async () => 'back')).toBe('back');
});
