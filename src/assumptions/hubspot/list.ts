import { crmTypeOf } from '../../hubspot/index.ts';
import { readsRecords } from '../needs.ts';
import { disproved, type HubSpotAssumption, proved, unknown } from '../types.ts';

const asked = { limit: 10, properties: [] };

export const afterAnyId: HubSpotAssumption = {
  id: 'hubspot.afterAnyId',
  vendor: 'hubspot',
  assumed: 'The list takes any record id as `after`, and begins with it or the next one.',
  matters: 'Ranges of ids are read side by side: records between two borders would be left out or read twice.',
  source: 'Observed by many clients; the specification calls the cursor opaque.',
  check: 'Ten records are listed, then again from the fifth of them on.',
  calls: 2,
  otherwise: 'otherWay',
  fix: 'Nothing to do: records are read one page after the other by the links that HubSpot gives. A full run of many records takes much longer.',
  neededBy: readsRecords,
  async ask(client, { object }) {
    const type = crmTypeOf[object];
    const idsOf = (page: { records: { id: string }[] }): string[] => page.records.map(({ id }) => id);
    const whole = idsOf(await client.listPage(type, asked));
    if (whole.length < 6) return unknown(`The account has ${whole.length} ${type}.`);
    const rest = whole.slice(4);
    const found = idsOf(await client.listPage(type, { ...asked, after: rest[0] as string, limit: rest.length }));
    const same = rest.filter((id, n) => found[n] === id).length;
    const evidence = `${same} of ${rest.length} records from the fifth on are the same.`;
    return same === rest.length && found.length === rest.length ? proved(evidence) : disproved(evidence);
  },
};
