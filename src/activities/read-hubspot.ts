/**
 * Reads every record of HubSpot's side by the list endpoint: its `after` is a record id, so ranges of ids are read in
 * parallel. Borders come from the mirror; without one they are probed by search while the first ranges are already
 * being read; a reader that runs out of ranges takes half of the largest one that is left.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Tx } from '../db/index.ts';
import { mergeHubSpotPage } from '../db/mirror/merge-page.ts';
import {
  addRanges,
  advanceRange,
  listRanges,
  mirrorBorders,
  type Range,
  readTotals,
  splitRange,
} from '../db/runs/index.ts';
import type { CrmRecord, RecordPage, SearchFilter } from '../hubspot/index.ts';
import { hubSpotProperties, hubSpotRow, type MirrorRow, type RowRules } from '../sync/mirror-row.ts';
import { VendorError } from '../sync/vendor-error.ts';
import { crmTypeOf } from './crm-type.ts';
import type { EngineDeps } from './deps.ts';
import { createPace, type Pace } from './pace.ts';
import { type Forgotten, forgottenBy, rulesOf } from './row-rules.ts';
import { runStep, type Step } from './step.ts';
import type { RunRef, StepResult } from './types.ts';
import { createWriteQueue } from './write-queue.ts';

const side = 'hubspot';
const pageSize = 100;
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
/** Transactions that merge pages, and pages in one of them. */
const writers = 4;
const pagesAtOnce = 8;
/**
 * A range from the mirror, in pages: an unchanged side comes out in whole pages, and what is new stands behind the last of
 * them. Each reader gets several, so that at the end none has two pages left while others have none.
 */
const rangePages = { least: 1, most: 20 } as const;
const rangesEach = 3;
/** A range with so many pages left is shared with a reader that has none; what is shared costs up to a page more. */
const worthSplitting = 20;
/**
 * Records between two probed borders. One search after the other finds three borders a second: with fewer records between
 * them it would fall behind readers at the highest tier. A search reaches no further than 10,000.
 */
const shortestProbe = 1000;
const longestProbe = 9900;

interface ReadingRange extends Range {
  /** A page of it has arrived and is being merged, so its border may not move now. */
  merging?: Promise<void> | undefined;
  /** Its border is being moved in the database; stays when that failed, and then nothing more of it may be merged. */
  cutting?: Promise<unknown> | undefined;
  /** What this step has read of it: how densely its ids stand. */
  seen?: { from: bigint; records: number };
  /** Records that the mirror has of it. Until it turns out to be larger, there is nothing to share. */
  mirrored?: number;
}

interface Scan {
  deps: EngineDeps;
  ref: RunRef;
  step: Step;
  rules: RowRules;
  properties: string[];
  forgotten: Forgotten;
  /** Not done yet and read by nobody. */
  waiting: ReadingRange[];
  /** Being read. */
  active: Set<ReadingRange>;
  /** Its borders came from the mirror, or were found before. */
  mirrored: boolean;
  /** Borders are being searched for. */
  probing: boolean;
  /** The open range that they cut, or have cut. */
  tail?: ReadingRange | undefined;
  /** Resolves when no more of them are. */
  probed: Promise<void>;
  failed: unknown;
  /** Of the readers that wait for a range to appear: each must be woken, whoever begins to wait meanwhile. */
  sleepers: (() => void)[];
  wake: () => void;
  /** Cuts are made one at a time: each must see the ranges that the one before left. */
  turn: Promise<unknown>;
  /** Merges a page, with others that wait in the same transaction. */
  write: (page: (tx: Tx) => Promise<void>) => Promise<void>;
  pace: Pace;
}

export function readHubSpot(deps: EngineDeps, ref: RunRef): Promise<StepResult> {
  return runStep(deps, ref, side, 'read', async (step) => {
    const scan = await beginScan(deps, ref, step);
    const fail = (error: unknown): void => {
      scan.failed ??= error;
      scan.wake();
    };
    const reader = async (): Promise<void> => {
      while (!step.shouldYield() && scan.failed === undefined) {
        const range = await nextRange(scan).catch(fail);
        if (range === undefined) return;
        try {
          await readRange(scan, range);
        } catch (error) {
          fail(error);
        } finally {
          scan.active.delete(range);
          range.merging = undefined;
          if (!range.done) scan.waiting.unshift(range);
        }
      }
    };
    if (!scan.mirrored) shareTail(scan, scan.waiting);
    await Promise.all(Array.from({ length: readers }, (_, n) => sleep(n * betweenStarts).then(reader)));
    await scan.probed;
    if (scan.failed !== undefined) throw scan.failed;
    const totals = await step.read((tx) => readTotals(tx, ref.runId, side));
    return totals.finished ? { kind: 'done' } : { kind: 'again', progressed: true };
  });
}

async function beginScan(deps: EngineDeps, ref: RunRef, step: Step): Promise<Scan> {
  const rules = rulesOf(step.run);
  const total = await expected(step, ref, 'hubspot');
  const pages = Math.ceil((total ?? 0) / readers / rangesEach / pageSize);
  const rangeSize = pageSize * Math.min(rangePages.most, Math.max(rangePages.least, pages));
  const begun = await step.write(async (tx) => {
    const forgotten = await forgottenBy(deps, ref, tx);
    const ranges: ReadingRange[] = await listRanges(tx, ref.runId, side);
    if (ranges.length > 0) return { forgotten, ranges, mirrored: true, before: await readTotals(tx, ref.runId, side) };
    const borders = await mirrorBorders(tx, ref.tenantId, ref.object, rangeSize);
    for (const range of await addRanges(tx, ref.tenantId, ref.runId, side, borders)) {
      ranges.push(range.hi === null ? range : { ...range, mirrored: rangeSize });
    }
    const before = await readTotals(tx, ref.runId, side);
    return { forgotten, ranges, mirrored: borders.length > 0, before };
  });
  const scan: Scan = {
    deps,
    ref,
    step,
    rules,
    properties: hubSpotProperties(rules),
    forgotten: begun.forgotten,
    waiting: begun.ranges.filter((range) => !range.done),
    active: new Set(),
    mirrored: begun.mirrored,
    probing: false,
    probed: Promise.resolve(),
    failed: undefined,
    sleepers: [],
    wake: () => {
      for (const resolve of scan.sleepers.splice(0)) resolve();
    },
    turn: Promise.resolve(),
    write: createWriteQueue({
      writers,
      most: pagesAtOnce,
      write: (pages) =>
        step.write(async (tx) => {
          for (const page of pages) await page(tx);
        }),
    }),
    pace: createPace(begun.before.records, total),
  };
  return scan;
}

/** How many records the last good run read on this side: what progress is measured against. */
export async function expected(step: Step, ref: RunRef, of: 'hubspot' | 'pendo'): Promise<number | null> {
  const row = await step.read((tx) =>
    tx
      .selectFrom('runs')
      .select('counts')
      .where('tenant_id', '=', ref.tenantId)
      .where('object', '=', ref.object)
      .where('state', 'in', ['succeeded', 'degraded'])
      .where('scope', '=', 'full')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst(),
  );
  return row?.counts.read?.[of] ?? null;
}

/** A waiting range; else half of a large active one; else, while borders are being probed, the next to appear. */
async function nextRange(scan: Scan): Promise<ReadingRange | undefined> {
  for (;;) {
    const range = scan.waiting.shift() ?? (await halve(scan));
    if (range !== undefined) {
      scan.active.add(range);
      return range;
    }
    if (!scan.probing || scan.step.shouldYield()) return undefined;
    await new Promise<void>((resolve) => {
      scan.sleepers.push(resolve);
    });
  }
}

function halve(scan: Scan): Promise<ReadingRange | undefined> {
  return inTurn(scan, () => halveLargest(scan));
}

function inTurn<T>(scan: Scan, work: () => Promise<T>): Promise<T> {
  const mine = scan.turn.then(work);
  scan.turn = mine.catch(() => undefined);
  return mine;
}

async function halveLargest(scan: Scan): Promise<ReadingRange | undefined> {
  let largest: ReadingRange | undefined;
  let most = 0;
  for (const range of scan.active) {
    if (range.done || range.merging !== undefined || range.cutting !== undefined) continue;
    const left = pagesLeft(range);
    if (left > most) {
      most = left;
      largest = range;
    }
  }
  if (largest === undefined || most < worthSplitting) return undefined;
  const hi = BigInt(largest.hi as string);
  return cut(scan, largest, String(hi - (hi - BigInt(largest.cursor ?? 0)) / 2n));
}

/** As many as there would be if the rest of its ids stood as densely as those read. */
function pagesLeft({ hi, cursor, seen, mirrored = 0 }: ReadingRange): number {
  if (hi === null || cursor === null || seen === undefined || seen.records < mirrored) return 0;
  const span = Number(BigInt(cursor) - seen.from);
  if (span <= 0) return 0;
  return (Number(BigInt(hi) - BigInt(cursor)) * (seen.records / span)) / pageSize;
}

/**
 * Gives away `(at, hi]`. The border moves in memory first, so that a page that is on its way keeps to it; that page is
 * merged only when the border has moved in the database too, or the range could end there with nobody behind it.
 */
async function cut({ ref, step }: Scan, range: ReadingRange, at: string): Promise<ReadingRange> {
  const before = { ...range };
  range.hi = at;
  const moved = step.write((tx) => splitRange(tx, ref.tenantId, ref.runId, side, before, at));
  range.cutting = moved;
  const given = await moved;
  range.cutting = undefined;
  return given;
}

/** The next page is fetched while the one before is being merged. */
async function readRange(scan: Scan, range: ReadingRange): Promise<void> {
  const { ref, step, properties } = scan;
  const { hubspot } = await step.vendors();
  let reached = range.cursor;
  range.seen = { from: BigInt(reached ?? 0), records: 0 };
  try {
    while (!step.shouldYield()) {
      const after = reached === null ? undefined : String(BigInt(reached) + 1n);
      const page = await hubspot.listPage(crmTypeOf(ref.object), { after, limit: pageSize, properties });
      checkOrder(page.records, reached);
      await range.merging;
      // The border may have moved while the page was on its way.
      const { hi } = range;
      const last = lastOf(page, reached);
      const done = page.next === undefined || (hi !== null && BigInt(last ?? 0) >= BigInt(hi));
      range.merging = mergePage(scan, range, page.records, last, done);
      // It is waited for below; until then nobody else looks at how it ended.
      range.merging.catch(() => undefined);
      if (done) break;
      if (hi === null && range.seen.records >= worthSplitting * pageSize) shareTail(scan, [range]);
      reached = last ?? reached;
    }
  } finally {
    await range.merging;
  }
}

/** How far a page reaches. One without records that names a next one reaches up to that: what follows is not gone. */
function lastOf({ records, next }: RecordPage, reached: string | null): string | undefined {
  const last = records.at(-1)?.id;
  if (last !== undefined || next === undefined) return last;
  if (BigInt(next) <= BigInt(reached ?? 0) + 1n) throw outOfOrder();
  return String(BigInt(next) - 1n);
}

async function mergePage(
  scan: Scan,
  range: ReadingRange,
  records: CrmRecord[],
  last: string | undefined,
  done: boolean,
): Promise<void> {
  const { ref, step, rules, forgotten } = scan;
  const { hi } = range;
  const inside = hi === null ? records : records.filter((record) => BigInt(record.id) <= BigInt(hi));
  const cursor = (done ? hi : last) ?? null;
  const rows: MirrorRow[] = [];
  for (const record of inside) {
    const row = hubSpotRow(record, rules);
    if (isForgotten(forgotten, row, record, rules)) continue;
    rows.push(row);
  }
  await range.cutting;
  await scan.write(async (tx) => {
    await mergeHubSpotPage(
      tx,
      { tenantId: ref.tenantId, object: ref.object, runId: ref.runId, proves: { from: range.cursor, to: cursor } },
      rows,
    );
    await advanceRange(tx, ref.runId, side, range, {
      cursor: cursor ?? last ?? range.cursor,
      done,
      records: inside.length,
      excluded: inside.length - rows.length,
    });
  });
  range.cursor = cursor ?? last ?? range.cursor;
  range.done = done;
  range.merging = undefined;
  if (range.seen) range.seen.records += inside.length;
  step.progressed();
  step.show({ hubspot: scan.pace.add(inside.length) });
}

export function isForgotten(forgotten: Forgotten, row: MirrorRow, record: CrmRecord, rules: RowRules): boolean {
  if (forgotten('hubspot', record.id)) return true;
  const key = record.properties[rules.plan.joinKey.property];
  if (row.keyState !== 'ok' || typeof key !== 'string') return false;
  return forgotten('key', key) || (row.matchKey !== null && forgotten('key', row.matchKey));
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

/** What lies behind the last border may be a whole import: once it has turned out to be long, it is shared as well. */
function shareTail(scan: Scan, ranges: readonly ReadingRange[]): void {
  const tail = ranges.find((range) => range.hi === null);
  if (tail === undefined || scan.probing || scan.tail === tail) return;
  scan.tail = tail;
  scan.probing = true;
  scan.probed = probe(scan, tail).catch((error) => {
    scan.failed ??= error;
  });
}

/** Finds borders by search, each a fixed number of records after the one before, and cuts the open range there. */
async function probe(scan: Scan, open: ReadingRange): Promise<void> {
  const { ref, step } = scan;
  const { hubspot } = await step.vendors();
  const type = crmTypeOf(ref.object);
  const idsAfter = (id: string): SearchFilter => ({ propertyName: 'hs_object_id', operator: 'GT', value: id });
  try {
    let border = open.cursor ?? '0';
    const total = await hubspot.countRecords(type, [idsAfter(border)]);
    if (total <= 4 * pageSize) return;
    const share = Math.ceil(total / readers / pageSize) * pageSize;
    const stride = Math.min(longestProbe, Math.max(shortestProbe, share));
    let tail: ReadingRange = open;
    while (!step.shouldYield()) {
      const { records } = await hubspot.searchPage(type, {
        filters: [idsAfter(border)],
        sort: { property: 'hs_object_id', direction: 'ASCENDING' },
        limit: 1,
        after: String(stride - 1),
        properties: [],
      });
      const at = records[0]?.id;
      if (at === undefined || BigInt(at) <= BigInt(border)) return;
      // The reader of the open range may have gone past a border that search, which lags, did not know.
      tail = await inTurn(scan, async () => {
        while (tail.merging !== undefined) await tail.merging;
        if (tail.done || BigInt(at) <= BigInt(tail.cursor ?? 0) + BigInt(pageSize)) return tail;
        const next = await cut(scan, tail, at);
        scan.waiting.push(next);
        scan.wake();
        return next;
      });
      border = at;
    }
  } catch (error) {
    // Borders are a matter of speed: where search does not serve, the ranges that there are read on.
    if (!(error instanceof VendorError) || error.kind !== 'rejected') throw error;
  } finally {
    scan.probing = false;
    scan.wake();
  }
}
