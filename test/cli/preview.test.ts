/** What a person reads before switching a sync on. */
import { expect, test } from 'vitest';
import { describePreview } from '../../src/cli/preview.ts';

test('a preview names shares, blanks, duplicates, near misses, samples and the cost', () => {
  const preview = {
    match: {
      matched: 50,
      unmatchedHubspot: 40,
      blankHubspot: 7,
      ambiguousHubspot: 2,
      unmatchedPendo: 5,
      nearMisses: 1,
    },
    examples: {
      ambiguous: [{ key: 'dup@x.com', hubspotIds: ['4', '5'], pendoIds: [] }],
      nearMisses: [{ hubspotId: '9', hubspotKey: 'Ann@x.com', pendoId: 'ann@x.com', pendoKey: 'ann@x.com' }],
    },
    fields: [
      {
        leg: 'push',
        field: 'pendo_last_visit',
        changes: 12,
        cleared: 3,
        zeroed: 1,
        samples: [{ hubspotId: '1', pendoId: 'a', from: null, to: '2026-01-01' }],
      },
    ],
    creations: { pull: 0, push: 6 },
    clears: { pull: 2, push: 0 },
    estimate: { hubspotCalls: 8, pendoCalls: 5, seconds: 4, writes: { hubspot: 1, pendo: 1 } },
  };
  expect([...describePreview({ preview, counts: { read: { hubspot: 100, pendo: 55 } } })]).toEqual([
    '  HubSpot: 100 read; matched 50 (50 %), unmatched 40 (40 %), blank 7, ambiguous 2, invalid 0, excluded 0',
    '  Pendo: 55 read; matched 50 (91 %), unmatched 5 (9 %), blank 0, ambiguous 0, invalid 0, excluded 0',
    '  ambiguous: "dup@x.com" is shared by HubSpot 4, 5; Pendo none',
    '  near misses: 1 (keys that look the same and differ)',
    '    HubSpot 9 "Ann@x.com", Pendo "ann@x.com"',
    '  push pendo_last_visit: 12 would change, 3 cleared, 1 zeroed',
    '    1: null → "2026-01-01"',
    '  pull: 2 that lost their match would be cleared',
    '  push: 6 would be created',
    '  a run would take about 8 calls to HubSpot and 5 to Pendo, and 4 s',
  ]);
});
