/** Wanted against held, for one field of one matched pair: SEMANTICS 3 and 4. */
import { canonical, readingOf, same } from './canonical.ts';
import type { FieldExpectation, Reading, Sent } from './contract.ts';

export interface Cell {
  source: string;
  field: string;
  wanted: Reading;
  read: Reading;
  whenNothing: 'clear' | 'keep';
  /** Why a clear cannot be sent, where the taker offers no way. */
  cannotClear?: string;
}

/** `outcome` is `written` for whatever is owed; delivery may still turn it into `held` or `rejected`. */
export function difference(cell: Cell, sent: Sent | undefined, age: { now: number; settle: number }): FieldExpectation {
  const { source, field, wanted, read } = cell;
  let held = read;
  let altered = false;
  let drift = false;
  if (sent) {
    const sentReading = readingOf(sent.value);
    if (!sent.confirmed && age.now - sent.at < age.settle) held = sentReading;
    else if (!same(read, sentReading) && same(wanted, sentReading)) {
      drift = sent.confirmed;
      altered = !sent.confirmed;
    }
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
