/** What a command prints for a person: the one place that knows whether a terminal or a program reads it. */
import type { Terminal } from '../terminal.ts';
import { type Column, type Fact, facts, laidOut, separated, wrapped } from './table.ts';
import { exactTime, relativeTime } from './times.ts';
import { type Paint, painter } from './tones.ts';

export interface Page {
  paint: Paint;
  /** A sentence; wraps on a terminal, and what follows its first line is indented. */
  line(text?: string, indent?: number): void;
  table<Row>(rows: readonly Row[], columns: readonly Column<NoInfer<Row>>[]): void;
  facts(pairs: readonly (Fact | undefined | false)[]): void;
  /** `3 h ago` for a person; the API's own form for a program. Nothing where there is no time. */
  ago(at: string | null | undefined): string;
  /** `2026-11-26 04:12 UTC (3 h ago)`, or the API's own form. */
  exactly(at: string | null | undefined): string;
}

export function createPage(terminal: Terminal): Page {
  const { columns } = terminal;
  const paint = painter(columns !== undefined && terminal.colours === true);
  const print = (lines: Iterable<string>): void => {
    for (const line of lines) terminal.print(line);
  };
  const time = (at: string | null | undefined, shown: (at: string) => string): string => {
    if (at === null || at === undefined) return '';
    return columns === undefined ? at : shown(at);
  };
  return {
    paint,
    line: (text = '', indent = 0) => {
      const space = ' '.repeat(indent);
      if (columns === undefined) print([space + text]);
      else print(wrapped(text, Math.max(20, columns - indent)).map((part) => space + part));
    },
    table: (rows, of) => print(columns === undefined ? separated(rows, of) : laidOut(rows, of, columns, paint)),
    facts: (pairs) => {
      const known = pairs.filter((pair) => pair !== undefined && pair !== false && pair[1] !== '') as Fact[];
      if (known.length > 0) print(facts(known, columns, paint));
    },
    ago: (at) => time(at, (known) => relativeTime(known)),
    exactly: (at) => time(at, (known) => exactTime(known)),
  };
}
