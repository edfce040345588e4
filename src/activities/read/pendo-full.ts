/**
 * Reads Pendo's side page by page, in Pendo's own order: the records of a page, then the usage and the answers of
 * exactly these records, so that a merged page is complete in itself. For accounts, all visitors are read first: they
 * are counted per account, and the excluded ones take no part in an account's figures.
 */
import { storeEventDays } from '../../db/events/days.ts';
import { mergePendoPage } from '../../db/mirror/merge-page.ts';
import { addRange, advanceRange, listRanges, type Range, readTotals } from '../../db/runs/index.ts';
import { deleteUnseen, noteSeen, startBySeen } from '../../db/runs/seen.ts';
import { isOfSource, liveFields } from '../../sync/columns.ts';
import { liveEvents } from '../../sync/event-plan.ts';
import type { MirrorRow, RowRules } from '../../sync/mirror-row.ts';
import { wantsNps } from '../../sync/nps-figures.ts';
import { isUnstorableId, storedId } from '../../sync/stored-id.ts';
import { compareUtf8 } from '../../sync/text.ts';
import type { PushPlan } from '../../sync/types.ts';
import type { EngineDeps } from '../deps.ts';
import { expected } from '../step/expected.ts';
import { mapInPieces } from '../step/in-pieces.ts';
import { createProgressMeter, type ProgressMeter } from '../step/progress.ts';
import { runStep, type Step } from '../step/step.ts';
import type { RunRef, StepResult } from '../types.ts';
import { createPendoReader, type PendoPage, type PendoReader } from './pendo-page.ts';
import { type IsForgotten, isForgottenPendoId, rowOfRecord, rulesOf, whoIsForgotten } from './row-rules.ts';
import { tallyVisitors } from './tally-visitors.ts';

const side = 'pendo';
const portionSize = 1000;

export function readPendoFull(deps: EngineDeps, ref: RunRef): Promise<StepResult> {
  return runStep(deps, ref, side, 'read', async (step) => {
    const forgotten = await step.read((tx) => whoIsForgotten(deps, ref, tx));
    const rules = rulesOf(step.run);
    if (needsVisitors(ref, rules) && !(await tallyVisitors(step, ref, forgotten))) {
      return { kind: 'again', progressed: true };
    }
    const reader = await createPendoReader(step, ref, rules, forgotten);
    const { range, bySeen, read } = await beginScan(step, ref);
    const meter = createProgressMeter(read, await expected(step, ref, 'pendo'));
    const scan: PendoScan = { ref, step, rules, forgotten: forgotten.records, reader, range, bySeen, meter };
    while (!scan.range.done) {
      if (step.shouldYield()) return { kind: 'again', progressed: true };
      await readPage(scan);
    }
    return { kind: 'done' };
  });
}

/** Account figures leave out excluded visitors, and so does the question which survey is the newest. */
export function needsVisitors(ref: RunRef, { plan, config }: RowRules): boolean {
  // What metadata and segments say of an account does not depend on its visitors.
  if (ref.object === 'account') {
    return liveEvents(plan.events).length > 0 || liveFields(plan.push).some((field) => !isOfRecord(field));
  }
  return config.nps === 'newestSurvey' && wantsNps(plan.push);
}

const isOfRecord = (field: PushPlan): boolean => isOfSource(field, 'metadata') || isOfSource(field, 'segment');

interface PendoScan {
  ref: RunRef;
  step: Step;
  rules: RowRules;
  forgotten: IsForgotten;
  reader: PendoReader;
  range: Range;
  /** Pendo's order is not ours: pages prove nothing, and what is gone is found at the end. */
  bySeen: boolean;
  meter: ProgressMeter;
}

async function beginScan(step: Step, ref: RunRef): Promise<{ range: Range; bySeen: boolean; read: number }> {
  return step.write(async (tx) => {
    const [known] = await listRanges(tx, ref.runId, side);
    if (known) {
      const { records } = await readTotals(tx, ref.runId, side);
      return { range: known, bySeen: known.bySeen, read: records };
    }
    const range = await addRange(tx, ref.tenantId, ref.runId, side, { lo: null, hi: null });
    return { range, bySeen: false, read: 0 };
  });
}

async function readPage(scan: PendoScan): Promise<void> {
  const { ref, step, rules, range, reader } = scan;
  const page = await reader.page(range.cursor);
  if (!scan.bySeen && !inOurOrder(page, range.cursor)) {
    // Read from the start again: what the pages so far proved gone may not be.
    await step.write((tx) => startBySeen(tx, ref.runId, side));
    scan.bySeen = true;
    range.cursor = null;
    range.bySeen = true;
    return;
  }
  const rows = page.records
    .filter(({ id }) => !isForgottenPendoId(scan.forgotten, id))
    .map((record) => ({ id: storedId(record.id), unstorable: isUnstorableId(record.id), record }));
  const cursor = page.last ? null : page.cursor;
  const storable = new Set(rows.filter(({ unstorable }) => !unstorable).map(({ id }) => id));
  const eventDays = page.eventDays.filter(({ pendoId }) => storable.has(pendoId));
  await step.write(async (tx) => {
    const scope = { tenantId: ref.tenantId, object: ref.object, runId: ref.runId };
    const proves = scan.bySeen ? undefined : { from: ours(range.cursor), to: ours(cursor) };
    for (const portion of portionsOf(rows, proves)) {
      const mirrored = await mapInPieces(portion.rows, ({ record }) => rowOfRecord(record, rules));
      await mergePendoPage(tx, { ...scope, ...portion }, mirrored);
    }
    await storeEventDays(tx, ref, eventDays);
    await noteSeen(
      tx,
      scope,
      (scan.bySeen ? rows : rows.filter((row) => row.unstorable)).map((row) => row.id),
    );
    if (page.last) await deleteUnseen(tx, scope, scan.bySeen ? 'all' : 'unstorable');
    await advanceRange(tx, ref.runId, side, range, {
      cursor: page.last ? range.cursor : page.cursor,
      done: page.last,
      records: page.records.length,
      excluded: page.records.length - rows.length,
    });
  });
  if (!page.last) range.cursor = page.cursor;
  range.done = page.last;
  step.progressed();
  step.show({ pendo: scan.meter.add(page.records.length) });
}

interface Portion<Row> {
  rows: Row[];
  proves?: { from: string | null; to: string | null };
}

/** A page is merged a portion at a time, each with its part of the interval: no statement holds ten thousand records. */
export function portionsOf<Row extends Pick<MirrorRow, 'id' | 'unstorable'>>(
  rows: Row[],
  proves: Portion<Row>['proves'],
): Portion<Row>[] {
  const portions: Portion<Row>[] = [];
  let from = proves?.from ?? null;
  for (let start = 0; start === 0 || start < rows.length; ) {
    let end = start + portionSize;
    // An id that PostgreSQL cannot hold is no border.
    while (end < rows.length && rows[end - 1]?.unstorable) end++;
    const to = end < rows.length ? (rows[end - 1]?.id ?? null) : (proves?.to ?? null);
    portions.push({ rows: rows.slice(start, end), ...(proves ? { proves: { from, to } } : {}) });
    from = to;
    start = end;
  }
  return portions;
}

/**
 * A border as the mirror can compare it. At a NUL it ends: only ids that stand outside the order lie between. A lone
 * surrogate sorts between U+D7FF and U+E000, so the last text before it takes its place.
 */
function ours(cursor: string | null): string | null {
  if (cursor === null) return null;
  const nul = cursor.indexOf('\0');
  const text = nul === -1 ? cursor : cursor.slice(0, nul);
  const lone = text.search(/\p{Surrogate}/u);
  return lone === -1 ? text : `${text.slice(0, lone)}\ud7ff${'\u{10ffff}'.repeat(8)}`;
}

/** Is the page strictly ascending by UTF-8 bytes, and all of it behind the cursor? */
function inOurOrder(page: PendoPage, cursor: string | null): boolean {
  let before = cursor;
  for (const { id } of page.records) {
    if (before !== null && compareUtf8(id, before) <= 0) return false;
    before = id;
  }
  return true;
}
