import type { Row } from '../expression/compile.ts';

/** Rows as CSV: one column per field of any row, nested ones dotted, lists as JSON. */
export function csv(rows: Row[]): string {
  const flat = rows.map((row) => flatten(row, '', {}));
  const columns = [...new Set(flat.flatMap((row) => Object.keys(row)))];
  const lines = flat.map((row) => columns.map((column) => cell(row[column])).join(','));
  return [columns.map(cell).join(','), ...lines, ''].join('\n');
}

function flatten(row: Row, prefix: string, into: Row): Row {
  for (const [key, value] of Object.entries(row)) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      flatten(value as Row, `${prefix}${key}.`, into);
    else into[prefix + key] = value;
  }
  return into;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
