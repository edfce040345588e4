import type { Activity } from './activity.ts';
import type { SortedIds } from './directory.ts';

/** Places of visitors by account index, packed into one array: built in one pass over all visitors. */
export function indexByAccount(view: SortedIds, activity: Activity, accounts: number): (account: number) => Int32Array {
  const starts = new Int32Array(accounts + 1);
  const each = (visit: (account: number, place: number) => void) => {
    for (let place = 0; place < view.indexes.length; place++) {
      const index = view.indexes[place]!;
      if (index < 0) continue;
      for (const account of activity.accountsOf(index)) visit(account, place);
    }
  };
  each((account) => void starts[account + 1]!++);
  for (let i = 0; i < accounts; i++) starts[i + 1]! += starts[i]!;
  const places = new Int32Array(starts[accounts]!);
  const next = starts.slice();
  each((account, place) => {
    places[next[account]!++] = place;
  });
  return (account) =>
    account < accounts ? places.subarray(starts[account], starts[account + 1]) : places.subarray(0, 0);
}
