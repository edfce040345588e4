/** Pages, features, track types and segments of a subscription, as far as the rules need them. */
import type { EventMapping } from './event-mapping.ts';
import type { ItemKind, PushMapping } from './push-mapping.ts';
import { isItemMapping } from './push-mapping.ts';

/** Per kind, names by id. An absent kind: it was not asked for, and nothing can be said of its items. */
export type ItemNames = Partial<Record<ItemKind, ReadonlyMap<string, string>>>;

/** The kinds that a mapping names items of. */
export function itemKindsOf(push: readonly PushMapping[], events: readonly EventMapping[] = []): ItemKind[] {
  return [...new Set([...push.filter(isItemMapping), ...events].map(({ source }) => source))].sort();
}

export const itemWords = {
  page: 'page',
  feature: 'feature',
  trackType: 'track event',
  segment: 'segment',
} as const satisfies Record<ItemKind, string>;

/** What can be listed to choose from, as the API names it. */
export const listedKinds = ['pages', 'features', 'track-types', 'segments', 'surveys'] as const;
export type ListedKind = (typeof listedKinds)[number];
