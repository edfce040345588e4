import type { CrmType } from '../contract.ts';
import type { HubSpotCall } from './call.ts';
import { badRequest } from './errors.ts';
import { visibleProperty } from './portal.ts';
import type { Slot } from './record-store.ts';
import type { SearchIndex } from './search-index.ts';

type Compare = (a: Slot, b: Slot) => number;

/**
 * The order that a search asks for: one sort, by an object or by `name` and `-name`; by default the oldest first. null:
 * ascending by id, as records come anyway. Records without a value come first.
 */
export function searchOrder(call: HubSpotCall, type: CrmType, sorts: unknown, index: SearchIndex): Compare | null {
  const [wanted = 'createdate', ...more] = Array.isArray(sorts) ? sorts : [];
  if (more.length) throw badRequest('Only one sort is supported.');
  const { name, down } = parsed(wanted);
  const definition = visibleProperty(call.portal, type, name);
  if (definition === undefined) throw badRequest(`Sort property "${name}" does not exist`);
  if (name === 'hs_object_id' && !down) return null;
  const key = index.key(definition);
  const compare: Compare = (a, b) => {
    const [left, right] = [key(a), key(b)];
    if (left === null || right === null) return left === right ? 0 : left === null ? -1 : 1;
    return left < right ? -1 : left > right ? 1 : 0;
  };
  return down ? (a, b) => compare(b, a) : compare;
}

function parsed(wanted: unknown): { name: string; down: boolean } {
  if (typeof wanted === 'string') return { name: wanted.replace(/^-/, ''), down: wanted.startsWith('-') };
  const { propertyName, direction } = (wanted ?? {}) as { propertyName?: unknown; direction?: unknown };
  return { name: String(propertyName ?? ''), down: /^desc/i.test(String(direction ?? '')) };
}

/** The first `count` of many in order; equals stay as they came. Sorts no more than it must. */
export function firstInOrder(found: Slot[], count: number, compare: Compare): Slot[] {
  if (found.length <= 4 * count) return found.sort(compare).slice(0, count);
  const best: Slot[] = [];
  for (const slot of found) {
    if (best.length === count && (count === 0 || compare(slot, best[count - 1]!) >= 0)) continue;
    let low = 0;
    let high = best.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(best[middle]!, slot) <= 0) low = middle + 1;
      else high = middle;
    }
    best.splice(low, 0, slot);
    if (best.length > count) best.pop();
  }
  return best;
}
