/** What a run owes and sends of occurrences, computed from raw rows and the oracle's own ledger. */
import type { Expectation, Truth } from '../contract.ts';
import { fold, looseKey } from '../keys.ts';
import { startOfDay } from '../zone.ts';
import { chosenProperties } from './chosen-properties.ts';
import type {
  ChosenProperty,
  ExpectedEventDefinition,
  ExpectedOccurrence,
  LedgerRow,
  OccurrenceExpectation,
  OccurrenceMemory,
  OccurrenceSetup,
} from './contract.ts';
import { oldestDay, spanOf } from './days.ts';
import { definitionOf, itemOf, requireSaved } from './entries.ts';
import { useByDay } from './use.ts';

const noon = 12 * 3_600_000;

/**
 * @param run what the oracle expects of the same run otherwise: its matches, and whether it settles and delivers
 * @param sentAt when it sends, epoch ms: the month that is charged
 */
export function expectOccurrences(
  before: Truth,
  run: Expectation,
  setup: OccurrenceSetup,
  memory: OccurrenceMemory | undefined,
  sentAt = setup.asOf,
): OccurrenceExpectation {
  requireSaved(setup.events);
  const settles = run.scope === 'full' && run.status !== 'paused' && run.status !== 'failed';
  const after = recalled(before, setup, memory);
  if (settles && !setup.dryRun) after.rows = after.rows.filter((row) => !isDropped(row, setup));
  const expectation: OccurrenceExpectation = {
    setup,
    definitions: [],
    stopped: [],
    written: [],
    sent: [],
    after,
  };
  const definitions = new Map<string, ExpectedEventDefinition>();
  for (const entry of setup.events) {
    const found = definitionOf(entry, before, setup);
    if (typeof found === 'string') expectation.stopped.push({ item: itemOf(entry), reason: found });
    else definitions.set(itemOf(entry), found);
  }
  if (run.status !== 'paused' && !setup.dryRun) expectation.definitions = [...definitions.values()];
  if (!settles) return expectation;
  expectation.written = owed(before, run, setup, after, definitions);
  if (setup.dryRun) return expectation;
  after.rows.push(...expectation.written);
  if (!run.heldLegs.includes('push')) expectation.sent = send(run, setup, after, definitions, sentAt);
  return expectation;
}

/** What of a ledger still holds when a run opens. The memory given is not changed. */
function recalled(truth: Truth, setup: OccurrenceSetup, memory: OccurrenceMemory | undefined): OccurrenceMemory {
  const { portalId: portal } = truth.portal;
  const left = new Map(memory?.left);
  if (memory !== undefined) left.set(memory.portal, memory);
  const here = left.get(portal) ?? { rows: [], spans: new Map() };
  left.delete(portal);
  const names = [...(setup.forgotten?.pendo ?? []), ...(setup.forgotten?.keys ?? [])];
  const forgotten = new Set(names.flatMap((name) => [fold(name), looseKey(name)]));
  const isForgotten = (id: string): boolean => forgotten.has(fold(id)) || forgotten.has(looseKey(id));
  const rows = here.rows.filter((row) => !isForgotten(row.pendoId));
  return {
    portal,
    left,
    rows: rows.map((row) => ({ ...row })),
    spans: new Map(here.spans),
    used: new Map(memory?.used),
  };
}

function isDropped({ state, item, day }: LedgerRow, setup: OccurrenceSetup): boolean {
  return state === 'owed' && (day < oldestDay(setup) || !setup.events.some((entry) => itemOf(entry) === item));
}

function owed(
  truth: Truth,
  run: Expectation,
  setup: OccurrenceSetup,
  after: OccurrenceMemory,
  definitions: ReadonlyMap<string, ExpectedEventDefinition>,
): LedgerRow[] {
  const use = useByDay(truth, setup);
  const known = new Map<string, { count: number; minutes: number }>();
  const keyOf = (item: string, id: string, day: string): string => JSON.stringify([item, id, day]);
  for (const { item, pendoId, day, count, minutes } of after.rows) {
    const key = keyOf(item, pendoId, day);
    const sum = known.get(key) ?? { count: 0, minutes: 0 };
    known.set(key, { count: sum.count + count, minutes: sum.minutes + minutes });
  }
  const rows: LedgerRow[] = [];
  for (const entry of setup.events) {
    const item = itemOf(entry);
    if (!definitions.has(item)) continue;
    const { span, days } = spanOf(setup, after.spans.get(item));
    if (!setup.dryRun) after.spans.set(item, span);
    for (const day of days) {
      for (const pendoId of run.match.pairs.values()) {
        const now = use(item, pendoId, day);
        const before = known.get(keyOf(item, pendoId, day)) ?? { count: 0, minutes: 0 };
        if (now === undefined || now.count <= before.count) continue;
        const minutes = Math.max(0, now.minutes - before.minutes);
        const count = now.count - before.count;
        rows.push({ pendoId, item, day, count, minutes, values: now.values, run: setup.asOf, state: 'owed' });
      }
    }
  }
  return rows;
}

function send(
  run: Expectation,
  setup: OccurrenceSetup,
  after: OccurrenceMemory,
  definitions: ReadonlyMap<string, ExpectedEventDefinition>,
  sentAt: number,
): ExpectedOccurrence[] {
  const targets = new Map([...run.match.pairs].map(([hubspotId, pendoId]) => [pendoId, hubspotId]));
  const place = new Map(setup.events.map((entry, at) => [itemOf(entry), at]));
  const chosen = new Map(setup.events.map((entry) => [itemOf(entry), chosenProperties(entry)]));
  const month = new Date(sentAt).toISOString().slice(0, 7);
  let used = after.used.get(month) ?? 0;
  const sent: ExpectedOccurrence[] = [];
  const due = after.rows.filter(({ state, item, pendoId }) => {
    return state === 'owed' && definitions.has(item) && targets.has(pendoId);
  });
  due.sort(
    (a, b) =>
      a.run - b.run ||
      compareTexts(a.day, b.day) ||
      (place.get(a.item) ?? 0) - (place.get(b.item) ?? 0) ||
      Buffer.compare(Buffer.from(a.pendoId), Buffer.from(b.pendoId)),
  );
  for (const row of due) {
    if (used >= setup.eventDelivery.monthlyLimit) break;
    used += 1;
    row.state = 'sent';
    const target = { objectId: targets.get(row.pendoId)!, chosen: chosen.get(row.item)! };
    sent.push(occurrenceOf(row, target, definitions.get(row.item)!, setup));
    delete row.values;
  }
  after.used.set(month, used);
  return sent;
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function occurrenceOf(
  row: LedgerRow,
  { objectId, chosen }: { objectId: string; chosen: readonly ChosenProperty[] },
  { fullyQualifiedName, primaryObject }: ExpectedEventDefinition,
  { pendo }: OccurrenceSetup,
): ExpectedOccurrence {
  const values = chosen.flatMap(({ name, property }) => {
    const value = row.values?.get(name);
    return value === undefined ? [] : [[property, value]];
  });
  return {
    row,
    eventName: fullyQualifiedName,
    objectType: primaryObject,
    objectId,
    occurredAt: startOfDay(row.day, pendo.zone) + noon,
    properties: {
      pendo_day: row.day,
      pendo_count: String(row.count),
      ...(row.item.startsWith('page ') ? { pendo_minutes: String(row.minutes) } : {}),
      ...Object.fromEntries(values),
    },
  };
}

/** Erasing a sync's values: the ledger is empty, and nothing is sent a second time. */
export function eraseLedger(memory: OccurrenceMemory): OccurrenceMemory {
  const spans = [...memory.spans].map(([item, { through }]) => [item, { first: through, through }] as const);
  return { ...memory, rows: [], spans: new Map(spans) };
}
