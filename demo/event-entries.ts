/** One page, one feature and one track type to send as custom events, chosen from Pendo's catalogue as somebody at the console would. */
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
    entries.push({ source, id: items[0].id });
  }
  return entries;
}
