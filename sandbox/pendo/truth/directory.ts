import type { IdRange } from '../aggregation/id-range.ts';
import { compareCaseless, compareUtf8, type StringOrder } from '../order.ts';

/** Ids in one order, with the index of the generated record behind each; -1: made by hand. */
export interface SortedIds {
  ids: string[];
  indexes: Int32Array;
  order: StringOrder;
}

/**
 * Every id that a kind has ever had, deleted ones and those with events only included: sorted once per string order,
 * sorted again when ids were added.
 */
export interface Directory {
  sorted(order: StringOrder): SortedIds;
  /** Index of an id's generated record, -1 for a hand-made one, undefined for an unknown id. */
  find(id: string): number | undefined;
  add(id: string, index: number): void;
}

export function createDirectory(first: Iterable<[id: string, index: number]>): Directory {
  const views = new Map<StringOrder, SortedIds>();
  const fresh = new Map<string, number>();
  let initial: Iterable<[string, number]> | undefined = first;

  function base(): SortedIds {
    let view = views.get(compareUtf8);
    if (!view) {
      const all = [...(initial ?? []), ...fresh];
      view = arrange(
        all.map(([id]) => id),
        all.map(([, index]) => index),
        compareUtf8,
      );
      views.set(compareUtf8, view);
      initial = undefined;
    } else if (fresh.size > 0) {
      const ids = [...fresh.keys()];
      const indexes = [...fresh.values()];
      for (const [order, known] of views) views.set(order, merged(known, arrange(ids, indexes, order)));
      view = views.get(compareUtf8)!;
    }
    fresh.clear();
    return view;
  }

  function sorted(order: StringOrder): SortedIds {
    const view = base();
    const known = views.get(order);
    if (known) return known;
    const arranged = arrange(view.ids, view.indexes, order);
    views.set(order, arranged);
    return arranged;
  }

  return {
    sorted,
    find(id) {
      const added = fresh.get(id);
      if (added !== undefined) return added;
      const { ids, indexes } = views.get(compareUtf8) ?? base();
      const at = firstAt(ids, id, compareUtf8, true);
      return ids[at] === id ? indexes[at] : fresh.get(id);
    },
    add(id, index) {
      if (this.find(id) === undefined) fresh.set(id, index);
    },
  };
}

/** Sorts, and keeps the first of equal ids. */
function arrange(ids: string[], indexes: ArrayLike<number>, order: StringOrder): SortedIds {
  // A million ids: the engine's own comparison is several times faster, and right but where two surrogates meet.
  const high = order === compareUtf8 ? Uint8Array.from(ids, (id) => (/[\ud800-\uffff]/.test(id) ? 1 : 0)) : null;
  const folded = order === compareCaseless ? ids.map((id) => id.toLowerCase()) : ids;
  const compare = (a: number, b: number): number => {
    const [x, y] = [folded[a]!, folded[b]!];
    if (x === y || (high?.[a] && high[b])) return order(ids[a]!, ids[b]!) || a - b;
    return x < y ? -1 : 1;
  };
  const places = Uint32Array.from(ids, (_, i) => i).sort(compare);
  const outIds: string[] = [];
  const outIndexes = new Int32Array(ids.length);
  for (const place of places) {
    if (outIds.length > 0 && outIds.at(-1) === ids[place]) continue;
    outIndexes[outIds.length] = indexes[place]!;
    outIds.push(ids[place]!);
  }
  return { ids: outIds, indexes: outIndexes.subarray(0, outIds.length), order };
}

/** Two views of one order as one. Ids of the second that are in the first are left out. */
function merged(first: SortedIds, second: SortedIds): SortedIds {
  const { order } = first;
  const ids: string[] = [];
  const indexes = new Int32Array(first.ids.length + second.ids.length);
  let at = 0;
  for (let next = 0; next <= second.ids.length; next++) {
    const id = second.ids[next];
    const until = id === undefined ? first.ids.length : firstAt(first.ids, id, order, false);
    for (; at < until; at++) {
      indexes[ids.length] = first.indexes[at]!;
      ids.push(first.ids[at]!);
    }
    if (id === undefined || ids.at(-1) === id) continue;
    indexes[ids.length] = second.indexes[next]!;
    ids.push(id);
  }
  return { ids, indexes: indexes.subarray(0, ids.length), order };
}

/** Place of the first id that is not before `id` (`included`), or the first behind it. */
function firstAt(ids: string[], id: string, order: StringOrder, included: boolean): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const compared = order(ids[middle]!, id);
    if (compared < 0 || (compared === 0 && !included)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Places of a range in sorted ids, as `[from, to)` pairs in ascending order. */
export function placesIn({ ids, order }: SortedIds, range: IdRange): [from: number, to: number][] {
  const from = range.low ? firstAt(ids, range.low.id, order, range.low.included) : 0;
  const to = range.high ? firstAt(ids, range.high.id, order, !range.high.included) : ids.length;
  if (!range.only) return from < to ? [[from, to]] : [];
  const places: [number, number][] = [];
  for (const id of [...range.only].sort(order)) {
    const at = firstAt(ids, id, order, true);
    if (ids[at] === id && at >= from && at < to) places.push([at, at + 1]);
  }
  return places;
}
