/** Pages and ranges are cut by comparing ids, in the order in which Pendo sorts them. */
import { pipelines } from '../../pendo/index.ts';
import { readsRecords } from '../needs.ts';
import { disproved, type PendoAssumption, proved, unknown } from '../types.ts';

/** Scripts, cases, lengths and signs whose order differs between bytes, UTF-16 units and languages. */
const ids = [
  'a',
  'B',
  'b',
  'aa',
  'a b',
  'a-b',
  'Z',
  '10',
  '9',
  '_x',
  'é',
  'e',
  'ß',
  'ss',
  'я',
  '日本',
  '\u{1F600}',
  '\uFF21',
];

export const idOrder: PendoAssumption = {
  id: 'pendo.idOrder',
  vendor: 'pendo',
  assumed: '`>` and `<=` on ids follow the order of `sort`.',
  matters: 'Records or their usage would be left out where a page ends: zeros for people who were active.',
  source: 'Clients page in this way (tap-pendo, Airbyte); no source names the order.',
  check: `${ids.length} ids of several scripts, sent with the request, are sorted and compared with each other.`,
  calls: 1,
  otherwise: 'otherWay',
  fix: 'Nothing to do: ids are not compared, and records are read at once. With more than 50,000 records the syncs stop; report it then.',
  neededBy: readsRecords,
  async ask({ client }) {
    const names = ids.map((_, n) => `n${n}`);
    const select = Object.fromEntries(ids.map((id, n) => [names[n], `visitorId > ${pipelines.literal(id)}`]));
    const sorted: Record<string, unknown>[] = [];
    await client.aggregate<Record<string, unknown>>(
      [
        { source: { const: ids.map((visitorId) => ({ visitorId })) } },
        { sort: ['visitorId'] },
        { select: { visitorId: 'visitorId', ...select } },
      ],
      (row) => {
        sorted.push(row);
      },
    );
    if (sorted.length !== ids.length) return unknown(`Pendo returned ${sorted.length} of ${ids.length} rows.`);
    let wrong = 0;
    for (const [n, id] of ids.entries()) {
      const at = sorted.findIndex((row) => row.visitorId === id);
      for (const [place, row] of sorted.entries()) if (row[names[n] as string] !== place > at) wrong++;
    }
    const evidence = `${wrong} of ${ids.length ** 2} comparisons disagree with the order of the sort.`;
    return wrong === 0 ? proved(evidence) : disproved(evidence);
  },
};
