/**
 * Rows in columns. On a terminal they fit its width: columns without any text are left out, long texts wrap within their
 * column, and where even that leaves no room each row becomes a block of lines. For a program they are separated by tabs,
 * whole, and always the same columns.
 */
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import type { Paint, Tone } from './tones.ts';

export interface Column<Row> {
  title: string;
  /** Null and undefined are shown as nothing. */
  value(row: Row): string | number | null | undefined;
  tone?(row: Row): Tone;
  /** May become narrower than its texts: sentences and values first, names only where that is not enough. */
  wraps?: 'text' | 'name';
  right?: true;
}

const gap = 2;
/** Narrower than this, no text can be read in a column. */
const narrowest = 14;

export function* separated<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): Generator<string> {
  yield columns.map(({ title }) => title.toLowerCase()).join('\t');
  for (const row of rows) yield columns.map((column) => textOf(column, row)).join('\t');
}

export function* laidOut<Row>(
  rows: readonly Row[],
  all: readonly Column<Row>[],
  width: number,
  paint: Paint,
): Generator<string> {
  const columns = all.filter((column) => rows.some((row) => textOf(column, row) !== ''));
  const widths = fitWidths(rows, columns, width);
  if (widths === undefined) {
    yield* blocks(rows, columns, width, paint);
    return;
  }
  yield* line(
    columns.map(({ title }) => title.toUpperCase()),
    columns,
    widths,
    (_column, text) => paint('dim', text),
  );
  for (const row of rows) {
    const texts = columns.map((column) => textOf(column, row));
    yield* line(texts, columns, widths, (column, text) => (column.tone ? paint(column.tone(row), text) : text));
  }
}

/** Widths of the columns, or undefined where they cannot stand side by side. */
function fitWidths<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number,
): readonly number[] | undefined {
  const widths = columns.map((column) =>
    Math.max(stringWidth(column.title), ...rows.map((row) => stringWidth(textOf(column, row)))),
  );
  const room = width - gap * (columns.length - 1);
  for (;;) {
    const excess = widths.reduce((sum, each) => sum + each, 0) - room;
    if (excess <= 0) return widths;
    // The widest gives way, step by step, so that two long columns end alike.
    const flexible = (kind: 'text' | 'name') => widths.map((each, at) => (columns[at]?.wraps === kind ? each : 0));
    const candidates = [flexible('text'), flexible('name')].find((of) => Math.max(...of) > narrowest);
    if (candidates === undefined) return undefined;
    const widest = Math.max(...candidates);
    widths[candidates.indexOf(widest)] = widest - 1;
  }
}

function* line<Row>(
  texts: readonly string[],
  columns: readonly Column<Row>[],
  widths: readonly number[],
  painted: (column: Column<Row>, text: string) => string,
): Generator<string> {
  const cells = texts.map((text, at) => wrapped(text, widths[at] ?? 0));
  const height = Math.max(...cells.map((lines) => lines.length));
  for (let at = 0; at < height; at++) {
    const parts = columns.map((column, nth) => {
      const text = cells[nth]?.[at] ?? '';
      const space = ' '.repeat(Math.max(0, (widths[nth] ?? 0) - stringWidth(text)));
      const shown = text === '' ? '' : painted(column, text);
      return column.right ? space + shown : shown + space;
    });
    yield parts.join(' '.repeat(gap)).trimEnd();
  }
}

function* blocks<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number,
  paint: Paint,
): Generator<string> {
  for (const [at, row] of rows.entries()) {
    if (at > 0) yield '';
    const pairs = columns
      .map((column) => [column.title, textOf(column, row), column.tone?.(row)] as const)
      .filter(([, text]) => text !== '');
    yield* facts(pairs, width, paint);
  }
}

export type Fact = readonly [label: string, text: string, tone?: Tone | undefined];

/** A label and a text on each line, the texts below each other. */
export function* facts(pairs: readonly Fact[], width: number | undefined, paint: Paint): Generator<string> {
  if (width === undefined) {
    for (const [label, text] of pairs) yield `${label.toLowerCase()}\t${text}`;
    return;
  }
  const indent = Math.max(...pairs.map(([label]) => stringWidth(label))) + gap;
  for (const [label, text, tone] of pairs) {
    const lines = wrapped(text, Math.max(narrowest, width - indent));
    for (const [at, part] of lines.entries()) {
      const start = at === 0 ? paint('dim', label) + ' '.repeat(indent - stringWidth(label)) : ' '.repeat(indent);
      yield start + (tone === undefined ? part : paint(tone, part));
    }
  }
}

export function wrapped(text: string, width: number): string[] {
  return wrapAnsi(text, width, { hard: true })
    .split('\n')
    .map((part) => part.trimEnd());
}

function textOf<Row>(column: Column<Row>, row: Row): string {
  const value = column.value(row);
  return value === null || value === undefined ? '' : String(value);
}
