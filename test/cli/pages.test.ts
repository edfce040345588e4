/** What a person reads, without a server: layout, width, and texts that must not reach a terminal as they are. */
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPage, type Page } from '../../src/cli/print/page.ts';
import { type Preview, showPreview } from '../../src/cli/print/preview.ts';
import { progressLines } from '../../src/cli/print/progress.ts';
import { painter } from '../../src/cli/print/tones.ts';
import { visible, visibleAnswer, visibleJson } from '../../src/cli/print/visible-text.ts';
import { widest } from './crosswalk.ts';

function printed(show: (page: Page) => void, columns?: number, colours = false): string {
  const lines: string[] = [];
  show(createPage({ env: {}, exit: () => undefined, print: (line) => void lines.push(line), columns, colours }));
  return lines.join('\n');
}

const preview: Preview = {
  match: { matched: 50, unmatchedHubspot: 40, blankHubspot: 7, ambiguousHubspot: 2, unmatchedPendo: 5, nearMisses: 1 },
  examples: {
    ambiguous: [{ key: 'dup@x.com', hubspotIds: ['4', '5'], pendoIds: [] }],
    nearMisses: [{ hubspotId: '9', hubspotKey: 'Ann@x.com', pendoKey: 'ann@x.com' }],
  },
  fields: [
    {
      leg: 'push',
      field: 'pendo_last_visit',
      changes: 12,
      cleared: 3,
      zeroed: 1,
      samples: [{ hubspotId: '1', pendoId: 'a', from: null, to: '2026-01-01' }],
    },
  ],
  creations: { pull: 0, push: 6 },
  clears: { pull: 2, push: 0 },
  estimate: { hubspotCalls: 8, pendoCalls: 5, seconds: 4 },
};

test('a preview names shares, blanks, duplicates, near misses, samples and the cost', () => {
  const text = printed((page) => showPreview(page, preview, { hubspot: 100, pendo: 55 }));
  expect(text.split('\n')).toEqual([
    '',
    'side\tread\tmatched\tunmatched\tblank\tambiguous\tinvalid\texcluded',
    'HubSpot\t100\t50 (50 %)\t40\t7\t2\t0\t0',
    'Pendo\t55\t50 (91 %)\t5\t0\t0\t0\t0',
    '  Ambiguous: "dup@x.com" is the key of HubSpot 4, 5 and Pendo none',
    '  Near misses: 1 keys look the same and differ.',
    '    HubSpot 9 "Ann@x.com", Pendo "ann@x.com"',
    '',
    'leg\tfield\tchanges\tcleared\tzeroed\texample',
    'push\tpendo_last_visit\t12\t3\t1\t1: null → "2026-01-01"',
    '  pull: 2 records lost their match and would be cleared.',
    '  push: 6 records would be created.',
    'A run would take about 8 calls to HubSpot, 5 to Pendo, and 4 s.',
  ]);
});

test.each([60, 80, 120])('nothing is wider than a terminal of %i columns', (columns) => {
  const text = printed((page) => showPreview(page, preview, { hubspot: 100, pendo: 55 }), columns, true);
  expect(widest(text)).toBeLessThanOrEqual(columns);
  expect(text).toContain('\u001b[');
});

test('a table that cannot be as narrow as its terminal becomes blocks, and loses nothing', () => {
  const columns = ['A', 'B', 'C', 'D'].map((title) => ({
    title,
    value: (row: string) => `${title} of ${row} in full`,
  }));
  const text = printed((page) => page.table(['one', 'two'], columns), 60);
  for (const title of ['A', 'B', 'C', 'D'])
    for (const row of ['one', 'two']) expect(text).toContain(`${title}  ${title} of ${row} in full`);
});

test('wide characters keep their column', () => {
  const rows = ['漢字', 'plain', '🙂'];
  const text = printed(
    (page) =>
      page.table(rows, [
        { title: 'Name', value: (row) => row },
        { title: 'Next', value: () => '|' },
      ]),
    80,
  );
  expect(text.split('\n').slice(1)).toEqual(['漢字   |', 'plain  |', '🙂     |']);
});

test('no text of others moves a cursor, colours, reorders or hides anything on a terminal', () => {
  const hostile = fc.string({ unit: 'binary' });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  const dangerous = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;
  fc.assert(
    fc.property(hostile, fc.dictionary(hostile, hostile), (text, more) => {
      expect(visible(text)).not.toMatch(dangerous);
      const answer = { text, more, list: [text] };
      const shown = JSON.stringify(visibleAnswer(answer));
      expect(shown).not.toMatch(dangerous);
      expect(visibleJson(answer).replaceAll('\n', '')).not.toMatch(dangerous);
    }),
  );
  expect(visible('\u001b[2J\u001b]0;owned\u0007')).toBe('\\u001b[2J\\u001b]0;owned\\u0007');
  expect(visible('user\u202Egnp.exe')).toBe('user\\u202egnp.exe');
});

test('--json is the same value, whatever is escaped in it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(visibleJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

const run = {
  id: '42',
  object: 'visitor',
  state: 'running',
  phase: 'deliver',
  reason: null,
  progress: {
    hubspot: { done: 1000, total: 1000, rate: 900, left: 0 },
    pendo: { done: 512, total: null, rate: 100, left: null },
    pull: { done: 250, total: 1000, rate: 33.4, left: 22 },
  },
};

test.each([40, 60, 120])('progress fits %i columns, with as many lines in every phase', (columns) => {
  const lines = progressLines(run, columns, painter(true));
  expect(widest(lines.join('\n'))).toBeLessThanOrEqual(columns);
  expect(lines).toHaveLength(progressLines({ ...run, phase: 'read', progress: {} }, columns, painter(true)).length);
});

test('progress says per leg how far it is, how fast and how long it takes', () => {
  const lines = progressLines(run, 100, painter(false)).map(stripVTControlCharacters);
  expect(lines[0]).toBe('Run 42, visitor: deliver');
  expect(lines[1]).toMatch(/^ {2}read HubSpot {3}█+ {2}1,000 of 1,000$/);
  expect(lines[3]).toMatch(/^ {2}write Pendo {4}█+░+ {2}250 of 1,000 {2}33\/s {2}22 s left$/);
  expect(lines[4]?.trim()).toBe('write HubSpot');
});
