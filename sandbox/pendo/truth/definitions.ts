import type { RawItem } from '../../contract.ts';
import { hash } from '../../world/random.ts';

/** Pages of a subscription's applications: no two subscriptions share an id. */
export const pagesOf = (subscriptionId: string) =>
  Array.from({ length: 39 }, (_, i) => `page-${hash(i, 'page', subscriptionId).toString(36)}`);

/** The feature and the track type that generated rows of a page may be of as well. */
export const featureOf = (pageId: string) => pageId.replace('page', 'feature');
export const trackTypeOf = (pageId: string) => pageId.replace('page', 'track');

type IdField = 'pageId' | 'featureId' | 'trackTypeId';

const kinds = { pageId: 'Page', featureId: 'Feature', trackTypeId: 'TrackType' } as const;

/** Names that a property's name or label cannot simply repeat: the same twice, no letters of ASCII, very long. */
const oddNames: ((kind: string) => string)[] = [
  (kind) => `${kind} 1`,
  () => '設定 – “Größe” 100 % 😀',
  (kind) => `${kind} ${'with a very long name '.repeat(9)}`.trim(),
];

/** The items of one kind that a subscription begins with: every one belongs to the default app. */
export function itemsOf(idField: IdField, taggedPages: string[], appId: number, tame: boolean): RawItem[] {
  return taggedPages.map((page, i) => {
    const odd = tame ? undefined : oddNames[i - taggedPages.length + oddNames.length];
    const kind = kinds[idField];
    const id = { pageId: page, featureId: featureOf(page), trackTypeId: trackTypeOf(page) }[idField];
    return { id, name: odd?.(kind) ?? `${kind} ${i + 1}`, appId };
  });
}

/** What the sources `pages`, `features` and `trackTypes` list. */
export function definitions(idField: IdField, items: RawItem[]) {
  return items
    .filter(({ deleted }) => !deleted)
    .map(({ id, name, appId }) => ({
      id,
      [idField]: id,
      name,
      appId,
      ...stamps(id, kinds[idField]),
      color: 'auto',
      group,
      ...rules(idField, id),
    }));
}

function rules(idField: IdField, id: string): object {
  const page = id.replace(/^(feature|track)/, 'page');
  if (idField === 'featureId') return { pageId: page, elementPathRules: [`#${page} button`] };
  if (idField === 'trackTypeId') return { trackTypeRules: [page] };
  return { rules: [{ rule: `//*/${page}`, designerHint: `https://app.northwind.example/${page}`, parsedRule: page }] };
}

const author = { id: '5629499534213120', username: 'ops@northwind.example', first: 'Ops', last: 'Northwind', role: 8 };
const group = { id: 'default', name: 'Default group', description: '', color: 'gray', length: 0 };

/** Who made a definition and when: what every kind of them carries. */
export function stamps(id: string, kind: string) {
  const createdAt = 1_600_000_000_000 + (hash(1, id) % 100_000_000) * 1000;
  return {
    kind,
    rootVersionId: id,
    stableVersionId: `${id}-1`,
    dirty: false,
    createdByUser: author,
    createdAt,
    lastUpdatedByUser: author,
    lastUpdatedAt: createdAt + (hash(2, id) % 10_000_000) * 1000,
  };
}
