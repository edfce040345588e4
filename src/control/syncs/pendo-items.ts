/** Pages, features, track types, segments and surveys to choose from: asked of Pendo at the moment, and kept nowhere. */
import type { PendoClient } from '../../pendo/index.ts';
import type { ListedKind } from '../../sync/pendo-items.ts';
import type { ItemKind } from '../../sync/push-mapping.ts';
import type { Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';

export interface ListedItem {
  /** As an entry of the push names it; of a survey, the id of its guide. */
  id: string;
  name: string;
  app: { id: number; name: string | null } | null;
  group: string | null;
  createdAt: Date | null;
  changedAt: Date | null;
}

export interface ListedPage<Item> {
  items: Item[];
  total: number;
  /** Null: there is no more. */
  next: string | null;
}

export interface PageQuery {
  /** In a name or an id, in any case. */
  search?: string | undefined;
  limit: number;
  /** `next` of the page before: how many are passed over. */
  after?: string | undefined;
}

const kinds: Record<Exclude<ListedKind, 'surveys'>, ItemKind> = {
  pages: 'page',
  features: 'feature',
  'track-types': 'trackType',
  segments: 'segment',
};

/** By name. @throws VendorError when Pendo is not connected or does not answer. */
export async function listPendoItems(
  control: Control,
  caller: Caller,
  tenantId: string,
  kind: ListedKind,
  query: PageQuery,
): Promise<ListedPage<ListedItem>> {
  await inTenant(control, caller, 'read', tenantId, async () => undefined);
  const { client } = await control.vendors.pendo(tenantId);
  const items = kind === 'surveys' ? await surveys(client) : await client.items(kinds[kind]);
  const page = pageOf(
    items.toSorted((a, b) => a.name.localeCompare(b.name, 'en') || (a.id < b.id ? -1 : 1)),
    query,
    ({ id, name }) => [id, name],
  );
  const apps = page.items.some(({ appId }) => appId !== undefined) ? ((await client.apps()) ?? []) : [];
  const names = new Map(apps.map(({ id, name }) => [id, name]));
  return {
    ...page,
    items: page.items.map(({ id, name, appId, group = null, createdAt, changedAt }) => ({
      id,
      name,
      app: appId === undefined ? null : { id: appId, name: names.get(appId) ?? null },
      group,
      createdAt: dateOf(createdAt),
      changedAt: dateOf(changedAt),
    })),
  };
}

/** Guides with a question for a score. */
async function surveys(client: PendoClient) {
  const guides = (await client.guides()).filter(({ polls }) =>
    polls.some(({ type }) => type.toLowerCase() === 'npsrating'),
  );
  return guides.map(({ id, name, appId }) => ({
    id,
    name,
    ...(appId === undefined ? {} : { appId }),
    group: undefined,
    createdAt: undefined,
    changedAt: undefined,
  }));
}

/** The part of a list that is asked for. */
export function pageOf<Item>(
  all: readonly Item[],
  { search = '', limit, after = '0' }: PageQuery,
  textsOf: (item: Item) => readonly string[],
): ListedPage<Item> {
  const sought = search.trim().toLowerCase();
  const found = all.filter((item) => textsOf(item).some((text) => text.toLowerCase().includes(sought)));
  const from = Number(after);
  const end = from + limit;
  return { items: found.slice(from, end), total: found.length, next: end < found.length ? String(end) : null };
}

/** What is no instant is not shown as one. */
function dateOf(ms: number | undefined): Date | null {
  const date = new Date(ms ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? null : date;
}
