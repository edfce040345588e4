/** Aggregations, read row by row. */
import { refuseCarriedError, unreadable } from '../egress/converse.ts';
import { EgressError } from '../egress/egress-error.ts';
import type { GuardedResponse } from '../egress/types.ts';
import { VendorError } from '../sync/vendor-error.ts';
import type { PendoApi } from './call.ts';
import { BrokenReply, createRowSplitter, RowTooLarge } from './row-splitter.ts';
import type { AggregateOptions, Pipeline } from './types.ts';

/** Pendo stops an aggregation after about five minutes; a large reply then takes its time to read. In ms. */
export const aggregationTimeouts = { headers: 330_000, total: 1_200_000 };
const largestRow = 4 * 1024 * 1024;
/** A bound against a reply without end, not against a large one: rows are not kept. */
const largestReply = 16 * 1024 * 1024 * 1024;

export async function aggregate<Row>(
  api: PendoApi,
  pipeline: Pipeline,
  onRow: (row: Row) => void | Promise<void>,
  options: AggregateOptions = {},
): Promise<number> {
  let count = 0;
  const counted = (row: Row) => {
    count += 1;
    return onRow(row);
  };
  for (let repeats = 2; ; repeats -= 1) {
    try {
      await openRows(api, pipeline, counted, options);
      return count;
    } catch (error) {
      if (!(error instanceof VendorError)) throw error;
      if (error.code === 'TIMEOUT') throw tooSlow();
      // Rows that were handed over would come again: from then on it is the caller who begins anew.
      const again = error.kind === 'transient' && error.code !== 'ABORTED' && count === 0 && repeats > 0;
      if (!again) throw error;
    }
  }
}

function tooSlow(): VendorError {
  const fields = { vendor: 'pendo', kind: 'tooMuch', code: 'TIMEOUT' } as const;
  return new VendorError('Pendo did not answer the aggregation in time.', fields);
}

function openRows<Row>(
  api: PendoApi,
  pipeline: Pipeline,
  onRow: (row: Row) => void | Promise<void>,
  options: AggregateOptions,
): Promise<void> {
  return api.open(
    {
      method: 'POST',
      path: '/aggregation',
      limitClass: 'aggregation',
      body: {
        response: { mimeType: 'application/json' },
        request: { requestId: 'crosswalk', name: 'crosswalk', pipeline },
      },
      timeouts: { ...aggregationTimeouts, ...options.timeouts },
      maxBytes: largestReply,
      repeats: 0,
    },
    (response) => readRows(response, onRow, options.maxRowBytes ?? largestRow),
  );
}

async function readRows<Row>(
  response: GuardedResponse,
  onRow: (row: Row) => void | Promise<void>,
  maxRowBytes: number,
): Promise<void> {
  const splitter = createRowSplitter(maxRowBytes);
  try {
    for await (const piece of response.stream()) {
      for (const row of splitter.push(piece)) {
        if (typeof row !== 'object' || row === null) throw new BrokenReply('A row is no object.');
        const done = onRow(row as Row);
        if (done) await done;
      }
    }
    // Rows may have come before it: they are part of an answer that was not finished.
    refuseCarriedError('pendo', splitter.end());
  } catch (error) {
    if (error instanceof BrokenReply) throw unreadable('pendo', error.message);
    if (error instanceof RowTooLarge) throw new EgressError('TOO_LARGE', error.message);
    throw error;
  }
}
