/**
 * A run of scope `record` reads one record on both sides, with whoever shares its key, and takes up what was read in one
 * transaction. Nothing is proved gone: what is not there any more is left to the next full run, and is not written to.
 */
import { mergeHubSpotPage, mergePendoPage } from '../../db/mirror/merge-page.ts';
import { deltaBase } from '../../db/runs/delta-base.ts';
import { advanceRange, loadRun, type Range } from '../../db/runs/index.ts';
import { askedRecord, mirrorIds, mirrorKeys, type NamedRecord, noteFound } from '../../db/runs/one-record.ts';
import { noteSeen, seenName } from '../../db/runs/seen.ts';
import { findByKey } from '../../hubspot/find-by-key.ts';
import { type CrmRecord, crmTypeOf } from '../../hubspot/index.ts';
import { hubSpotProperties, type MirrorRow, type RowRules } from '../../sync/mirror-row.ts';
import type { EngineDeps } from '../deps.ts';
import { Blocked, runStep, type Step } from '../step/step.ts';
import type { RunRef, StepResult } from '../types.ts';
import { onlyRange } from './delta.ts';
import { needsVisitors } from './pendo-full.ts';
import { createPendoReader } from './pendo-page.ts';
import {
  hubSpotRowUnlessForgotten,
  type PendoPageRecord,
  pendoRowUnlessForgotten,
  rulesOf,
  type WhoIsForgotten,
  whoIsForgotten,
} from './row-rules.ts';
import { tallyVisitors } from './tally-visitors.ts';

/** Of a run whose workflow the release before has started, which knows of none other. */
export async function isOfOneRecord(deps: EngineDeps, { tenantId, runId }: RunRef): Promise<boolean> {
  return (await deps.db.tenant(tenantId, (tx) => loadRun(tx, runId)))?.scope === 'record';
}

interface Reading {
  step: Step;
  ref: RunRef;
  rules: RowRules;
  forgotten: WhoIsForgotten;
}

/** What was read, by id. */
interface Read {
  hubspot: Map<string, CrmRecord>;
  pendo: Map<string, PendoPageRecord>;
}

export function readOneRecord(deps: EngineDeps, ref: RunRef): Promise<StepResult> {
  return runStep(deps, ref, 'hubspot', 'read', async (step) => {
    await requireGround(step);
    const rules = rulesOf(step.run);
    const forgotten = await step.read((tx) => whoIsForgotten(deps, ref, tx));
    if (needsVisitors(ref, rules) && !(await tallyVisitors(step, ref, forgotten))) {
      return { kind: 'again', progressed: true };
    }
    const ranges = [await onlyRange(step, ref, 'hubspot'), await onlyRange(step, ref, 'pendo')] as const;
    if (ranges.every((range) => range.done)) return { kind: 'done' };
    const asked = await step.read((tx) => askedRecord(tx, ref.runId));
    const reading = { step, ref, rules, forgotten };
    const read = await readGroup(reading, asked);
    await takeUp(reading, asked, read, ranges);
    step.progressed();
    return { kind: 'done' };
  });
}

/** What is not read must be as a full run left it, by the definitions of now. */
async function requireGround(step: Step): Promise<void> {
  if ((await step.read((tx) => deltaBase(tx, step.run))) !== null) return;
  throw new Blocked({
    code: 'FULL_RUN_NEEDED',
    message: 'A property or field of the mapping has changed at HubSpot or Pendo since the last full run.',
    fix: 'Start a full run: it takes up the change, and delivers this record as well.',
  });
}

/** First the record itself, then all who have its key: as it was, and as it is. */
async function readGroup(reading: Reading, asked: NamedRecord): Promise<Read> {
  const { step, ref, rules } = reading;
  const read: Read = { hubspot: new Map(), pendo: new Map() };
  await readIds(reading, read, { hubspot: [], pendo: [], [asked.side]: [asked.id] });
  const before = await step.read((tx) => mirrorKeys(tx, ref, asked));
  const now = rowNow(reading, read, asked);
  const own = [before.key, now?.matchKey].filter((key) => typeof key === 'string');
  const linked = rules.config.secondaryEmails ? [...before.aliases, ...(now?.aliases ?? [])] : [];
  const known = await step.read(async (tx) => ({
    hubspot: await mirrorIds(tx, ref, 'hubspot', own, rules.config.secondaryEmails && asked.side === 'pendo'),
    pendo: await mirrorIds(tx, ref, 'pendo', [...own, ...linked]),
  }));
  if (typeof now?.matchKey === 'string') await lookUp(reading, read, now.matchKey);
  const spelled = asked.side === 'hubspot' && now ? [now.matchKey, now.spelledKey, ...linked] : [];
  await readIds(reading, read, {
    hubspot: known.hubspot,
    pendo: [...known.pendo, ...spelled.filter((id) => typeof id === 'string')],
  });
  return read;
}

/** Who has the key at HubSpot now, whoever had it when the mirror was read. */
async function lookUp({ step, rules }: Reading, read: Read, key: string): Promise<void> {
  const { hubspot } = await step.vendors();
  const { object, joinKey } = rules.plan;
  const request = { property: joinKey.property, key, properties: hubSpotProperties(rules) };
  for (const record of await findByKey(hubspot, crmTypeOf[object], request)) {
    if (!read.hubspot.has(record.id)) read.hubspot.set(record.id, record);
  }
}

async function readIds(reading: Reading, read: Read, ids: Record<'hubspot' | 'pendo', string[]>): Promise<void> {
  const { step, ref, rules, forgotten } = reading;
  const { hubspot } = await step.vendors();
  const contacts = distinct(ids.hubspot, read.hubspot);
  if (contacts.length > 0) {
    const type = crmTypeOf[ref.object];
    for (const record of await hubspot.readRecords(type, contacts, hubSpotProperties(rules)))
      read.hubspot.set(record.id, record);
  }
  const visitors = distinct(ids.pendo, read.pendo);
  if (visitors.length === 0) return;
  const reader = await createPendoReader(step, ref, rules, forgotten, { ids: visitors });
  for (let cursor: string | null = null, last = false; !last; ) {
    const page = await reader.page(cursor);
    for (const record of page.records) read.pendo.set(record.id, record);
    ({ cursor, last } = page);
  }
}

function distinct(ids: readonly string[], read: ReadonlyMap<string, unknown>): string[] {
  return [...new Set(ids)].filter((id) => !read.has(id));
}

function rowsOf({ rules, forgotten }: Reading, read: Read): Record<'hubspot' | 'pendo', MirrorRow[]> {
  const isThere = (row: MirrorRow | undefined): row is MirrorRow => row !== undefined;
  return {
    hubspot: [...read.hubspot.values()]
      .map((record) => hubSpotRowUnlessForgotten(record, rules, forgotten.records))
      .filter(isThere),
    pendo: [...read.pendo.values()]
      .map((record) => pendoRowUnlessForgotten(record, rules, forgotten.records))
      .filter(isThere),
  };
}

function rowNow(reading: Reading, read: Read, { side, id }: NamedRecord): MirrorRow | undefined {
  return rowsOf(reading, read)[side].find((row) => row.id === id);
}

async function takeUp(
  reading: Reading,
  asked: NamedRecord,
  read: Read,
  [ofHubSpot, ofPendo]: readonly [Range, Range],
): Promise<void> {
  const { step, ref } = reading;
  const rows = rowsOf(reading, read);
  await step.write(async (tx) => {
    await mergeHubSpotPage(tx, ref, rows.hubspot);
    await mergePendoPage(tx, ref, rows.pendo);
    await noteSeen(tx, ref, [
      ...rows.hubspot.map(({ id }) => seenName('hubspot', id)),
      ...rows.pendo.map(({ id }) => seenName('pendo', id)),
    ]);
    await noteFound(tx, ref.runId, read[asked.side].has(asked.id));
    for (const [side, range] of [['hubspot', ofHubSpot] as const, ['pendo', ofPendo] as const]) {
      const records = read[side].size;
      const excluded = records - rows[side].length;
      await advanceRange(tx, ref.runId, side, range, { cursor: range.cursor, done: true, records, excluded });
    }
  });
}
