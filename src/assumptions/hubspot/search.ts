import { crmTypeOf, type SearchFilter } from '../../hubspot/index.ts';
import { readsRecords } from '../needs.ts';
import { disproved, type HubSpotAssumption, proved, unknown } from '../types.ts';

/** Records on the page, and which of them the search begins behind. */
const listed = 10;
const behind = 4;

export const searchesById: HubSpotAssumption = {
  id: 'hubspot.searchesById',
  vendor: 'hubspot',
  assumed: 'Search filters by record id and modified date, and sorts ids as numbers.',
  matters: 'A run that reads only what has changed would leave records out, or never come to an end.',
  source: "HubSpot's page on search names both; its order of ids is not stated.",
  check: 'Ten records are listed, and those behind the fifth are searched for.',
  calls: 2,
  otherwise: 'otherWay',
  fix: 'Nothing to do: runs that would read only what has changed read everything.',
  neededBy: readsRecords,
  async ask(client, { object }) {
    const type = crmTypeOf[object];
    const { records } = await client.listPage(type, { limit: listed, properties: [] });
    if (records.length < listed) return unknown(`The account has ${records.length} ${type}.`);
    const expected = records.slice(behind + 1).map(({ id }) => id);
    const modified = object === 'visitor' ? 'lastmodifieddate' : 'hs_lastmodifieddate';
    const filters: SearchFilter[] = [
      { propertyName: 'hs_object_id', operator: 'GT', value: String(records[behind]?.id) },
      { propertyName: modified, operator: 'GTE', value: '0' },
    ];
    const sort = { property: 'hs_object_id', direction: 'ASCENDING' } as const;
    const found = await client.searchPage(type, { filters, sort, limit: expected.length, properties: [] });
    const ids = found.records.map(({ id }) => id);
    // Search knows new records late, and deleted ones for a while: what it leaves out says nothing of its order.
    const behindAsked = ids.every((id) => BigInt(id) > BigInt(String(records[behind]?.id)));
    const known = expected.filter((id) => ids.includes(id));
    const ordered = ids.every((id, n) => n === 0 || BigInt(id) > BigInt(ids[n - 1] as string));
    const evidence = `${known.length} of ${expected.length} records from the sixth on are found${ordered ? ', in order' : ', out of order'}.`;
    if (!behindAsked) return disproved(`${evidence} Records before these are found, too.`);
    if (ordered && known.length === expected.length) return proved(evidence);
    return known.length === 0 || !ordered ? disproved(evidence) : unknown(evidence);
  },
};
