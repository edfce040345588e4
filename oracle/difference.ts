/** Wanted against held, for one field of one matched pair: SEMANTICS 3 and 4. */
import { canonical, readingOf, same } from './canonical.ts';
import type { FieldExpectation, Reading, Sent } from './contract.ts';

const THIRTY_DAYS = 30 * 86_400_000;

export interface Cell {
  source: string;
  field: string;
  wanted: Reading;
  read: Reading;
  whenNothing: 'clear' | 'keep';
  /** Why a clear cannot be sent, where the target offers no way. */
  cannotClear?: string;
}

export interface Age {
  now: number;
  settle: number;
  /** A retry, or the first run since the mapping changed: what a vendor stores differently is sent once more. */
  again: boolean;
}

/** What counts as held: as read, or as sent while that is still settling. */
export function heldNow(read: Reading, sent: Sent | undefined, { now, settle }: Pick<Age, 'now' | 'settle'>): Reading {
  return sent && !sent.confirmed && now - sent.at < settle ? readingOf(sent.value) : read;
}

/** `outcome` is `written` for whatever is owed; delivery may still turn it into `held` or `rejected`. */
export function difference(cell: Cell, sent: Sent | undefined, age: Age): FieldExpectation {
  const { source, field, wanted, read } = cell;
  const held = heldNow(read, sent, age);
  let altered = false;
  let drift = false;
  if (sent && held === read && !same(read, readingOf(sent.value)) && same(wanted, readingOf(sent.value))) {
    drift = sent.confirmed;
    const tryAgain = age.again || age.now - sent.at >= THIRTY_DAYS;
    altered = !sent.confirmed && sent.seen !== undefined && equal(sent.seen, read) && !tryAgain;
  }
  const base = { source, field, wanted, read, held, owed: false };

  if (wanted.state === 'unreadable') return { ...base, outcome: 'invalid', reason: wanted.reason };
  if (wanted.state === 'unknown' || read.state === 'unknown') return { ...base, outcome: 'unchanged' };
  if (same(wanted, held)) return { ...base, outcome: 'unchanged' };
  if (wanted.state === 'empty') {
    if (cell.whenNothing === 'keep') return { ...base, outcome: 'kept', reason: 'nothing to give' };
    if (cell.cannotClear) return { ...base, outcome: 'kept', reason: cell.cannotClear };
  }
  if (altered) return { ...base, outcome: 'altered', reason: `stored as ${JSON.stringify(canonical(read))}` };
  return { ...base, owed: true, outcome: 'written', ...(drift ? { drift: true as const } : {}) };
}

/** The very same reading, also of what cannot be read. */
function equal(a: Reading, b: Reading): boolean {
  return same(a, b) || (a.state === 'unreadable' && b.state === 'unreadable' && a.reason === b.reason);
}
