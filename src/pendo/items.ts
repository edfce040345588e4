/** What a subscription has defined: pages, features and track types by a source of aggregations, segments by a call of their own. */
import { z } from 'zod';
import type { ItemNames } from '../sync/pendo-items.ts';
import type { ItemKind } from '../sync/push-mapping.ts';
import { storableText, textFault } from '../sync/text.ts';
import { aggregate } from './aggregation.ts';
import type { PendoApi } from './call.ts';
import { definitions } from './pipelines.ts';
import type { PendoClient, PendoItem } from './types.ts';

const sources = { page: 'pages', feature: 'features', trackType: 'trackTypes' } as const;

const text = z.string().transform(storableText).optional().catch(undefined);
const number = z.number().optional().catch(undefined);
const itemSchema = z.object({
  id: z.union([z.string(), z.number()]).transform(String),
  name: z.string().transform(storableText).catch(''),
  appId: z.number().int().optional().catch(undefined),
  group: text,
  createdAt: number,
  changedAt: number,
});

/** A segment names no group; when it was changed last is called as in every definition. */
const segmentSchema = z
  .object({ lastUpdatedAt: number })
  .loose()
  .transform(({ lastUpdatedAt, ...segment }) => ({ ...segment, group: undefined, changedAt: lastUpdatedAt }));

export async function readItems(api: PendoApi, kind: ItemKind): Promise<PendoItem[]> {
  const items: PendoItem[] = [];
  const take = (row: unknown): void => {
    const item = itemSchema.safeParse(row).data;
    if (item === undefined || textFault(item.id) !== null) return;
    items.push(Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined)) as never);
  };
  if (kind !== 'segment') await aggregate(api, definitions(sources[kind]), take);
  else {
    const segments = await api.call(z.array(segmentSchema).nullable(), { method: 'GET', path: '/segment' });
    for (const segment of segments ?? []) take(segment);
  }
  return items;
}

/** Names by id, of the kinds that are asked for. */
export async function readItemNames(
  client: Pick<PendoClient, 'items'>,
  kinds: readonly ItemKind[],
): Promise<ItemNames> {
  const names: ItemNames = {};
  for (const kind of kinds) {
    const items = await client.items(kind);
    names[kind] = new Map(items.map(({ id, name }) => [id, name]));
  }
  return names;
}
