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
  expect(cell === value || cell === `'${value}`).toBe(true);
  expect(cell).not.toMatch(/^\s*[=+\-@＝|%]/);
});

test('every cell comes back, at most with an apostrophe before it', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 5 }), (cells) => {
      const read = readLine(csvLine([...cells, 'end'])).slice(0, -1);
      expect(read).toHaveLength(cells.length);
      read.forEach((cell, at) => {
        expect(cell === cells[at] || cell === `'${cells[at]}`).toBe(true);
      });
    }),
  );
});
