/**
 * One page of Pendo's side: the records, what they hold of ours, and what they give. Adapts the page to what Pendo
 * manages in its time.
 */
import { sql } from 'kysely';
import type { EventDay } from '../../db/events/days.ts';
import { pipelines } from '../../pendo/index.ts';
import { type Column, type Columns, isOfMetric, liveFields } from '../../sync/columns.ts';
import type { RowRules } from '../../sync/mirror-row.ts';
import { givesOf, heldOf, isDoNotProcess, pendoSelection } from '../../sync/pendo-row.ts';
import { isUnstorableId, storedId } from '../../sync/stored-id.ts';
import { createLearning, isTooMuch } from '../step/learning.ts';
import type { Step } from '../step/step.ts';
import type { RunRef } from '../types.ts';
import type { ColumnReader } from './column-reader.ts';
import { type Instants, instantsOf } from './instants.ts';
import { createColumnReaders } from './pendo-columns.ts';
import { createEventDaysReader, type EventDaysReader, spansOf } from './pendo-event-days.ts';
import { type Excluded, isAnonymous, type PageIds, requireId } from './pendo-people.ts';
import { isForgottenPendoId, type PendoPageRecord, type WhoIsForgotten } from './row-rules.ts';
import { heaviestUncut, isUncut, mostUncut, tooLargeUncut } from './uncut.ts';

export interface PendoPage {
  records: PendoPageRecord[];
  /** Days with use of the items that are sent as events. */
  eventDays: EventDay[];
  /** Last id of the page, as Pendo orders them; null when it was empty. */
  cursor: string | null;
  last: boolean;
}

export interface PendoReader {
  page(cursor: string | null): Promise<PendoPage>;
}

/** Records a page: bounded by what one usage reply may weigh in memory. */
const pageSizes = { visitor: { most: 10_000, least: 100 }, account: { most: 2_000, least: 20 } } as const;

/** Characters that a page may hold: it is merged as one text, and values may have 60,000 each. */
const heaviest = 32 * 1024 * 1024;

interface Frame {
  ref: RunRef;
  step: Step;
  rules: RowRules;
  instants: Instants;
  readers: ColumnReader[];
  eventDays: EventDaysReader | undefined;
  select: Record<string, string>;
  only: OnlyThese;
  /** All at once, whatever it weighs. */
  uncut: boolean;
  /** Records of the page that is being read; undefined until they have come. */
  read: number | undefined;
}

/** So few records of a page are asked for by their ids; of more, the range between the first and the last is cheaper. */
const fewIds = 200;

/** Of all records, a few. */
export interface OnlyThese {
  /** With a visit at or after this instant. */
  visitedSince?: number;
  ids?: readonly string[];
}

export async function createPendoReader(
  step: Step,
  ref: RunRef,
  rules: RowRules,
  forgotten: WhoIsForgotten,
  only: OnlyThese = {},
): Promise<PendoReader> {
  const { pendo } = await step.vendors();
  const instants = instantsOf(step.run);
  const excluded = await excludedVisitors(step, ref, forgotten);
  const learning = createLearning(step);
  const { plan, config } = rules;
  const reading = { pendo, object: ref.object, plan, config, instants, excluded, learning };
  const frame: Frame = {
    ref,
    step,
    rules,
    instants,
    readers: await createColumnReaders(reading, step),
    // A delta reads none: what it does not see would be missing of the day.
    eventDays:
      only.visitedSince === undefined && only.ids === undefined
        ? createEventDaysReader(reading, await spansOf(step, ref))
        : undefined,
    select: pendoSelection(rules),
    only,
    uncut: isUncut(learning.known),
    read: undefined,
  };
  const sizes = frame.uncut ? { most: mostUncut, least: mostUncut } : pageSizes[ref.object];
  /** What Pendo ran out of time on once is not asked for again; a page that was cut for its weight may grow back. */
  let most = Math.max(sizes.least, Math.min(sizes.most, learning.known.page ?? sizes.most));
  let limit = most;
  return {
    async page(cursor) {
      for (;;) {
        try {
          const page = await readPage(frame, cursor, limit);
          if (frame.uncut && !page.last) throw tooLargeUncut();
          if (page.cut) limit = Math.max(sizes.least, page.records.length);
          else if (page.weight < heaviest / 4) limit = Math.min(most, limit * 2);
          return page;
        } catch (error) {
          if (!isTooMuch(error)) throw error;
          // A side smaller than the page would only be asked for the same again.
          const asked = Math.min(limit, frame.read ?? limit);
          if (asked <= sizes.least) return learning.giveUp(error);
          most = Math.max(sizes.least, Math.floor(asked / 4));
          limit = most;
          await learning.lower({ page: most }, error);
        }
      }
    },
  };
}

async function excludedVisitors(step: Step, ref: RunRef, forgotten: WhoIsForgotten): Promise<Excluded> {
  const rows = await step.read((tx) =>
    tx.selectFrom('excluded_visitors').select('visitor_id').where('run_id', '=', ref.runId).execute(),
  );
  const doNotProcess = new Set(rows.map((row) => row.visitor_id));
  return (id) => isAnonymous(id) || doNotProcess.has(storedId(id)) || isForgottenPendoId(forgotten.visitors, id);
}

type Row = Record<string, unknown>;

interface WeighedPage extends PendoPage {
  /** Characters of text in it. */
  weight: number;
  /** More came than a page may weigh: the rest is read with the next one. */
  cut: boolean;
}

async function readPage(frame: Frame, cursor: string | null, limit: number): Promise<WeighedPage> {
  const { step, ref, only } = frame;
  const { pendo } = await step.vendors();
  const idName = ref.object === 'visitor' ? 'visitorId' : 'accountId';
  const rows: Row[] = [];
  let weight = 0;
  let cut = false;
  frame.read = undefined;
  const request = { lo: cursor ?? undefined, limit, select: frame.select, ...only };
  await pendo.aggregate<Row>(
    ref.object === 'visitor' ? pipelines.visitorsPage(request) : pipelines.accountsPage(request),
    (row) => {
      cut ||= weight > (frame.uncut ? heaviestUncut : heaviest);
      if (cut) return;
      row[idName] = requireId(row[idName]);
      rows.push(row);
      for (const value of Object.values(row)) weight += weightOf(value);
    },
  );
  frame.read = rows.length;
  const last = !cut && rows.length < limit;
  const end = rows.length === 0 ? null : String(rows.at(-1)?.[idName]);
  const places = new Map<string, number>();
  for (const row of rows) if (!places.has(String(row[idName]))) places.set(String(row[idName]), places.size);
  const ids: PageIds = { places, lo: cursor ?? undefined, hi: last ? undefined : (end ?? undefined) };
  const isFew = only.visitedSince !== undefined || only.ids !== undefined;
  if (isFew && rows.length <= fewIds) ids.ids = [...places.keys()];
  const columns = rows.length === 0 ? new Map<string, Column>() : await readColumns(frame, ids);
  const eventDays = rows.length === 0 ? [] : ((await frame.eventDays?.(ids)) ?? []);
  const identified = rows.filter((row) => ref.object === 'account' || !isAnonymous(String(row[idName])));
  const records = identified.map((row): PendoPageRecord => {
    const id = String(row[idName]);
    const place = places.get(id) ?? 0;
    return {
      id,
      excluded: isDoNotProcess(row.dnp),
      read: () => ({
        held: heldOf(row, frame.rules),
        gives: givesOf(row, frame.rules, frame.instants.zone, columns, place),
      }),
    };
  });
  return { records, eventDays, cursor: end, last, weight, cut };
}

/** Characters, about. */
function weightOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  return typeof value === 'object' && value !== null ? JSON.stringify(value).length : 0;
}

async function readColumns(frame: Frame, ids: PageIds): Promise<Columns> {
  const columns = new Map<string, Column>();
  for (const read of frame.readers) for (const [property, column] of await read(ids)) columns.set(property, column);
  const counted = liveFields(frame.rules.plan.push).filter((field) => isOfMetric(field, 'totalVisitors'));
  if (counted.length === 0) return columns;
  const names = [...ids.places.keys()];
  const tallies = await visitorCounts(frame, names);
  for (const { property } of counted) columns.set(property, (place) => String(tallies.get(names[place] ?? '') ?? 0));
  return columns;
}

async function visitorCounts({ step, ref }: Frame, ids: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await step.read((tx) =>
    sql<{ id: string; n: string }>`
      select account_id as id, visitors as n from account_tallies
      where run_id = ${ref.runId}::bigint and account_id = any(
        array(select jsonb_array_elements_text(${JSON.stringify(ids.filter((id) => !isUnstorableId(id)))}::jsonb)))`.execute(
      tx,
    ),
  );
  return new Map(rows.map((row) => [row.id, Number(row.n)]));
}
