/** Push fields with a source, of every kind that a world has. */
import type { Truth } from '../../oracle/index.ts';
import type { SyncConfigInput, SyncObject } from '../../src/sync/config.ts';

type Push = NonNullable<SyncConfigInput['push']>;

/** Every metadata field that there is, and of each other kind some, with names by hand where they need an item's. */
export function everyPushSource({ subscription }: Pick<Truth, 'subscription'>, object: SyncObject): Push {
  const metadata = Object.entries(subscription.schema[object]).flatMap(([group, fields]) =>
    Object.entries(fields)
      .filter(([name, { isDeleted }]) => !isDeleted && !name.startsWith('hubspot_'))
      .map(([field, { type }], at): Push[number] => ({
        source: 'metadata',
        group,
        field,
        onEmpty: at % 3 === 0 ? 'keep' : 'clear',
        ...(type === 'time' && at % 2 === 0 ? { timeAs: 'datetime' as const } : {}),
      })),
  );
  const items = (
    [
      ['page', subscription.pages],
      ['feature', subscription.features],
      ['trackType', subscription.trackTypes],
    ] as const
  ).flatMap(([source, list]) => list.filter((_, at) => at % 13 === 0).map((item) => ({ source, ...item })));
  const usage = items.flatMap(({ source, id }, at) =>
    (['events', 'days', 'firstUse', 'lastUse', ...(source === 'page' ? (['minutes'] as const) : [])] as const).map(
      (measure): Push[number] => ({
        source,
        id,
        measure,
        window: ([7, 30, 90, 180] as const)[at % 4]!,
        property: `pendo_${source.toLowerCase()}_${at}_${measure.toLowerCase()}`,
      }),
    ),
  );
  const measures = ['category', 'comment', 'answeredOn'] as const;
  const ofAccounts = ['averageScore', 'netPromoterScore', 'answers'] as const;
  return [
    ...metadata,
    ...usage,
    ...[...measures, ...(object === 'account' ? ofAccounts : [])].map((measure) => ({
      source: 'nps' as const,
      measure,
    })),
    ...subscription.segments.map(({ id }, at) => ({ source: 'segment' as const, id, property: `pendo_segment_${at}` })),
    ...(object === 'account'
      ? ([7, 90] as const).map((window) => ({ source: 'activeVisitors' as const, window }))
      : []),
  ];
}
