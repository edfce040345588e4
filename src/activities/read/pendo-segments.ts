/** Who of the records of a page is in the segments that are pushed. Pendo decides, and takes one segment in a question. */
import { pipelines } from '../../pendo/index.ts';
import { type Column, type Columns, isOfSource, liveFields } from '../../sync/columns.ts';
import { needsPerson, VendorError } from '../../sync/vendor-error.ts';
import { Blocked } from '../step/interrupts.ts';
import { reasonOf } from '../step/vendor-reason.ts';
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
        throw object === 'account' && isRefused(error) ? noAccounts(error) : error;
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

const isRefused = (error: unknown): error is VendorError =>
  error instanceof VendorError && error.kind === 'rejected' && needsPerson(error);

/** No source says whether Pendo takes a segment behind a source of accounts. */
function noAccounts(error: VendorError): Blocked {
  return new Blocked({
    ...reasonOf(error),
    code: 'SEGMENTS_OF_ACCOUNTS_REFUSED',
    message: 'Pendo refuses to say which accounts are in a segment, and did so twice.',
    fix: 'Take the segments out of the push fields of the account sync, then resume it. Segments of visitors are not affected.',
  });
}
