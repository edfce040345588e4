/** CSV that a spreadsheet shows and does not run: RFC 4180, and nothing that begins like a formula. */

export function csvLine(cells: readonly (string | number | boolean | null)[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

function cell(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const safe = mayHoldFormula.test(value) ? withoutFormulas(value) : value;
  return /[",;\t\r\n]/.test(safe) || safe !== safe.trim() || safe !== value ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Most cells hold none of the signs in any form: an export has millions. */
const mayHoldFormula = /[=+\-@|%]|[^ -~]/;

function withoutFormulas(value: string): string {
  // Spreadsheets of many countries separate by semicolons, others by tabs, and our quotes mean nothing to them in the
  // middle of a line: for those a cell may begin behind each of these characters.
  const parts = value.split(/(?<=[;\t\r\n])/);
  return parts.map((part) => (startsFormula(part) ? `'${part}` : part)).join('');
}

/** An apostrophe before it says text. White space and quotes before the sign do not hide it, nor does its full-width form. */
function startsFormula(text: string): boolean {
  return /^[=+\-@|%]/.test(text.replace(/^["\s]+/, '').normalize('NFKC'));
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
