/**
 * Reads every record of HubSpot's side by the list endpoint: its `after` is a record id, so ranges of ids are read in
 * parallel. Borders come from the mirror; without one they are searched for while the first ranges are already being read.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAnyId } from '../../assumptions/hubspot/list.ts';
import type { Tx } from '../../db/index.ts';
import { mergeHubSpotPage } from '../../db/mirror/merge-page.ts';
import { addRanges, advanceRange, listRanges, mirrorBorders, mirrorWeight, readTotals } from '../../db/runs/index.ts';
import { noteSeen, seenName } from '../../db/runs/seen.ts';
import type { CrmRecord, RecordPage } from '../../hubspot/index.ts';
import { crmTypeOf } from '../../hubspot/index.ts';
import { hubSpotProperties, type MirrorRow, type RowRules } from '../../sync/mirror-row.ts';
import { VendorError } from '../../sync/vendor-error.ts';
import type { EngineDeps } from '../deps.ts';
import { expected } from '../step/expected.ts';
import { createProgressMeter, type ProgressMeter } from '../step/progress.ts';
import { runStep, type Step } from '../step/step.ts';
import { createWriteQueue } from '../step/write-queue.ts';
import type { RunRef, StepResult } from '../types.ts';
import { goesAnotherWay } from './other-ways.ts';
import { type Concurrency, createConcurrency, weightOf } from './pages-in-flight.ts';
import type { ReadingRange } from './reading-range.ts';
import { forgottenBy, hubSpotRowUnlessForgotten, type IsForgotten, rulesOf } from './row-rules.ts';
import { pageSize } from './search-borders.ts';
import { createSharedRanges, type SharedRanges } from './shared-ranges.ts';

const side = 'hubspot';
/**
 * Pages in flight. Rate times latency asks for ten or twenty; but the first calls of a window are free, and what is not
 * sent at its opening is waited for at the end of the read.
 */
const readers = 128;
/**
 * Between the first calls of two readers, ms. A burst that arrives all at once is served, and counted, one after the
 * other: later than it was sent by more than the budget's margin.
 */
const betweenStarts = 3;
/** Of a side that nothing is known of, so many read the first pages, which show how heavy the others will be. */
const firstReaders = 16;
/** Transactions that merge pages, and pages in one of them. */
const writers = 4;
const pagesAtOnce = 8;
/**
 * A range from the mirror, in pages: an unchanged side comes out in whole pages, and what is new stands behind the last of
 * them. Each reader gets several, so that at the end none has two pages left while others have none.
 */
const rangePages = { least: 1, most: 20 } as const;
const rangesEach = 6;

interface HubSpotScan {
  deps: EngineDeps;
  ref: RunRef;
  step: Step;
  rules: RowRules;
  properties: string[];
  forgotten: IsForgotten;
  ranges: SharedRanges;
  /** The list takes no id for where it begins: it is read from the start to the end by its own links. */
  byLinks: boolean;
  /** How many may read, for what their pages weigh. */
  concurrency: Concurrency;
  /** Merges a page, with others that wait in the same transaction. */
  write: (page: (tx: Tx) => Promise<void>) => Promise<void>;
  meter: ProgressMeter;
}

export function readHubSpotFull(deps: EngineDeps, ref: RunRef): Promise<StepResult> {
  return runStep(deps, ref, side, 'read', async (step) => {
    const scan = await beginScan(deps, ref, step);
    const { ranges, concurrency } = scan;
    const reader = async (n: number): Promise<void> => {
      if (n >= firstReaders) await concurrency.known;
      let before: Promise<void> = Promise.resolve();
      while (n < concurrency.readers && !step.shouldYield() && ranges.failed === undefined) {
        const range = await ranges.take().catch((error) => ranges.fail(error));
        if (range === undefined) break;
        const merging = await readRange(scan, range, before, () => n < concurrency.readers).catch((error) =>
          ranges.fail(error),
        );
        // The next range is begun while the last page of this one is merged.
        before = Promise.all([before, merging?.last])
          .then(() => undefined)
          .catch((error) => ranges.fail(error))
          .finally(() => ranges.putBack(range));
      }
      await before;
    };
    const started = Array.from({ length: readers }, (_, n) => sleep(n * betweenStarts).then(() => reader(n)));
    // Those that wait to know are not needed when the first ones have read everything.
    await Promise.all(started.slice(0, firstReaders)).finally(() => concurrency.weigh(0));
    await Promise.all(started);
    await ranges.settled();
    if (ranges.failed !== undefined) throw ranges.failed;
    const totals = await step.read((tx) => readTotals(tx, ref.runId, side));
    return totals.finished ? { kind: 'done' } : { kind: 'again', progressed: true };
  });
}

async function beginScan(deps: EngineDeps, ref: RunRef, step: Step): Promise<HubSpotScan> {
  const rules = rulesOf(step.run);
  const total = await expected(step, ref, 'hubspot');
  const pages = Math.floor((total ?? 0) / readers / rangesEach / pageSize);
  const rangeSize = pageSize * Math.min(rangePages.most, Math.max(rangePages.least, pages));
  const byLinks = goesAnotherWay(step.run.learnt, afterAnyId);
  const begun = await step.write(async (tx) => {
    const forgotten = await forgottenBy(deps, ref, tx);
    const ranges: ReadingRange[] = await listRanges(tx, ref.runId, side);
    if (ranges.length > 0) return { forgotten, ranges, mirrored: true, before: await readTotals(tx, ref.runId, side) };
    const borders = byLinks ? [] : await mirrorBorders(tx, ref.tenantId, ref.object, rangeSize);
    for (const range of await addRanges(tx, ref.tenantId, ref.runId, side, borders)) {
      ranges.push(range.hi === null ? range : { ...range, mirrored: rangeSize });
    }
    const before = await readTotals(tx, ref.runId, side);
    return { forgotten, ranges, mirrored: borders.length > 0, before };
  });
  const concurrency = createConcurrency(readers);
  const weight = await step.read((tx) => mirrorWeight(tx, ref.tenantId, ref.object));
  if (weight > 0) concurrency.weigh(weight * pageSize);
  const ranges = createSharedRanges(ref, step, begun.ranges, readers);
  if (!begun.mirrored && !byLinks) ranges.search();
  return {
    deps,
    ref,
    step,
    rules,
    properties: hubSpotProperties(rules),
    forgotten: begun.forgotten,
    ranges,
    byLinks,
    concurrency,
    write: createWriteQueue({
      writers,
      most: pagesAtOnce,
      write: (pages) =>
        step.write(async (tx) => {
          for (const page of pages) await page(tx);
        }),
    }),
    meter: createProgressMeter(begun.before.records, total),
  };
}

/**
 * The next page is fetched while the one before is being merged: of the range, or, `before`, of the one before it.
 *
 * @returns when all that this step reads of it is fetched; `last`: when it is merged as well.
 */
async function readRange(
  scan: HubSpotScan,
  range: ReadingRange,
  before: Promise<void>,
  mayGoOn: () => boolean,
): Promise<{ last: Promise<void> | undefined }> {
  const { ref, step, properties } = scan;
  const { hubspot } = await step.vendors();
  let reached = range.cursor;
  let link = range.link;
  range.seen = { from: BigInt(reached ?? 0), records: 0 };
  try {
    while (mayGoOn() && !step.shouldYield()) {
      const next = reached === null ? undefined : String(BigInt(reached) + 1n);
      const after = scan.byLinks ? (link ?? undefined) : next;
      const page = await hubspot.listPage(crmTypeOf[ref.object], { after, limit: pageSize, properties });
      checkOrder(page.records, reached);
      scan.concurrency.weigh(weightOf(page.records));
      await (range.merging ?? before);
      // The border may have moved while the page was on its way.
      const { hi } = range;
      const last = scan.byLinks ? (page.records.at(-1)?.id ?? reached ?? undefined) : lastOf(page, reached);
      link = page.next;
      const done = page.next === undefined || (hi !== null && BigInt(last ?? 0) >= BigInt(hi));
      range.merging = mergePage(scan, range, page.records, last, done, link);
      // It is waited for later; until then nobody else looks at how it ended.
      range.merging.catch(() => undefined);
      if (done) break;
      if (!scan.byLinks) scan.ranges.grown(range);
      reached = last ?? reached;
    }
  } catch (error) {
    await range.merging;
    throw error;
  }
  return { last: range.merging };
}

/** How far a page reaches. One without records that names a next one reaches up to that: what follows is not gone. */
function lastOf({ records, next }: RecordPage, reached: string | null): string | undefined {
  const last = records.at(-1)?.id;
  if (last !== undefined || next === undefined) return last;
  if (BigInt(next) <= BigInt(reached ?? 0) + 1n) throw outOfOrder();
  return String(BigInt(next) - 1n);
}

async function mergePage(
  scan: HubSpotScan,
  range: ReadingRange,
  records: CrmRecord[],
  last: string | undefined,
  done: boolean,
  link: string | undefined,
): Promise<void> {
  const { ref, step, rules, forgotten } = scan;
  const { hi } = range;
  const inside = hi === null ? records : records.filter((record) => BigInt(record.id) <= BigInt(hi));
  const cursor = (done ? hi : last) ?? null;
  const rows: MirrorRow[] = [];
  for (const record of inside) {
    const row = hubSpotRowUnlessForgotten(record, rules, forgotten);
    if (row !== undefined) rows.push(row);
  }
  await range.cutting;
  await scan.write(async (tx) => {
    const scope = { tenantId: ref.tenantId, object: ref.object, runId: ref.runId };
    // A delta lists where that is cheaper than to search: it proves nothing gone, and reports what it has read back.
    if (step.run.scope === 'delta') {
      await mergeHubSpotPage(tx, scope, rows);
      await noteSeen(
        tx,
        scope,
        rows.map((row) => seenName(side, row.id)),
      );
    } else await mergeHubSpotPage(tx, { ...scope, proves: { from: range.cursor, to: cursor } }, rows);
    await advanceRange(tx, ref.runId, side, range, {
      cursor: cursor ?? last ?? range.cursor,
      done,
      records: inside.length,
      excluded: inside.length - rows.length,
      ...(scan.byLinks ? { link: link ?? null } : {}),
    });
  });
  range.cursor = cursor ?? last ?? range.cursor;
  range.done = done;
  if (scan.byLinks) range.link = link ?? null;
  range.merging = undefined;
  if (range.seen) range.seen.records += inside.length;
  step.progressed();
  step.show({ hubspot: scan.meter.add(inside.length) });
}

/** A page out of order proves nothing, and read on could go round in circles. */
export function checkOrder(records: readonly CrmRecord[], cursor: string | null): void {
  let before = cursor === null ? -1n : BigInt(cursor);
  for (const { id } of records) {
    const now = BigInt(id);
    if (now <= before) throw outOfOrder();
    before = now;
  }
}

function outOfOrder(): VendorError {
  const fields = { vendor: 'hubspot', kind: 'transient', code: 'PAGE_OUT_OF_ORDER' } as const;
  return new VendorError('HubSpot answered with a page out of order.', fields);
}
