/** Use of pages, features or track types by the records of a page: one question for a kind, however many fields ask. */
import { distinctDays } from '../../assumptions/pendo/arithmetic.ts';
import { pipelines } from '../../pendo/index.ts';
import { daysBefore } from '../../sync/clock.ts';
import type { Columns } from '../../sync/columns.ts';
import { createItemFigures, itemQuestion } from '../../sync/item-figures.ts';
import type { UsageKind } from '../../sync/push-mapping.ts';
import type { ColumnReader, Reading } from './column-reader.ts';
import { askInParts } from './day-parts.ts';
import { goesAnotherWay } from './other-ways.ts';
import { recordIdOf } from './pendo-people.ts';

/** Undefined: no field counts use of this kind. */
export function createItemUseReader(reading: Reading, kind: UsageKind): ColumnReader | undefined {
  const { pendo, object, config, plan, instants, excluded, learning } = reading;
  const foldsDays = goesAnotherWay(learning.known, distinctDays);
  const { T0, zone } = instants;
  const question = itemQuestion(plan.push, kind, (days) => daysBefore(T0, zone, days));
  if (question === undefined) return undefined;
  const { windows } = question;
  const items = pipelines.namedItems(question.ids);
  const idName = pipelines.itemSources[kind].id;
  return async ({ places, ...range }): Promise<Columns> => {
    const { columns } = await askInParts(
      instants,
      learning,
      windows[0]?.days ?? 0,
      () => createItemFigures(question, places.size, zone),
      async (figures, part) => {
        const request = { ...range, ...part, kind, items, windows, apps: config.apps, foldsDays };
        if (object === 'visitor') {
          await pendo.aggregate<Record<string, unknown>>(pipelines.itemUseByVisitor(request), (row) => {
            const place = places.get(recordIdOf(row.visitorId) ?? '');
            if (place !== undefined) figures.addVisitor(place, recordIdOf(row[idName]) ?? '', row);
          });
          return;
        }
        await pendo.aggregate<Record<string, unknown>>(pipelines.itemUseByAccountVisitor(request), (row) => {
          const place = places.get(recordIdOf(row.accountId) ?? '');
          const visitor = recordIdOf(row.visitorId);
          if (place === undefined || visitor === undefined || excluded(visitor)) return;
          figures.addAccountVisitor(place, recordIdOf(row[idName]) ?? '', row);
        });
      },
    );
    return columns;
  };
}
