/** Which kinds of values are still unknown to the account, and the rows that find out about them. */
import type { OwedRow } from '../../db/deliver/index.ts';
import { type canaryKinds, isOpenKind, type Kind, mostCanaries } from '../../sync/canaries.ts';
import type { Answers } from '../../sync/verdicts.ts';
import type { KindsOf } from './carrier.ts';

/** What earlier runs found out about the account, and what this attempt did. */
export interface Knowledge {
  answers(): Answers;
  learn(more: Answers): void;
  /** Those with an answer of any sort. */
  kinds(): Kind[];
  isDisproved(kind: Kind): boolean;
  /** Those of a row that have to be found out before many rows of them are sent. */
  openKinds(row: OwedRow): Kind[];
  /** These rows were sent: this attempt asks about their kinds no more, whatever came of it. */
  markAsked(rows: readonly OwedRow[]): void;
}

export function createKnowledge(of: {
  kindsOf: KindsOf;
  names: ReturnType<typeof canaryKinds>;
  now: () => number;
  answers: Answers;
}): Knowledge {
  const { kindsOf, names, now } = of;
  let known = of.answers;
  const asked = new Set<Kind>();
  const isOpen = (kind: Kind): boolean => !asked.has(kind) && isOpenKind(kind, known, now());
  return {
    answers: () => known,
    learn(more) {
      known = { ...known, ...more };
    },
    kinds: () => Object.keys(known) as Kind[],
    isDisproved: (kind) => known[kind]?.state === 'disproved' && !isOpenKind(kind, known, now()),
    openKinds(row) {
      // Where nothing of what is written can be read soon, nothing can be found out.
      if (known[names.seen]?.state === 'unknown' && !isOpen(names.seen)) return [];
      return kindsOf(row)
        .map(({ kind }) => kind)
        .filter(isOpen);
    },
    markAsked(rows) {
      for (const row of rows) for (const { kind } of kindsOf(row)) asked.add(kind);
    },
  };
}

/** Each open kind at least once, where ten rows are enough for that; the first rows otherwise, with some that say what can be seen. */
export function chooseCanaries(rows: OwedRow[], openKinds: (row: OwedRow) => Kind[]): OwedRow[] {
  const open = rows.map((row) => ({ row, kinds: openKinds(row) })).filter(({ kinds }) => kinds.length > 0);
  if (open.length === 0) return [];
  const covered = new Set<Kind>();
  const chosen = new Set<OwedRow>();
  for (const { row, kinds } of open) {
    if (chosen.size === mostCanaries || kinds.every((kind) => covered.has(kind))) continue;
    chosen.add(row);
    for (const kind of kinds) covered.add(kind);
  }
  for (const { row } of open) if (chosen.size < mostCanaries) chosen.add(row);
  // Something that was set says whether anything can be seen yet.
  for (const row of rows) {
    if (chosen.size >= mostCanaries) break;
    if (Object.values(row.changes).some(([, wanted]) => wanted !== null)) chosen.add(row);
  }
  return [...chosen];
}

/** Of the fields of a row, by what is wanted of them; and of its creation. */
export function kindsBy(
  names: ReturnType<typeof canaryKinds>,
  ofField: (field: string, wanted: string | null) => { kind: Kind; field: string } | undefined,
): KindsOf {
  const created = { kind: names.create };
  return ({ kind, changes }) => {
    const kinds = Object.entries(changes).flatMap(([field, [, wanted]]) => ofField(field, wanted) ?? []);
    return kind === 'create' ? [created, ...kinds] : kinds;
  };
}
