/**
 * A run of scope `delta` reads what was touched since the last run opened: on HubSpot's side by modified time, on
 * Pendo's by last visit, both with a look-back. Our own writes come back as well, and change nothing, for their digests
 * are equal; where they are so many that listing everybody is quicker, that is done. Nothing is proved gone, and the usage windows of everybody else stay as the last full run found them.
 */
import { searchesById } from '../../assumptions/hubspot/search.ts';
import { mergeHubSpotPage, mergePendoPage } from '../../db/mirror/merge-page.ts';
import { deltaBase, makeFull } from '../../db/runs/delta-base.ts';
import {
  addRange,
  addRanges,
  advanceRange,
  dropRanges,
  listRanges,
  loadRun,
  mirrorBorders,
  type Range,
  type RangeSide,
} from '../../db/runs/index.ts';
import { noteSeen, seenName } from '../../db/runs/seen.ts';
import { crmTypeOf } from '../../hubspot/index.ts';
import { hubSpotProperties, type MirrorRow } from '../../sync/mirror-row.ts';
import type { EngineDeps } from '../deps.ts';
import { expected } from '../step/expected.ts';
import { createProgressMeter } from '../step/progress.ts';
import { runStep, type Step } from '../step/step.ts';
import type { RunRef, StepResult } from '../types.ts';
import { checkOrder, readHubSpotFull } from './hubspot-full.ts';
import { goesAnotherWay } from './other-ways.ts';
import { needsVisitors } from './pendo-full.ts';
import { createPendoReader } from './pendo-page.ts';
import {
  forgottenBy,
  hubSpotRowUnlessForgotten,
  pendoRowUnlessForgotten,
  rulesOf,
  whoIsForgotten,
} from './row-rules.ts';
import { tallyVisitors } from './tally-visitors.ts';

/** Search and Pendo's own processing lag: what changed shortly before the last run opened may not have shown then. */
const lookBackMs = 15 * 60_000;
const searchPageSize = 200;
/** Of fewer records searches are as quick as lists. */
const fewestListed = 2000;
/** A search brings twice as many records as a list, and four lists are made in its time. */
const touchedShare = 0.25;
const listedRange = 500;
const modifiedProperty = { visitor: 'lastmodifieddate', account: 'hs_lastmodifieddate' } as const;

/** Epoch ms since which both sides are read; null: from the beginning. The same answer for both, however often asked. */
export async function deltaSince(deps: EngineDeps, ref: RunRef): Promise<number | null> {
  return deps.db.tenant(ref.tenantId, async (tx) => {
    const run = await loadRun(tx, ref.runId);
    if (run?.scope !== 'delta') return null;
    // What was touched is found by search.
    const base = goesAnotherWay(run.learnt, searchesById) ? null : await deltaBase(tx, run);
    if (base !== null) return base.getTime() - lookBackMs;
    await makeFull(tx, ref.runId);
    return null;
  });
}

export async function readHubSpotDelta(deps: EngineDeps, ref: RunRef, since: number): Promise<StepResult> {
  if (await isListed(deps, ref)) return readHubSpotFull(deps, ref);
  return runStep(deps, ref, 'hubspot', 'read', async (step) => {
    const { hubspot } = await step.vendors();
    const rules = rulesOf(step.run);
    const forgotten = await step.read((tx) => forgottenBy(deps, ref, tx));
    const range = await onlyRange(step, ref, 'hubspot');
    const meter = createProgressMeter(0, null);
    const properties = hubSpotProperties(rules);
    const modified = { propertyName: modifiedProperty[ref.object], operator: 'GTE', value: String(since) } as const;
    while (!range.done) {
      if (step.shouldYield()) return { kind: 'again', progressed: true };
      // By id, and not by pages of one query: no search goes beyond 10,000 results.
      const { records, next, total } = await hubspot.searchPage(crmTypeOf[ref.object], {
        filters: [modified, { propertyName: 'hs_object_id', operator: 'GT', value: range.cursor ?? '0' }],
        sort: { property: 'hs_object_id', direction: 'ASCENDING' },
        limit: searchPageSize,
        properties,
      });
      checkOrder(records, range.cursor);
      if (range.cursor === null && (await listInstead(step, ref, total))) return { kind: 'again', progressed: true };
      const rows = records
        .map((record) => hubSpotRowUnlessForgotten(record, rules, forgotten))
        .filter((row) => row !== undefined);
      await takePage(step, ref, 'hubspot', range, rows, {
        cursor: records.at(-1)?.id ?? range.cursor,
        done: next === undefined || records.length === 0,
        records: records.length,
      });
      step.show({ hubspot: meter.add(records.length) });
    }
    return { kind: 'done' };
  });
}

/**
 * Searches are five a second for the whole portal and go one after the other; lists go at the tier, many at once. After a
 * run that wrote to most records, a delta costs what a full read costs, and not twice its time.
 */
async function listInstead(step: Step, ref: RunRef, touched: number): Promise<boolean> {
  const all = (await expected(step, ref, 'hubspot')) ?? 0;
  if (all < fewestListed || touched < all * touchedShare) return false;
  return step.write(async (tx) => {
    const borders = await mirrorBorders(tx, ref.tenantId, ref.object, listedRange);
    if (borders.length === 0) return false;
    await dropRanges(tx, ref.runId, 'hubspot');
    await addRanges(tx, ref.tenantId, ref.runId, 'hubspot', borders);
    return true;
  });
}

/** One range is searched, several are listed. */
function isListed(deps: EngineDeps, ref: RunRef): Promise<boolean> {
  return deps.db.tenant(ref.tenantId, async (tx) => (await listRanges(tx, ref.runId, 'hubspot')).length > 1);
}

export async function readPendoDelta(deps: EngineDeps, ref: RunRef, since: number): Promise<StepResult> {
  return runStep(deps, ref, 'pendo', 'read', async (step) => {
    const rules = rulesOf(step.run);
    const forgotten = await step.read((tx) => whoIsForgotten(deps, ref, tx));
    if (needsVisitors(ref, rules) && !(await tallyVisitors(step, ref, forgotten))) {
      return { kind: 'again', progressed: true };
    }
    const reader = await createPendoReader(step, ref, rules, forgotten, { visitedSince: since });
    const range = await onlyRange(step, ref, 'pendo');
    const meter = createProgressMeter(0, null);
    while (!range.done) {
      if (step.shouldYield()) return { kind: 'again', progressed: true };
      const page = await reader.page(range.cursor);
      const rows = page.records
        .map((record) => pendoRowUnlessForgotten(record, rules, forgotten.records))
        .filter((row) => row !== undefined);
      await takePage(step, ref, 'pendo', range, rows, {
        cursor: page.cursor ?? range.cursor,
        done: page.last,
        records: page.records.length,
      });
      step.show({ pendo: meter.add(page.records.length) });
    }
    return { kind: 'done' };
  });
}

export async function onlyRange(step: Step, ref: RunRef, side: RangeSide): Promise<Range> {
  return step.write(
    async (tx) =>
      (await listRanges(tx, ref.runId, side))[0] ??
      (await addRange(tx, ref.tenantId, ref.runId, side, { lo: null, hi: null })),
  );
}

async function takePage(
  step: Step,
  ref: RunRef,
  side: 'hubspot' | 'pendo',
  range: Range,
  rows: MirrorRow[],
  to: { cursor: string | null; done: boolean; records: number },
): Promise<void> {
  const merge = side === 'hubspot' ? mergeHubSpotPage : mergePendoPage;
  await step.write(async (tx) => {
    await merge(tx, ref, rows);
    // Only what was really read back may count as confirmed.
    await noteSeen(
      tx,
      ref,
      rows.map((row) => seenName(side, row.id)),
    );
    await advanceRange(tx, ref.runId, side, range, { ...to, excluded: to.records - rows.length });
  });
  range.cursor = to.cursor;
  range.done = to.done;
  step.progressed();
}
