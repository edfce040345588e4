/** The readers of what is counted beside a page's records, source by source. */
import { usageKinds } from '../../sync/push-mapping.ts';
import type { Step } from '../step/step.ts';
import type { ColumnReader, Reading } from './column-reader.ts';
import { createItemUseReader } from './pendo-item-use.ts';
import { createNpsReader } from './pendo-nps.ts';
import { createSegmentReader } from './pendo-segments.ts';
import { createUsageReader } from './pendo-usage.ts';

/** Those that some field needs: so many questions are asked of each page, whatever the number of fields. */
export async function createColumnReaders(reading: Reading, step: Step): Promise<ColumnReader[]> {
  const readers = [
    createUsageReader(reading),
    ...usageKinds.map((kind) => createItemUseReader(reading, kind)),
    await createNpsReader(reading, step),
    createSegmentReader(reading),
  ];
  return readers.filter((reader) => reader !== undefined);
}
