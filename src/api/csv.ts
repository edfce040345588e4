/** CSV that a spreadsheet shows and does not run: RFC 4180, and nothing that begins like a formula. */

/** A cell that begins with one of these is taken for a formula by spreadsheets; an apostrophe before it says text. */
const formula = /^[=+\-@\t\r\n|%]/;

export function csvLine(cells: readonly (string | number | boolean | null)[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

function cell(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  // White space before the sign does not stop a spreadsheet, nor does the full-width form of it.
  const risky = formula.test(value) || formula.test(value.trimStart().normalize('NFKC'));
  const safe = risky ? `'${value}` : value;
  return /[",\r\n]/.test(safe) || safe !== safe.trim() || risky ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Of one piece that is handed to the connection. */
const pieceBytes = 64 * 1024;

/** Lines as they are asked for, in pieces of so many bytes: an export of a million rows needs the memory of a page. */
export function csvStream(lines: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      async pull(controller) {
        let piece = '';
        while (piece.length < pieceBytes) {
          const { done, value } = await lines.next();
          if (done) {
            if (piece !== '') controller.enqueue(encoder.encode(piece));
            controller.close();
            return;
          }
          piece += value;
        }
        controller.enqueue(encoder.encode(piece));
      },
      async cancel() {
        await lines.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
