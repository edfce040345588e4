/**
 * Sends what is owed as custom events. A row is marked before its request goes out, and a request is never simply repeated: what
 * has no answer stays marked, and is looked up by a later run.
 */

import {
  countUnanswered,
  type LedgerRow,
  lostOccurrences,
  noteEnded,
  recordLookedUp,
  recordOccurrences,
  takeOccurrences,
} from '../../db/events/ledger.ts';
import { countInHand } from '../../db/events/plan.ts';
import type { Reason } from '../../db/schema.ts';
import { bisect } from '../../egress/bisect.ts';
import { RunStopped } from '../../egress/index.ts';
import { crmTypeOf, didNothing, mostOccurrences } from '../../hubspot/index.ts';
import { startOfDate } from '../../sync/clock.ts';
import { eventDeliveryOf } from '../../sync/event-mapping.ts';
import type { EventPlan } from '../../sync/types.ts';
import { VendorError } from '../../sync/vendor-error.ts';
import { keptTextAbout } from '../../sync/vendor-words.ts';
import type { EngineDeps } from '../deps.ts';
import { planOf } from '../read/row-rules.ts';
import { runWritingStep, type Step } from '../step/step.ts';
import type { RunRef, StepResult } from '../types.ts';

const halfDay = 12 * 3_600_000;
/** So many rows without an answer, and the run sends no more: something is wrong with the way to HubSpot. */
const mostLost = 5 * mostOccurrences;
const lookedUpAtOnce = 100;

export async function deliverEvents(deps: EngineDeps, ref: RunRef): Promise<StepResult> {
  if ((await deps.db.tenant(ref.tenantId, (tx) => countInHand(tx, ref.runId))) === 0) return { kind: 'done' };
  return runWritingStep(deps, ref, 'push', 'deliver', async (step) => {
    if (step.run.dry_run) return { kind: 'done' };
    await requireEventsAnswer(step, ref);
    for (const work of [() => lookUp(step, ref), () => sendNext(deps, step, ref)]) {
      while (await work()) if (step.shouldYield()) return { kind: 'again', progressed: true };
    }
    return { kind: 'done' };
  });
}

/** Where an answer was lost in this run, the next request is one that costs nothing if it is lost, too. */
async function requireEventsAnswer(step: Step, ref: RunRef): Promise<void> {
  if ((await step.read((tx) => countUnanswered(tx, ref.runId))) === 0) return;
  const { hubspot } = await step.vendors();
  await hubspot.listEvents(planOf(step.run).events?.[0]?.name ?? '');
}

/** @returns whether there may be more */
async function sendNext(deps: EngineDeps, step: Step, ref: RunRef): Promise<boolean> {
  const { run } = step;
  const { events = [] } = planOf(run);
  const { monthlyLimit } = eventDeliveryOf(run.config);
  if ((await step.read((tx) => countUnanswered(tx, ref.runId))) >= mostLost) {
    await step.write((tx) => noteEnded(tx, ref.runId, 'ANSWERS_LOST'));
    return false;
  }
  const now = new Date(deps.clock());
  const { rows, limited } = await step.write((tx) =>
    takeOccurrences(tx, { ...ref, events, most: mostOccurrences, monthlyLimit, now }),
  );
  if (limited) await step.write((tx) => noteEnded(tx, ref.runId, 'MONTHLY_LIMIT'));
  if (rows.length === 0) return false;
  const { failure, ...answer } = await send(step, rows);
  await step.answered((tx) => recordOccurrences(tx, ref, { ...answer, now }));
  if (answer.sent.length > 0) step.progressed();
  if (failure instanceof VendorError && failure.code === 'MONTHLY_LIMIT') {
    await step.write((tx) => noteEnded(tx, ref.runId, 'MONTHLY_LIMIT'));
    return false;
  }
  if (failure !== undefined) throw failure;
  return true;
}

interface Sent {
  sent: LedgerRow[];
  refused: { row: LedgerRow; reason: Reason }[];
  notSent: LedgerRow[];
  /** What ended it. Rows that are in none of the lists have no answer. */
  failure?: unknown;
}

async function send(step: Step, rows: LedgerRow[]): Promise<Sent> {
  const { hubspot } = await step.vendors();
  const zone = step.run.zone ?? 'UTC';
  const { events = [] } = planOf(step.run);
  const outcome: Sent = { sent: [], refused: [], notSent: [] };
  const open = new Set(rows);
  const close = (part: readonly LedgerRow[]): void => {
    for (const row of part) open.delete(row);
  };
  const kept = keptTextAbout(() =>
    rows.flatMap(({ pendoId, hubspotId, properties }) => [
      ...[pendoId, hubspotId],
      ...(properties ?? []).map(([, value]) => value),
    ]),
  );
  /** Rows of the request under way: without an answer they are lost. */
  let underWay: readonly LedgerRow[] = [];
  try {
    await bisect<LedgerRow, VendorError>(rows, {
      async send(part) {
        try {
          const occurrences = part.map((row) => occurrenceOf(row, events, zone));
          await hubspot.sendOccurrences(occurrences, () => {
            underWay = part;
          });
        } catch (error) {
          if (isUndone(error)) underWay = [];
          if (isAboutRows(error)) return error;
          throw error;
        }
        outcome.sent.push(...part);
        close(part);
        underWay = [];
        return undefined;
      },
      reject(part, error) {
        close(part);
        const message = `HubSpot refused this occurrence (${error.code}). It is tried again in the next full run.`;
        const vendorText = error.detail === undefined ? {} : { vendorText: kept(error.detail).slice(0, 500) };
        outcome.refused.push(...part.map((row) => ({ row, reason: { code: error.code, message, ...vendorText } })));
      },
      anyTaken: () => outcome.sent.length > 0,
      stopped: () => false,
    });
  } catch (error) {
    outcome.failure = error;
  }
  close(underWay);
  outcome.notSent = [...open];
  return outcome;
}

/** HubSpot says, or we know, that nothing was done. */
function isUndone(error: unknown): boolean {
  return error instanceof RunStopped || (error instanceof VendorError && didNothing(error));
}

/** Refused for what it holds, and not for who asks: smaller, it may be taken. */
function isAboutRows(error: unknown): error is VendorError {
  if (!(error instanceof VendorError)) return false;
  if (error.status === 413) return true;
  return error.kind === 'rejected' && error.status !== 404;
}

function occurrenceOf(row: LedgerRow, entries: readonly EventPlan[], zone: string) {
  const { eventName, hubspotId, uuid, day, events, minutes, source } = row;
  return {
    eventName,
    objectId: hubspotId,
    occurredAt: startOfDate(day, zone) + halfDay,
    uuid,
    properties: {
      pendo_day: day,
      pendo_count: String(events),
      ...(source === 'page' ? { pendo_minutes: String(minutes) } : {}),
      pendo_occurrence_id: uuid,
      ...chosenValues(row, entries),
    },
  };
}

/** Those of the row that its entry has chosen now: a definition may lack what was chosen once. */
function chosenValues({ source, id, properties }: LedgerRow, entries: readonly EventPlan[]): Record<string, string> {
  const entry = entries.find((one) => one.source === source && one.id === id);
  const values = new Map(properties ?? []);
  return Object.fromEntries(
    (entry?.properties ?? []).flatMap(({ name, property }) => {
      const value = values.get(name);
      return value === undefined ? [] : [[property, value]];
    }),
  );
}

/** What was sent long ago and has no answer: is it there? @returns whether there may be more */
async function lookUp(step: Step, ref: RunRef): Promise<boolean> {
  const rows = await step.read((tx) => lostOccurrences(tx, ref, lookedUpAtOnce));
  if (rows.length === 0) return false;
  const { hubspot } = await step.vendors();
  const zone = step.run.zone ?? 'UTC';
  const { lostAnswers } = eventDeliveryOf(step.run.config);
  const groups = Map.groupBy(rows, ({ hubspotId, eventName, day }) => JSON.stringify([hubspotId, eventName, day]));
  for (const group of groups.values()) {
    const { hubspotId, eventName, day } = group[0]!;
    const at = startOfDate(day, zone) + halfDay;
    const query = { eventName, objectId: hubspotId, after: at - halfDay, before: at + halfDay };
    const there = await hubspot.listOccurrences(crmTypeOf[ref.object], query).catch(unlessRefused);
    const ids = new Set(there?.flatMap(({ id, properties }) => [id, properties.pendo_occurrence_id]));
    const otherwise = there === undefined && lostAnswers === 'skip' ? ('skipped' as const) : ('again' as const);
    const found = group.map((row) => ({ row, as: ids.has(row.uuid) ? ('sent' as const) : otherwise }));
    await step.write((tx) => recordLookedUp(tx, ref, found));
    step.progressed();
  }
  return true;
}

/** Undefined: HubSpot does not let it be read. */
function unlessRefused(error: unknown): undefined {
  const refused = error instanceof VendorError && (error.kind === 'forbidden' || error.kind === 'rejected');
  if (!refused) throw error;
  return undefined;
}
