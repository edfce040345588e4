/** One push field of each kind that names a source, chosen from Pendo's catalogue as somebody at the console would. */

import type { SyncConfigInput, SyncObject } from '../src/sync/config.ts';
import type { PushMapping } from '../src/sync/push-mapping.ts';
import type { Api } from './api.ts';

type Push = NonNullable<SyncConfigInput['push']>;

/** Those that a visitor has too; the rest is counted over an account's visitors. */
const npsMeasures = ['category', 'comment', 'answeredOn'] as const;
const accountNpsMeasures = ['averageScore', 'netPromoterScore', 'answers'] as const;

export async function oneOfEachSource(api: Api, tenantId: string, object: SyncObject): Promise<Push> {
  const catalogue = `/v1/tenants/${tenantId}/catalogue`;
  const first = async (kind: string): Promise<string> => {
    const { items } = await api.get<{ items: { id: string }[] }>(`${catalogue}/pendo/${kind}?limit=1`);
    if (items[0] === undefined) throw new Error(`Pendo lists none of its ${kind}.`);
    return items[0].id;
  };
  const { fields } = await api.get<{ fields: { group: string; name: string; hubspotType: string | null }[] }>(
    `${catalogue}/${object}/pendo-fields`,
  );
  const field = fields.find(({ group, hubspotType }) => group === 'custom' && hubspotType !== null);
  if (field === undefined) throw new Error('Pendo has no custom metadata field.');
  const page = { source: 'page', id: await first('pages') } as const;
  const push: Push = [
    { source: 'metadata', group: field.group, field: field.name },
    { ...page, measure: 'minutes', window: 30 },
    { ...page, measure: 'lastUse', window: 180 },
    { source: 'feature', id: await first('features'), measure: 'events', window: 90 },
    { source: 'trackType', id: await first('track-types'), measure: 'days', window: 7 },
    ...[...npsMeasures, ...(object === 'account' ? accountNpsMeasures : [])].map((measure) => ({
      source: 'nps' as const,
      measure,
    })),
    { source: 'segment', id: await first('segments') },
  ];
  return object === 'account' ? [...push, { source: 'activeVisitors', window: 30 }] : push;
}

/** An entry in a few words. */
export function shownEntry(mapping: PushMapping): string {
  if ('metric' in mapping) return mapping.metric;
  const { source } = mapping;
  const parts = [source, ...('group' in mapping ? [`${mapping.group}.${mapping.field}`] : [])];
  if ('measure' in mapping) parts.push(mapping.measure);
  if ('window' in mapping) parts.push(`(${mapping.window} days)`);
  return parts.join(' ');
}
