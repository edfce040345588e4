/** Occurrences of custom events, by hand: which days, how much, in which order, and what was sent twice or not at all. */
import { describe, expect, test } from 'vitest';
import type { EventFact, OracleSetup, Truth } from '../../oracle/index.ts';
import { expect as expectRun } from '../../oracle/index.ts';
import {
  compareOccurrences,
  type EventDelivery,
  type EventEntry,
  eraseLedger,
  expectOccurrences,
  judgeAtRest,
  type OccurrenceExpectation,
  type OccurrenceMemory,
  type OccurrenceSetup,
  type OccurrenceTruth,
} from '../../oracle/occurrences/index.ts';
import { crm, DAY, event, NOON, type Parts, pendo, setup, truth } from './fixtures.ts';

const page: EventEntry = { source: 'page', id: 'p', name: 'pendo_page_billing' };
const feature: EventEntry = { source: 'feature', id: 'f', name: 'pendo_feature_export' };
const items = {
  pages: [{ id: 'p', name: 'Billing', appId: 1 }],
  features: [{ id: 'f', name: 'Export', appId: 1 }],
};
const people = {
  contacts: [crm(1, { email: 'a@x' }), crm(2, { email: 'b@x' })],
  visitors: [pendo('a@x'), pendo('b@x')],
};

function world(events: EventFact[], more: Parts = {}): Truth {
  return truth({ ...people, events, ...more, subscription: { ...items, ...more.subscription } });
}

const use = (who: string, daysAgo: number, count: number, minutes = 0, more: Partial<EventFact> = {}): EventFact =>
  event(who, daysAgo, minutes, { events: count, pageId: 'p', ...more });

interface Asked {
  events?: EventEntry[];
  delivery?: Partial<EventDelivery>;
  run?: Partial<OracleSetup>;
  memory?: OccurrenceMemory;
}

function run(before: Truth, { events = [page], delivery, run: more, memory }: Asked = {}): OccurrenceExpectation {
  const own: OccurrenceSetup = {
    ...setup({ push: [] }),
    ...more,
    events,
    eventDelivery: { settleDays: 2, backfillDays: 30, monthlyLimit: 1000, lostAnswers: 'skip', ...delivery },
  };
  return expectOccurrences(before, expectRun(before, own), own, memory);
}

const sentOf = ({ sent }: OccurrenceExpectation) =>
  sent.map(({ objectId, properties }) => [objectId, properties.pendo_day, Number(properties.pendo_count)]);
const date = (daysAgo: number): string => new Date(NOON - daysAgo * DAY).toISOString().slice(0, 10);

describe('days', () => {
  test('only days that are over and settled are sent, and none before the backfill', () => {
    const found = run(world([0, 1, 2, 3, 30, 31].map((ago) => use('a@x', ago, ago + 1))));
    expect(sentOf(found)).toEqual([
      ['1', date(30), 31],
      ['1', date(3), 4],
    ]);
  });

  test('the first day stays as the first run fixed it; later each day is looked at for a week more', () => {
    const first = run(world([use('a@x', 3, 1)]), { delivery: { backfillDays: 0 } });
    expect(sentOf(first)).toEqual([]);
    const later = { asOf: NOON + 20 * DAY };
    // Days 0 to 2 ago of then are 20 to 22 ago now; what is late by more than a week is not seen.
    const rows = [use('a@x', 1, 5), use('a@x', 0, 7), use('a@x', -5, 2)];
    const second = run(world(rows), { run: later, memory: first.after, delivery: { backfillDays: 30 } });
    expect(sentOf(second)).toEqual([
      ['1', date(0), 7],
      ['1', date(-5), 2],
    ]);
    const third = run(world([...rows, use('a@x', -1, 9)]), { run: { asOf: NOON + 21 * DAY }, memory: second.after });
    expect(sentOf(third)).toEqual([]);
  });

  test('what arrives late for a day that was sent is sent as a remainder', () => {
    const first = run(world([use('a@x', 3, 4, 10)]));
    const second = run(world([use('a@x', 3, 4, 10), use('a@x', 3, 2, 5)]), { memory: first.after });
    expect(sentOf(second)).toEqual([['1', date(3), 2]]);
    expect(second.sent[0]?.properties.pendo_minutes).toBe('5');
    expect(sentOf(run(world([use('a@x', 3, 6, 15)]), { memory: second.after }))).toEqual([]);
    // What Pendo takes back is not undone.
    expect(sentOf(run(world([use('a@x', 3, 1)]), { memory: second.after }))).toEqual([]);
  });
});

describe('who and how much', () => {
  test('only pairs, and no row that is hidden, anonymous or of another app', () => {
    const rows = [
      use('a@x', 3, 1, 0, { blacklisted: true }),
      use('_PENDO_T_1', 3, 1),
      use('nobody@x', 3, 1),
      use('b@x', 3, 2, 0, { appId: 2 }),
      use('b@x', 3, 3),
    ];
    expect(sentOf(run(world(rows)))).toEqual([['2', date(3), 5]]);
    const ofOneApp = setup({ push: [], apps: [2] }).syncConfig;
    expect(sentOf(run(world(rows), { run: { syncConfig: ofOneApp } }))).toEqual([['2', date(3), 2]]);
  });

  test('no count is nothing, and minutes below 0 make the day invalid', () => {
    expect(sentOf(run(world([use('a@x', 3, 0, 9), use('b@x', 3, 2, -1)])))).toEqual([]);
  });

  test('minutes are told of pages only, the instant is noon, and the order is day, entry, id', () => {
    const rows = [
      use('b@x', 3, 1, 2),
      use('a@x', 3, 1, 2),
      use('b@x', 5, 1),
      use('a@x', 3, 4, 0, { pageId: '', featureId: 'f' }),
    ];
    const { sent } = run(world(rows), { events: [feature, page] });
    expect(sent.map(({ row }) => [row.day, row.item, row.pendoId])).toEqual([
      [date(5), 'page p', 'b@x'],
      [date(3), 'feature f', 'a@x'],
      [date(3), 'page p', 'a@x'],
      [date(3), 'page p', 'b@x'],
    ]);
    expect(sent[1]).toMatchObject({ eventName: 'pe1_pendo_feature_export', objectType: 'CONTACT', objectId: '1' });
    expect(sent.map(({ properties }) => 'pendo_minutes' in properties)).toEqual([true, false, true, true]);
    expect(sent[0]?.occurredAt).toBe(NOON - 5 * DAY);
  });
});

describe('what stands in the way', () => {
  test('a dry run and a delta send nothing and remember nothing', () => {
    const before = world([use('a@x', 3, 1)]);
    const dry = run(before, { run: { dryRun: true } });
    expect([dry.written.length, dry.sent, dry.after.rows, dry.after.spans.size]).toEqual([1, [], [], 0]);
  });

  test('the monthly limit leaves the rest owed, and the older rows go first the next time', () => {
    const before = world([use('a@x', 3, 1), use('b@x', 3, 1), use('a@x', 4, 1)]);
    const first = run(before, { delivery: { monthlyLimit: 2 } });
    expect(sentOf(first)).toEqual([
      ['1', date(4), 1],
      ['1', date(3), 1],
    ]);
    expect(sentOf(run(before, { delivery: { monthlyLimit: 2 }, memory: first.after }))).toEqual([]);
    const more = world([use('a@x', 3, 1), use('b@x', 3, 1), use('a@x', 4, 3)]);
    const second = run(more, { memory: first.after, run: { asOf: NOON + 1 } });
    expect(sentOf(second)).toEqual([
      ['2', date(3), 1],
      ['1', date(4), 2],
    ]);
  });

  test('an item that is gone stops its entry, and keeps its days; a definition of another object stops it too', () => {
    const first = run(world([use('a@x', 3, 1)]));
    const without = world([use('a@x', 3, 9)], { subscription: { pages: [] } });
    const gone = run(without, { memory: first.after, run: { asOf: NOON + 30 * DAY } });
    expect([gone.stopped, gone.sent, gone.after.spans]).toEqual([
      [{ item: 'page p', reason: 'gone' }],
      [],
      first.after.spans,
    ]);
    const back = run(world([use('a@x', -10, 2)]), { memory: gone.after, run: { asOf: NOON + 30 * DAY } });
    expect(sentOf(back)).toEqual([['1', date(-10), 2]]);
    const taken = world([use('a@x', 3, 1)]);
    taken.portal.eventDefinitions.push({
      name: page.name!,
      fullyQualifiedName: `pe1_${page.name}`,
      label: '',
      description: '',
      primaryObject: 'COMPANY',
      properties: [],
      archived: false,
      createdAt: 0,
    });
    expect(run(taken).stopped).toEqual([{ item: 'page p', reason: 'takerType' }]);
  });

  test('an entry that is removed drops what it owes; whoever is forgotten leaves the ledger; erasing sends nothing twice', () => {
    const before = world([use('a@x', 3, 1), use('b@x', 3, 1)]);
    const first = run(before, { delivery: { monthlyLimit: 1 } });
    const removed = run(before, { events: [], memory: first.after });
    expect(removed.after.rows.map(({ state }) => state)).toEqual(['sent']);
    const forgotten = run(before, { memory: first.after, run: { forgotten: { pendo: ['A@X'] } } });
    expect(forgotten.after.rows.map(({ pendoId }) => pendoId)).toEqual(['b@x']);
    expect(sentOf(run(before, { memory: eraseLedger(first.after) }))).toEqual([]);
  });

  test('another portal begins anew', () => {
    const first = run(world([use('a@x', 3, 1)]));
    const moved = world([use('a@x', 3, 1)]);
    moved.portal.portalId = 2;
    expect(sentOf(run(moved, { memory: first.after }))).toHaveLength(1);
  });
});

describe('what the portal has taken', () => {
  const before: OccurrenceTruth = { ...world([use('a@x', 3, 4)]), occurrences: [] };
  const uuid = (n: number): string => `00000000-0000-5000-8000-00000000000${n}`;
  function took(ids: string[], count = '4'): OccurrenceTruth {
    const one = run(before).sent[0]!;
    const definition = run(before).definitions[0]!;
    const occurrences = ids.map((id) => ({
      ...one,
      id,
      uuid: id,
      receivedAt: NOON,
      properties: { ...one.properties, pendo_count: count, pendo_occurrence_id: id },
    }));
    const portal = structuredClone(before.portal);
    portal.eventDefinitions.push({
      ...definition,
      description: '',
      archived: false,
      createdAt: NOON,
      properties: definition.properties.map((it) => ({ ...it, label: it.name })),
    });
    return { ...before, portal, occurrences };
  }
  const kinds = (found: { kind: string }[]): string[] => found.map(({ kind }) => kind);

  test('is right when each came once, with an identity', () => {
    expect(compareOccurrences(took([uuid(1)]), before, run(before))).toEqual([]);
    expect(kinds(compareOccurrences(took(['no uuid']), before, run(before)))).toEqual(['wrong']);
  });

  test('lacks one, has a foreign one, has one twice', () => {
    expect(kinds(compareOccurrences(took([]), before, run(before)))).toEqual(['missing']);
    expect(kinds(compareOccurrences(took([uuid(1)], '5'), before, run(before)))).toEqual(['foreign', 'missing']);
    expect(kinds(compareOccurrences(took([uuid(1), uuid(1)]), before, run(before)))).toEqual(['foreign', 'doubled']);
    expect(kinds(compareOccurrences({ ...took([uuid(1)]), portal: before.portal }, before, run(before)))).toEqual([
      'definition',
    ]);
  });

  test('at rest adds up to what Pendo counts', () => {
    const { setup: own, after: memory } = run(before);
    const first = new Map([...memory.spans].map(([item, span]) => [item, span.first]));
    const judge = (truth: OccurrenceTruth, mayMiss = 0) =>
      kinds(judgeAtRest(truth, expectRun(before, own), own, first, mayMiss));
    expect(judge(took([uuid(1)]))).toEqual([]);
    expect(judge(took([]))).toEqual(['missing']);
    expect(judge(took([]), 1)).toEqual([]);
    expect(judge(took([uuid(1), uuid(2)]))).toEqual(['doubled']);
  });
});
