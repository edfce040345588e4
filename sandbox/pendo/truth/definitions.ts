import { hash } from '../../world/random.ts';

/** Pages of a subscription's applications: no two subscriptions share an id. */
export const pagesOf = (subscriptionId: string) =>
  Array.from({ length: 39 }, (_, i) => `page-${hash(i, 'page', subscriptionId).toString(36)}`);

export const featureOf = (pageId: string) => pageId.replace('page', 'feature');
export const trackTypeOf = (pageId: string) => pageId.replace('page', 'track');

type IdField = 'pageId' | 'featureId' | 'trackTypeId';

/** What the sources `pages`, `features` and `trackTypes` list: every one belongs to the default app. */
export function definitions(idField: IdField, taggedPages: string[], appId: number) {
  return taggedPages.map((page, i) => {
    const id = { pageId: page, featureId: featureOf(page), trackTypeId: trackTypeOf(page) }[idField];
    const kind = { pageId: 'Page', featureId: 'Feature', trackTypeId: 'TrackType' }[idField];
    return {
      id,
      [idField]: id,
      name: `${kind} ${i + 1}`,
      appId,
      ...stamps(id, kind),
      color: 'auto',
      group,
      ...rules(idField, page),
    };
  });
}

function rules(idField: IdField, page: string): object {
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
