/** What is counted beside a few records, for a look at them at this moment: a call for each source. */
import { pipelines } from '../../pendo/index.ts';
import { daysBefore, daysBetween, startOfDay } from '../../sync/clock.ts';
import { type Column, type Columns, isOfSource, liveFields } from '../../sync/columns.ts';
import { createItemFigures, itemQuestion } from '../../sync/item-figures.ts';
import type { RowRules } from '../../sync/mirror-row.ts';
import { type UsageKind, usageKinds } from '../../sync/push-mapping.ts';
import { createUsageFigures, usageReach, usageWindows } from '../../sync/usage-figures.ts';
import type { OpenVendors } from '../connections/vendors.ts';

export interface LiveReading {
  pendo: OpenVendors['pendo'];
  zone: string;
  rules: RowRules;
  /** Epoch ms. */
  now: number;
}

type Row = Record<string, unknown>;

/** Usage is that of visitors; what an account's visitors did is left to runs. */
export async function readLiveColumns(reading: LiveReading, ids: readonly string[]): Promise<Columns> {
  const columns = new Map<string, Column>();
  const add = (more: Columns | undefined): void => {
    for (const [property, column] of more ?? []) columns.set(property, column);
  };
  add(await readSegments(reading, ids));
  if (reading.rules.plan.object === 'account') return columns;
  add(await readUsage(reading, ids));
  for (const kind of usageKinds) add(await readItemUse(reading, kind, ids));
  return columns;
}

/** The last so many whole days. */
function spanOf({ zone, now }: LiveReading, days: number) {
  const end = startOfDay(now, zone);
  const first = daysBefore(end, zone, days);
  return { first, end, days: daysBetween(first, end, zone) };
}

async function readUsage(reading: LiveReading, ids: readonly string[]): Promise<Columns | undefined> {
  const { pendo, zone, rules, now } = reading;
  const { plan, config } = rules;
  const windows = usageWindows(plan.push, config.window, (days) => daysBefore(startOfDay(now, zone), zone, days));
  if (windows.length === 0) return undefined;
  const figures = createUsageFigures(plan.push, config.window, windows, ids.length, false);
  const { activity } = plan;
  const span = spanOf(reading, usageReach(windows));
  const request = { ids, windows, apps: config.apps, foldsDays: true, activity, ...span };
  await pendo.aggregate<Row>(pipelines.usageByVisitor(request), (row) => {
    const place = ids.indexOf(String(row.visitorId));
    if (place >= 0) figures.addVisitor(place, row);
  });
  return figures.columns;
}

async function readItemUse(
  reading: LiveReading,
  kind: UsageKind,
  ids: readonly string[],
): Promise<Columns | undefined> {
  const { pendo, zone, rules, now } = reading;
  const { plan, config } = rules;
  const question = itemQuestion(plan.push, kind, (days) => daysBefore(startOfDay(now, zone), zone, days));
  if (question === undefined) return undefined;
  const { windows } = question;
  const figures = createItemFigures(question, ids.length, zone);
  const items = pipelines.namedItems(question.ids);
  const span = spanOf(reading, windows[0]?.days ?? 0);
  const request = { ids, kind, items, windows, apps: config.apps, foldsDays: true, ...span };
  await pendo.aggregate<Row>(pipelines.itemUseByVisitor(request), (row) => {
    const place = ids.indexOf(String(row.visitorId));
    if (place >= 0) figures.addVisitor(place, String(row[pipelines.itemSources[kind].id]), row);
  });
  return figures.columns;
}

async function readSegments({ pendo, rules }: LiveReading, ids: readonly string[]): Promise<Columns> {
  const { plan } = rules;
  const columns = new Map<string, Column>();
  for (const field of liveFields(plan.push)) {
    if (!isOfSource(field, 'segment')) continue;
    const members = new Set<string>();
    await pendo.aggregate<Row>(
      pipelines.segmentMembers(plan.object, field.id, { ids }),
      (row) => void members.add(String(row.visitorId ?? row.accountId)),
    );
    columns.set(field.property, (place) => String(members.has(ids[place] ?? '')));
  }
  return columns;
}
