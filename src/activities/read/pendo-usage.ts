/** Days active, minutes and active visitors of the records of a page, over all windows in one question. */
import { distinctDays } from '../../assumptions/pendo/arithmetic.ts';
import { pipelines } from '../../pendo/index.ts';
import { daysBefore } from '../../sync/clock.ts';
import type { Columns } from '../../sync/columns.ts';
import { createUsageFigures, usageReach, usageWindows } from '../../sync/usage-figures.ts';
import type { ColumnReader, Reading } from './column-reader.ts';
import { askInParts } from './day-parts.ts';
import { goesAnotherWay } from './other-ways.ts';
import { recordIdOf } from './pendo-people.ts';

/** Undefined: no field counts usage. */
export function createUsageReader(reading: Reading): ColumnReader | undefined {
  const { pendo, object, config, plan, instants, excluded, learning } = reading;
  const foldsDays = goesAnotherWay(learning.known, distinctDays);
  const { T0, zone } = instants;
  const windows = usageWindows(plan.push, config.window, (days) => daysBefore(T0, zone, days));
  if (windows.length === 0) return undefined;
  return async ({ places, ...range }): Promise<Columns> => {
    const { columns } = await askInParts(
      instants,
      learning,
      usageReach(windows),
      (parts) => createUsageFigures(plan.push, config.window, windows, places.size, parts > 1),
      async (figures, part) => {
        const request = { ...range, ...part, windows, apps: config.apps, foldsDays, activity: plan.activity };
        if (object === 'visitor') {
          await pendo.aggregate<Record<string, unknown>>(pipelines.usageByVisitor(request), (row) => {
            const place = places.get(recordIdOf(row.visitorId) ?? '');
            if (place !== undefined) figures.addVisitor(place, row);
          });
          return;
        }
        await pendo.aggregate<Record<string, unknown>>(pipelines.usageByAccountVisitor(request), (row) => {
          const place = places.get(recordIdOf(row.accountId) ?? '');
          const visitor = recordIdOf(row.visitorId);
          if (place === undefined || visitor === undefined || excluded(visitor)) return;
          figures.addAccountVisitor(place, visitor, row);
        });
      },
    );
    return columns;
  };
}
