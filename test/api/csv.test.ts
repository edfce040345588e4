/** No cell of an export begins a formula, and every cell is read back as it was. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvLine } from '../../src/api/csv.ts';

/** A reader of RFC 4180, by itself. */
function readLine(line: string): string[] {
  const cells: string[] = [];
  const text = line.replace(/\r\n$/, '');
  for (let at = 0; at <= text.length; ) {
    if (text[at] === '"') {
      let cell = '';
      for (at++; !(text[at] === '"' && text[at + 1] !== '"'); at++) {
        cell += text[at];
        if (text[at] === '"') at++;
      }
      cells.push(cell);
      at += 2;
    } else {
      const end = text.indexOf(',', at);
      cells.push(text.slice(at, end < 0 ? undefined : end));
      if (end < 0) break;
      at = end + 1;
      if (at === text.length) {
        cells.push('');
        break;
      }
    }
  }
  return cells;
}

test.each([
  '=1+1',
  '+1',
  '-1',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  ' =1',
  '＝1+1',
  '%0A',
  '|calc',
  '=HYPERLINK("http://x","y")',
  '"=1',
])('%j is text for a spreadsheet', (value) => {
  const [cell] = readLine(csvLine([value, 'end']));
  expect(cell!.replaceAll("'", '')).toBe(value);
  expect(cell).not.toMatch(/^\s*[=+\-@＝|%]/);
});

/** The pieces that a reader with another separator takes for cells. */
const cellsOf = (line: string, separator: string) =>
  line.split(new RegExp(`[${separator}\\r\\n]`)).map((piece) => piece.replace(/^["\s]+/, ''));

test.each([
  'a;=1+1',
  'a\t=1+1',
  'a; \t@SUM(A1)',
  'first\n=1+1',
  'first\r\n-1',
  'say "yes";"=1+1"',
  'a;＝1',
  'a;;;+1',
  ';=1',
])('%j is text also for a spreadsheet that separates by semicolons or tabs', (value) => {
  for (const separator of [';', '\t']) {
    for (const cell of cellsOf(csvLine(['start', value, 'end']), separator)) expect(cell).not.toMatch(/^[=+\-@＝|%]/);
  }
});

test('a sign within a text stays as it is', () => {
  for (const value of ['a-b = c', 'x;y', 'me@example.com; you@example.com', '100%', 'one\ntwo']) {
    expect(readLine(csvLine([value, 'end']))[0]).toBe(value);
  }
});

test('every cell comes back, but for apostrophes before what would be a formula', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom(...'=+-@|%;"\' \t\r\n,a＝') }),
  );
  const bare = (cell: string) => cell.replaceAll("'", '');
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (cells) => {
      const line = csvLine([...cells, 'end']);
      const read = readLine(line).slice(0, -1);
      expect(read.map(bare)).toEqual(cells.map(bare));
      for (const separator of [';', '\t']) {
        for (const cell of cellsOf(line, separator)) expect(cell).not.toMatch(/^[=+\-@＝|%]/);
      }
    }),
  );
});
