/**
 * One page, one feature and one track type with one of its properties, to send as custom events: chosen from Pendo's catalogue
 * as somebody at the console would.
 */
import type { SyncConfigInput } from '../src/sync/config.ts';
import type { Api } from './api.ts';

type EventEntries = NonNullable<SyncConfigInput['events']>;

const lists = { page: 'pages', feature: 'features', trackType: 'track-types' } as const;

export async function oneOfEachItem(api: Api, tenantId: string): Promise<EventEntries> {
  const entries: EventEntries = [];
  for (const [source, list] of Object.entries(lists) as [keyof typeof lists, string][]) {
    const { items } = await api.get<{ items: { id: string }[] }>(
      `/v1/tenants/${tenantId}/catalogue/pendo/${list}?limit=1`,
    );
    if (items[0] === undefined) throw new Error(`Pendo lists none of its ${list}.`);
    const { id } = items[0];
    entries.push(
      source === 'trackType' ? { source, id, properties: await oneProperty(api, tenantId, id) } : { source, id },
    );
  }
  return entries;
}

/** The one that most rows have. */
async function oneProperty(api: Api, tenantId: string, trackType: string): Promise<{ name: string }[]> {
  const { properties } = await api.get<{ properties: { name: string; canBeChosen: boolean; rows: number }[] }>(
    `/v1/tenants/${tenantId}/catalogue/pendo/track-types/${encodeURIComponent(trackType)}/properties`,
  );
  return properties
    .filter(({ canBeChosen }) => canBeChosen)
    .sort((a, b) => b.rows - a.rows)
    .slice(0, 1)
    .map(({ name }) => ({ name }));
}
