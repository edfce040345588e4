/** Pages of the applications; rows without a tagged page carry `allevents`. */
export const taggedPages = Array.from({ length: 39 }, (_, i) => `page-${(i * 7919).toString(36).padStart(4, '0')}`);

export const featureOf = (pageId: string) => pageId.replace('page', 'feature');
export const trackTypeOf = (pageId: string) => pageId.replace('page', 'track');

/** What the sources `pages`, `features` and `trackTypes` list: every one belongs to the default app. */
export function definitions(idField: 'pageId' | 'featureId' | 'trackTypeId', appId: number) {
  const idOf = { pageId: (id: string) => id, featureId: featureOf, trackTypeId: trackTypeOf }[idField];
  return taggedPages.map((page, i) => {
    const id = idOf(page);
    return { id, [idField]: id, name: `${id.split('-')[0]} ${i + 1}`, appId, rules: [`//*/${page}`] };
  });
}
