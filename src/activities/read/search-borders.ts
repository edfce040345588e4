/** Borders in a range of ids of which nothing is known, found by search while it is being read. */
import { type CrmRecord, crmTypeOf, type SearchFilter } from '../../hubspot/index.ts';
import type { Step } from '../step/step.ts';
import type { RunRef } from '../types.ts';

/** Records on a page of a full read. */
export const pageSize = 100;
/**
 * Records between two searched borders. One search after the other finds three borders a second: with fewer records
 * between them it would fall behind readers at the highest tier. A search reaches no further than 10,000.
 */
const shortestStride = 1000;
const longestStride = 9900;

/**
 * Each border is a fixed number of records after the one before.
 *
 * @param from the id behind which borders are looked for
 * @param cutAt called with each border, until it says that there is nothing left to cut
 */
export async function searchBorders(
  step: Step,
  ref: RunRef,
  readers: number,
  from: string,
  cutAt: (id: string) => Promise<boolean>,
): Promise<void> {
  const { hubspot } = await step.vendors();
  const type = crmTypeOf[ref.object];
  const idsAfter = (id: string): SearchFilter => ({ propertyName: 'hs_object_id', operator: 'GT', value: id });
  let border = from;
  const total = await hubspot.countRecords(type, [idsAfter(border)]);
  if (total <= 4 * pageSize) return;
  const share = Math.ceil(total / readers / pageSize) * pageSize;
  const stride = Math.min(longestStride, Math.max(shortestStride, share));
  while (!step.shouldYield()) {
    const { records }: { records: CrmRecord[] } = await hubspot.searchPage(type, {
      filters: [idsAfter(border)],
      sort: { property: 'hs_object_id', direction: 'ASCENDING' },
      limit: 1,
      after: String(stride - 1),
      properties: [],
    });
    const at = records[0]?.id;
    if (at === undefined || BigInt(at) <= BigInt(border)) return;
    if (!(await cutAt(at))) return;
    border = at;
  }
}
