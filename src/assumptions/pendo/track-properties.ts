/** How properties of track events are read. Asked about rows that the request brings along, so that the answer depends on no data. */
import type { PendoClient } from '../../pendo/index.ts';
import { pipelines } from '../../pendo/index.ts';
import { VendorError } from '../../sync/vendor-error.ts';
import type { Verdict } from '../../sync/verdicts.ts';
import { sendsProperties } from '../needs.ts';
import { disproved, type PendoAssumption, proved } from '../types.ts';

/** A property with a text, with a number, without a value, and rows that have none. */
const rows = [
  { key: 'a', properties: { plan: 'pro' } },
  { key: 'a', properties: { plan: 5 } },
  { key: 'a', properties: { plan: null, other: true } },
  { key: 'a', properties: null },
  { key: 'a' },
];

export const trackProperties: PendoAssumption = {
  id: 'pendo.trackProperties',
  vendor: 'pendo',
  assumed: 'An expression reads a member of `properties` by its path, and a group lists the values.',
  matters: 'Events of track types would carry no properties, or could not be read at all.',
  source:
    'That rows of track events have `properties` is in the schema of a public connector; paths are documented for metadata.',
  check: 'Five rows, two of them with a value, sent with the request, are listed.',
  calls: 1,
  otherwise: 'otherWay',
  fix: 'Nothing to do: events are sent without their chosen properties. Report this: another way to read them is needed.',
  neededBy: sendsProperties,
  ask: ({ client }) => ask(client),
};

async function ask(client: PendoClient): Promise<Verdict> {
  let found: unknown;
  try {
    const [path, list] = [pipelines.pathsOf(['plan']), pipelines.listsOf(['plan'])];
    await client.aggregate<Record<string, unknown>>(
      [{ source: { const: rows } }, { eval: path }, { group: { group: ['key'], fields: list } }],
      (row) => {
        found = row[pipelines.valuesOf(0)];
      },
    );
  } catch (error) {
    if (!(error instanceof VendorError) || error.kind !== 'rejected') throw error;
    return disproved('Pendo refuses the request.');
  }
  const values = Array.isArray(found) ? found.map(String) : [];
  const evidence = `"pro" and 5 expected, Pendo lists ${values.length} values.`;
  return values.includes('pro') && values.includes('5') ? proved(evidence) : disproved(evidence);
}
