/** Every recorded conversation gives the verdicts that it gave when it was recorded: `crosswalk verify <tenant> --record <file>`. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Recording } from '../../src/control/connections/recording/recording.ts';
import { replay } from './replay.ts';

const folder = path.join(import.meta.dirname, 'recordings');
const read = (name: string): Recording => JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
const names = readdirSync(folder);

test.each(names)('%s', async (name) => {
  const recording = read(name);
  const { verdicts, unanswered } = await replay(recording);
  expect(unanswered).toEqual([]);
  expect(verdicts).toEqual(recording.verdicts);
});

test('what the account answered decides: with another answer in the recording, the verdict is another', async () => {
  const recording = read('sandbox.json');
  const counted = recording.exchanges.find(({ answer }) => JSON.stringify(answer).includes('"days":2'));
  counted!.answer = { results: [{ key: 'a', days: 3, minutes: 12 }] };
  const { verdicts } = await replay(recording);
  expect(recording.verdicts['pendo.distinctDays']).toBe('proved');
  expect(verdicts).toEqual({ ...recording.verdicts, 'pendo.distinctDays': 'disproved' });
});
