/** Aggregations, read row by row. */
import { unreadable } from '../egress/converse.ts';
import { EgressError } from '../egress/egress-error.ts';
import type { GuardedResponse } from '../egress/types.ts';
import { VendorError } from '../sync/vendor-error.ts';
import type { PendoApi } from './call.ts';
import { BrokenReply, createRowSplitter, RowTooLarge } from './row-splitter.ts';
import type { AggregateOptions, Pipeline } from './types.ts';

/** Pendo stops an aggregation after about five minutes; a large reply then takes its time to read. In ms. */
const patience = { headers: 330_000, total: 1_200_000 };
const largestRow = 4 * 1024 * 1024;
/** A bound against a reply without end, not against a large one: rows are not kept. */
const largestReply = 16 * 1024 * 1024 * 1024;

export async function aggregate<Row>(
  api: PendoApi,
  pipeline: Pipeline,
  onRow: (row: Row) => void | Promise<void>,
  options: AggregateOptions = {},
): Promise<number> {
  try {
    return await api.open(
      {
        method: 'POST',
        path: '/aggregation',
        lane: 'aggregation',
        body: {
          response: { mimeType: 'application/json' },
          request: { requestId: 'crosswalk', name: 'crosswalk', pipeline },
        },
        timeouts: { ...patience, ...options.timeouts },
        maxBytes: largestReply,
        // Rows were handed over, and a second reading would hand them over twice: the caller begins again.
        repeats: 0,
      },
      (response) => readRows(response, onRow, options.maxRowBytes ?? largestRow),
    );
  } catch (error) {
    if (error instanceof VendorError && error.code === 'TIMEOUT') {
      throw new VendorError('Pendo did not answer the aggregation in time.', {
        vendor: 'pendo',
        kind: 'tooMuch',
        code: 'TIMEOUT',
      });
    }
    throw error;
  }
}

async function readRows<Row>(
  response: GuardedResponse,
  onRow: (row: Row) => void | Promise<void>,
  maxRowBytes: number,
): Promise<number> {
  const splitter = createRowSplitter(maxRowBytes);
  let count = 0;
  try {
    for await (const piece of response.stream()) {
      for (const text of splitter.push(piece)) {
        const row = parseRow<Row>(text);
        count += 1;
        const done = onRow(row);
        if (done) await done;
      }
    }
    splitter.end();
  } catch (error) {
    if (error instanceof BrokenReply) throw unreadable('pendo', error.message);
    if (error instanceof RowTooLarge) throw new EgressError('TOO_LARGE', error.message);
    throw error;
  }
  return count;
}

function parseRow<Row>(text: string): Row {
  try {
    return JSON.parse(text) as Row;
  } catch {
    throw new BrokenReply('A row of the reply is not JSON.');
  }
}
