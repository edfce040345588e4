/**
 * A vendor that takes no clearing refuses the row with it, and its other values with the row. Such rows are sent once more without
 * the clearing: if they are taken then, it was the clearing that was refused.
 */
import type { OwedRow, WithheldDelivery } from '../../db/deliver/index.ts';
import { isClear, type Kind } from '../../sync/canaries.ts';
import type { Answers, Verdict } from '../../sync/verdicts.ts';
import type { BatchAnswer, KindsOf } from './carrier.ts';

export interface Explained {
  answer: BatchAnswer;
  /** Clearings that are not possible. */
  withheld: WithheldDelivery[];
  answers: Answers;
}

interface Refusals {
  rows: readonly OwedRow[];
  answer: BatchAnswer;
  kindsOf: KindsOf;
  /** Were other rows taken, so that what was refused has a reason of its own? */
  tookOthers: boolean;
  resend(rows: OwedRow[]): Promise<BatchAnswer>;
  /** ISO 8601. */
  at: string;
}

/** A refused row, its fields that are cleared by kinds of which nothing was taken, and the row without them. */
interface Suspect {
  row: OwedRow;
  fields: string[];
  kinds: Set<Kind>;
  left: OwedRow;
}

/** Of the rows that were refused, those that were refused for their clearings are told apart from the others. */
export async function explainRefusals(refusals: Refusals): Promise<Explained> {
  const { answer, tookOthers, resend, at } = refusals;
  const unexplained: Explained = { answer, withheld: [], answers: {} };
  const suspects = suspectsOf(refusals);
  const telling = suspects.filter(({ left }) => tookOthers || !isEmpty(left));
  if (telling.length === 0) return unexplained;
  // Of kinds that were refused together, one may be innocent: rows with few of them are asked first.
  const fewest = Math.min(...telling.map(({ kinds }) => kinds.size));
  const asked = telling.filter(({ kinds }) => kinds.size === fewest);
  const sent = asked.flatMap(({ left }) => (isEmpty(left) ? [] : [left]));
  const second = sent.length === 0 ? undefined : await resend(sent);
  const taken = new Set(second?.accepted.map(({ seq }) => seq));
  const unsent = new Set(second?.again.map(({ seq }) => seq));
  const explained = asked.filter(({ row, left }) => (isEmpty(left) ? tookOthers : taken.has(row.seq)));
  const cannot = new Set(explained.flatMap(({ kinds }) => [...kinds]));
  const later = suspects.filter((one) => (asked.includes(one) ? unsent.has(one.row.seq) : cannot.size > 0));
  const settled = new Set([...explained, ...later].map(({ row }) => row.seq));
  return {
    answer: {
      ...answer,
      accepted: [...answer.accepted, ...(second?.accepted ?? [])],
      rejected: answer.rejected.filter(({ seq }) => !settled.has(seq)),
      dropped: [...answer.dropped, ...(second?.dropped ?? [])],
      again: [...answer.again, ...later.map(({ row }) => row)],
      failure: answer.failure ?? second?.failure,
    },
    withheld: explained.map(({ row, fields }) => ({ seq: row.seq, fields })),
    answers: Object.fromEntries([...cannot].map((kind) => [kind, { ...verdictOn(kind, explained), at }])),
  };
}

function suspectsOf({ rows, answer, kindsOf }: Refusals): Suspect[] {
  const clears = (row: OwedRow) => kindsOf(row).filter(({ kind }) => isClear(kind));
  const byseq = new Map(rows.map((row) => [row.seq, row]));
  const rowsOf = (list: readonly { seq: string }[]): OwedRow[] => list.flatMap(({ seq }) => byseq.get(seq) ?? []);
  const possible = new Set(rowsOf(answer.accepted).flatMap((row) => clears(row).map(({ kind }) => kind)));
  return rowsOf(answer.rejected).flatMap((row): Suspect[] => {
    const refused = clears(row).filter(({ kind }) => !possible.has(kind));
    const fields = refused.flatMap(({ field }) => field ?? []);
    if (fields.length === 0) return [];
    return [{ row, fields, kinds: new Set(refused.map(({ kind }) => kind)), left: withoutFields(row, fields) }];
  });
}

function verdictOn(kind: Kind, explained: readonly Suspect[]): Verdict {
  const rows = explained.filter(({ kinds }) => kinds.has(kind));
  const again = rows.filter(({ left }) => !isEmpty(left)).length;
  const evidence = `${rows.length} records with such a value to clear were refused; ${again} of them were taken without it.`;
  return { state: 'disproved', evidence };
}

export function withoutFields(row: OwedRow, fields: readonly string[]): OwedRow {
  return {
    ...row,
    changes: Object.fromEntries(Object.entries(row.changes).filter(([field]) => !fields.includes(field))),
  };
}

const isEmpty = ({ changes }: OwedRow): boolean => Object.keys(changes).length === 0;
