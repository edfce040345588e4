/** Segments that are pushed: Pendo says who is in them, and one that is deleted meanwhile says nothing of anybody. */
import { expect, test } from 'vitest';
import type { Reading } from '../../src/activities/read/column-reader.ts';
import { createSegmentReader } from '../../src/activities/read/pendo-segments.ts';
import type { Pipeline } from '../../src/pendo/index.ts';
import type { Plan, PushPlan } from '../../src/sync/types.ts';
import { VendorError } from '../../src/sync/vendor-error.ts';
import { plan } from './engine.ts';

const segment = (id: string): PushPlan => ({
  source: 'segment',
  id,
  property: `pendo_segment_${id}`,
  hubspotType: 'bool',
  whenNothing: 'zero',
  guardTo: 'emptyOrFalse',
});

/** Of the segment `power` two are members, one of whom is on another page. */
function reading(push: PushPlan[], error?: VendorError): { reading: Reading; asked: Pipeline[] } {
  const asked: Pipeline[] = [];
  const pendo = {
    async aggregate(pipeline: Pipeline, onRow: (row: unknown) => void): Promise<number> {
      asked.push(pipeline);
      if (error && JSON.stringify(pipeline).includes('"deleted"')) throw error;
      for (const visitorId of ['b', 'elsewhere']) onRow({ visitorId });
      return 2;
    },
  };
  const ownPlan: Plan = { ...plan, push };
  return { reading: { pendo, object: 'visitor', plan: ownPlan } as unknown as Reading, asked };
}

const places = new Map([
  ['a', 0],
  ['b', 1],
]);

test('members are true and all others false, asked for in the page\u2019s range of ids', async () => {
  const { reading: own, asked } = reading([segment('power')]);
  const columns = await createSegmentReader(own)!({ places, lo: 'A', hi: 'b' });
  const column = columns.get('pendo_segment_power')!;
  expect([column(0), column(1)]).toEqual(['false', 'true']);
  expect(asked).toEqual([
    [
      { source: { visitors: null } },
      { identified: 'visitorId' },
      { filter: 'visitorId > "A" && visitorId <= "b"' },
      { segment: { id: 'power' } },
      { select: { visitorId: 'visitorId' } },
    ],
  ]);
});

test('a segment that was deleted since the run opened is not known of anybody; others are', async () => {
  const gone = new VendorError('Refused.', {
    vendor: 'pendo',
    kind: 'rejected',
    code: 'REJECTED',
    status: 400,
    detail: 'segment id not found',
  });
  const columns = await createSegmentReader(reading([segment('deleted'), segment('power')], gone).reading)!({ places });
  expect([...columns.keys()]).toEqual(['pendo_segment_power']);
});

test('nothing is asked where no segment is pushed, or the only one has stopped', () => {
  expect(createSegmentReader(reading([]).reading)).toBeUndefined();
  expect(createSegmentReader(reading([{ ...segment('power'), stopped: 'gone' }]).reading)).toBeUndefined();
});
