/** Who of the records of a page is in the segments that are pushed. Pendo decides, and takes one segment in a question. */
import { pipelines } from '../../pendo/index.ts';
import { type Column, type Columns, isOfSource, liveFields } from '../../sync/columns.ts';
import { VendorError } from '../../sync/vendor-error.ts';
import type { ColumnReader, Reading } from './column-reader.ts';
import { recordIdOf } from './pendo-people.ts';

/** Undefined: no segment is pushed. */
export function createSegmentReader({ pendo, object, plan }: Reading): ColumnReader | undefined {
  const fields = liveFields(plan.push).flatMap((field) => (isOfSource(field, 'segment') ? [field] : []));
  if (fields.length === 0) return undefined;
  return async ({ places, ...range }): Promise<Columns> => {
    const columns = new Map<string, Column>();
    for (const { id, property } of fields) {
      const members = new Uint8Array(places.size);
      try {
        await pendo.aggregate<Record<string, unknown>>(pipelines.segmentMembers(object, id, range), (row) => {
          const place = places.get(recordIdOf(row.visitorId ?? row.accountId) ?? '');
          if (place !== undefined) members[place] = 1;
        });
      } catch (error) {
        // Deleted since the run opened: nothing is known of its members, and the next run stops the field.
        if (isUnknownSegment(error)) continue;
        throw error;
      }
      columns.set(property, (place) => String(members[place] === 1));
    }
    return columns;
  };
}

/** Pendo says 400 "segment id not found". */
function isUnknownSegment(error: unknown): boolean {
  return error instanceof VendorError && error.kind === 'rejected' && /segment.*not found/i.test(error.detail ?? '');
}
