import type { Compiler } from '../expression/compile.ts';
import { placesIn, type SortedIds } from '../truth/directory.ts';
import type { Truth } from '../truth/truth.ts';
import { type IdRange, idRange } from './id-range.ts';

/** Which visitors a source must look at: their places in the sorted ids. */
export interface Places {
  view: SortedIds;
  count: number;
  each(): Iterable<number>;
}

/** All places of a view that the filters directly behind the source leave. */
export function placesFor(view: SortedIds, range: IdRange): Places {
  const runs = placesIn(view, range);
  return {
    view,
    count: runs.reduce((sum, [from, to]) => sum + to - from, 0),
    *each() {
      for (const [from, to] of runs) for (let place = from; place < to; place++) yield place;
    },
  };
}

/**
 * The visitors whose activity can satisfy the filters on `visitorId` and `accountId`. By account only those are
 * looked at that can have rows of it, unless rows without an account are asked for too.
 */
export function activePlaces(truth: Truth, compiler: Compiler, following: [string, unknown][]): Places {
  const { strings } = compiler.around;
  const view = truth.records.visitor.directory.sorted(strings);
  const visitors = idRange(following, 'visitorId', strings);
  const accounts = idRange(following, 'accountId', strings);
  const byVisitor = placesFor(view, visitors);
  const withoutAccount = accounts.only ? accounts.only.has('') : !accounts.low;
  if (withoutAccount) return byVisitor;

  const wanted = new Set<number>();
  const ofAccount = truth.visitorsByAccount(view);
  const accountView = truth.records.account.directory.sorted(strings);
  for (const [from, to] of placesIn(accountView, accounts)) {
    for (let at = from; at < to; at++) {
      const index = accountView.indexes[at]!;
      if (index >= 0) for (const place of ofAccount(index)) wanted.add(place);
    }
    if (wanted.size * 4 > byVisitor.count) return byVisitor;
  }
  // Rows made by hand can name any account: their visitors are looked at always, there are few of them.
  const handMade = new Set([...truth.addedEvents.keys(), ...truth.addedPollEvents.keys()]);
  if (handMade.size > 0) {
    for (const [from, to] of placesIn(view, { only: handMade })) for (let at = from; at < to; at++) wanted.add(at);
  }
  const inRange = visitors.low || visitors.high || visitors.only ? new Set(byVisitor.each()) : null;
  const places = [...wanted].filter((place) => !inRange || inRange.has(place)).sort((a, b) => a - b);
  return { view, count: places.length, each: () => places };
}
