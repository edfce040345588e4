/** Chosen properties of track events, by hand: their names, a day's values, what an occurrence carries and what a definition gets. */
import { describe, expect, test } from 'vitest';
import { expect as expectRun } from '../../oracle/index.ts';
import {
  chosenProperties,
  compareOccurrences,
  type EventEntry,
  expectOccurrences,
  type OccurrenceExpectation,
  type OccurrenceMemory,
  type OccurrenceTruth,
} from '../../oracle/occurrences/index.ts';
import type { RawEventDefinition } from '../../sandbox/contract.ts';
import { crm, DAY, event, NOON, pendo, setup, truth } from './fixtures.ts';

const chosen = (...names: string[]): EventEntry => ({
  ...{ source: 'trackType', id: 't', name: 'pendo_track_report' },
  properties: names.map((name) => ({ name, property: `pendo_p_${name.toLowerCase()}` })),
});
const track = chosen('plan', 'seats');

type Properties = Record<string, unknown> | null | undefined;
interface Row {
  properties?: Properties;
  count?: number;
  daysAgo?: number;
  who?: string;
  blacklisted?: boolean;
  appId?: number;
}

function world(rows: Row[], definitions: RawEventDefinition[] = []): OccurrenceTruth {
  const events = rows.map(({ properties, count = 1, daysAgo = 3, who = 'a@x', blacklisted = false, appId = 1 }) =>
    event(who, daysAgo, 0, {
      ...{ events: count, trackTypeId: 't', accountId: 'acme', blacklisted, appId },
      ...(properties === undefined ? {} : { properties }),
    }),
  );
  const found = truth({
    contacts: [crm(1, { email: 'a@x' })],
    visitors: [pendo('a@x')],
    companies: [crm(7, { key: 'acme' })],
    accounts: [pendo('acme')],
    events,
    subscription: { trackTypes: [{ id: 't', name: 'Report', appId: 1 }] },
  });
  found.portal.eventDefinitions.push(...definitions);
  return { ...found, occurrences: [] };
}

interface Asked {
  entry?: EventEntry;
  memory?: OccurrenceMemory;
  monthlyLimit?: number;
  dryRun?: boolean;
  apps?: number[];
  object?: 'account';
  later?: number;
}

function run(before: OccurrenceTruth, asked: Asked = {}): OccurrenceExpectation {
  const { entry = track, memory, monthlyLimit = 1000, dryRun = false, apps = null, object, later = 0 } = asked;
  const config = { push: [], apps, ...(object ? { joinKey: { property: 'key' } } : {}) };
  const own = {
    ...setup(config, { dryRun, asOf: NOON + later, object: object ?? 'visitor' }),
    events: [entry],
    eventDelivery: { settleDays: 2, backfillDays: 30, monthlyLimit, lostAnswers: 'skip' as const },
  };
  return expectOccurrences(before, expectRun(before, own), own, memory);
}

/** What the one occurrence carries beside the day and the count. */
function carried(found: OccurrenceExpectation): Record<string, string> {
  expect(found.sent).toHaveLength(1);
  const { pendo_day: _, pendo_count: __, ...rest } = found.sent[0]!.properties;
  return rest;
}
const valuesOf = (...plans: unknown[]): string | undefined =>
  carried(run(world(plans.map((plan) => ({ properties: { plan } }))))).pendo_p_plan;

const heldBy = (properties: RawEventDefinition['properties']): RawEventDefinition => ({
  ...{ name: track.name!, fullyQualifiedName: `pe1_${track.name}`, label: 'Ours', description: '' },
  ...{ primaryObject: 'CONTACT', archived: false, createdAt: 5 },
  properties,
});
const text = (name: string, label: string) => ({ name, label, type: 'string' });
const three = [
  text('pendo_day', 'd'),
  { ...text('pendo_count', 'c'), type: 'number' },
  text('pendo_occurrence_id', 'i'),
];

describe('names', () => {
  const named = (...properties: { name: string; property?: string }[]): string[] =>
    chosenProperties({ source: 'trackType', id: 't', properties }).map(({ property }) => property);

  test('are the words in lower case, unique in the order of the entry after those that are set, at most 50', () => {
    expect(
      named(
        { name: 'Plan_Name' },
        { name: 'plan__name' },
        { name: '_' },
        { name: 'planName' },
        { name: 'other', property: 'pendo_p_planname' },
        { name: 'x'.repeat(60) },
        { name: `${'x'.repeat(60)}y` },
      ),
    ).toEqual([
      'pendo_p_plan_name',
      'pendo_p_plan_name_2',
      'pendo_p_unnamed',
      'pendo_p_planname_2',
      'pendo_p_planname',
      `pendo_p_${'x'.repeat(42)}`,
      `pendo_p_${'x'.repeat(40)}_2`,
    ]);
  });

  test('that are never saved are refused', () => {
    const properties = [{ name: 'plan', property: 'pendo_p_plan' }];
    const refused: EventEntry[] = [
      { source: 'page', id: 'p', properties },
      { source: 'feature', id: 'f', properties },
      ...['1st', 'with space', 'né', '__proto__', 'x'.repeat(101), ''].map((name) => chosen(name)),
      { ...track, properties: [...properties, { name: 'plan', property: 'pendo_p_other' }] },
      { ...track, properties: [...properties, { name: 'other', property: 'pendo_p_plan' }] },
      ...[
        'pendo_day',
        'pendo_count',
        'pendo_minutes',
        'pendo_occurrence_id',
        'plan',
        'pendo_P',
        `pendo_${'x'.repeat(45)}`,
      ].map((property): EventEntry => ({ ...track, properties: [{ name: 'plan', property }] })),
      chosen(...Array.from({ length: 11 }, (_, n) => `p${n}`)),
    ];
    for (const entry of refused) expect(() => chosenProperties(entry), JSON.stringify(entry)).toThrow('events: ');
    expect(() => run(world([]), { entry: { ...track, properties: [{ name: 'plan' }] } })).toThrow(
      'names its properties',
    );
    expect(chosenProperties(chosen(...Array.from({ length: 10 }, (_, n) => `p${n}`)))).toHaveLength(10);
  });
});

describe('the value of a day', () => {
  test('is its distinct texts in the order of their bytes', () => {
    expect(valuesOf('pro', 'free', 'pro', 'Pro')).toBe('Pro;free;pro');
    // By UTF-16 units the second would be first.
    expect(valuesOf('\u{1f600}', '\uffee')).toBe('\uffee;\u{1f600}');
    expect(valuesOf(10, 9, '9')).toBe('10;9');
  });

  test('is text as metadata is: numbers, yes and no, lists; what is empty or cannot be read is left out', () => {
    expect(valuesOf(5, '5', 1e21, -0, 0.1, true)).toBe('0;0.1;1e+21;5;true');
    expect(valuesOf(['b', 'a', null, '', 7, false], 'a;b')).toBe('a;b;b;a;7;false');
    expect(valuesOf('', null, [], [null, ''], 'left')).toBe('left');
    expect(valuesOf({ nested: 1 }, ['x', ['y']], 'a\0', '\ud83d', 'z'.repeat(65_537), ' left ')).toBe(' left ');
    expect(valuesOf('', null, { nested: 1 })).toBeUndefined();
  });

  test('is cut to 256 units, and never inside a character', () => {
    expect(valuesOf('y'.repeat(300), 'x')).toBe(`x;${'y'.repeat(254)}`);
    expect(valuesOf(`${'x'.repeat(255)}\u{1f600}`)).toBe('x'.repeat(255));
    expect(valuesOf(`${'x'.repeat(254)}\u{1f600}`)).toBe(`${'x'.repeat(254)}\u{1f600}`);
  });

  test('is of the rows that count, whatever their count, and of own members only', () => {
    const rows: Row[] = [
      { properties: { plan: 'counted' }, count: 2 },
      { properties: { plan: 'without a count' }, count: 0 },
      { properties: { plan: 'hidden' }, blacklisted: true },
      { properties: { plan: 'another app' }, appId: 2 },
      { properties: { plan: 'another day' }, daysAgo: 1 },
      { properties: { plan: 'nobody' }, who: '_PENDO_T_1' },
      { properties: { PLAN: 'another name' } },
      { properties: null },
      {},
    ];
    expect(carried(run(world(rows), { apps: [1] })).pendo_p_plan).toBe('counted;without a count');
    expect(carried(run(world([{ properties: {} }]), { entry: chosen('constructor') }))).toEqual({});
    const ofAll = run(world([...rows, { properties: { plan: 'stranger' }, who: 'b@x' }]), { object: 'account' });
    expect(carried(ofAll).pendo_p_plan).toBe('another app;counted;stranger;without a count');
  });

  test('without one the occurrence does not have the property, and a value alone owes nothing', () => {
    expect(carried(run(world([{ properties: { seats: 5 } }])))).toEqual({ pendo_p_seats: '5' });
    expect(run(world([{ properties: { plan: 'pro' }, count: 0 }])).sent).toEqual([]);
    const first = run(world([{ properties: { plan: 'pro' } }]));
    expect(run(world([{ properties: { plan: 'free' } }]), { memory: first.after }).sent).toEqual([]);
  });
});

describe('the row of the ledger', () => {
  const before = world([{ properties: { plan: 'pro' } }]);
  const more = world([{ properties: { plan: 'pro' } }, { properties: { plan: 'free', seats: 2 } }]);

  test('of a remainder has the values of the whole day', () => {
    const second = run(more, { memory: run(before).after });
    expect(second.sent[0]?.properties).toMatchObject({
      pendo_count: '1',
      pendo_p_plan: 'free;pro',
      pendo_p_seats: '2',
    });
  });

  test('keeps what its run saw until it is sent, and no longer', () => {
    const waiting = run(before, { monthlyLimit: 0 });
    expect(waiting.after.rows[0]?.values?.get('plan')).toBe('pro');
    const sent = run(world([{ properties: { plan: 'free' } }]), { memory: waiting.after });
    expect(carried(sent)).toEqual({ pendo_p_plan: 'pro' });
    expect(sent.after.rows[0]?.values).toBeUndefined();
  });

  test('is sent with what its entry has then, under the names of then', () => {
    const rows = world([{ properties: { plan: 'pro', seats: 5, trial: true } }]);
    const waiting = run(rows, { monthlyLimit: 0 });
    const properties = [
      { name: 'plan', property: 'pendo_tier' },
      { name: 'trial', property: 'pendo_p_trial' },
    ];
    // `seats` is chosen no more; `trial` was not when the row was written.
    const sent = run(rows, { memory: waiting.after, entry: { ...track, properties } });
    expect(carried(sent)).toEqual({ pendo_tier: 'pro' });
  });
});

describe('the definition', () => {
  const rows: Row[] = [{ properties: { plan: 'pro' } }];

  test('gets what it lacks, of type string, labelled by the name; one of another type stops the entry', () => {
    const long = chosen('plan');
    const name = `N${'x'.repeat(60)}`;
    const entry = { ...long, properties: [...long.properties!, { name, property: 'pendo_p_long' }] };
    const existing = run(world(rows, [heldBy([...three, text('pendo_p_plan', 'by hand')])]), { entry });
    expect(existing.definitions).toMatchObject([
      {
        existed: true,
        chosen: [
          { name: 'pendo_p_plan', label: 'plan' },
          { name: 'pendo_p_long', label: `N${'x'.repeat(49)}` },
        ],
      },
    ]);
    const taken = run(world(rows, [heldBy([...three, { ...text('pendo_p_plan', 'p'), type: 'number' }])]));
    expect([taken.stopped, taken.definitions, taken.sent]).toEqual([
      [{ item: 'trackType t', reason: 'takerType' }],
      [],
      [],
    ]);
    // Of another type, but not chosen.
    const other = heldBy([...three, { ...text('pendo_p_plan', 'p'), type: 'number' }]);
    expect(run(world(rows, [other]), { entry: chosen('seats') }).stopped).toEqual([]);
  });
});

describe('what the portal has is compared', () => {
  const rows: Row[] = [{ properties: { plan: 'pro', seats: 5 } }];
  const [plan, seats] = [text('pendo_p_plan', 'plan'), text('pendo_p_seats', 'seats')];
  const id = '00000000-0000-5000-8000-000000000001';

  function found(
    held: RawEventDefinition[],
    is: RawEventDefinition,
    more: Record<string, string> = {},
    dryRun = false,
  ) {
    const before = world(rows, held);
    const expected = run(before, { dryRun });
    const occurrences = expected.sent.map((one) => ({
      ...{ ...one, id, uuid: id, receivedAt: NOON },
      properties: { ...one.properties, pendo_occurrence_id: id, ...more },
    }));
    const after: OccurrenceTruth = { ...world(rows, [is]), occurrences };
    return compareOccurrences(after, before, expected).map(({ kind, what }) => (kind === 'definition' ? what : kind));
  }
  const made = { ...heldBy([...three, plan, seats]), label: 'Pendo track event: Report' };

  test('values', () => {
    expect(found([], made)).toEqual([]);
    expect(found([], made, { pendo_p_plan: 'free' })).toEqual(['foreign', 'missing']);
    expect(found([], made, { pendo_p_other: 'x' })).toEqual(['foreign', 'missing']);
    expect(found([], made, { pendo_p_seats: '5.0' })).toEqual(['foreign', 'missing']);
  });

  test('a definition that was made', () => {
    expect(found([], { ...made, properties: [...three, plan] })).toEqual([
      'pendo_track_report.pendo_p_seats',
      'pendo_track_report.pendo_p_seats label',
      'pendo_track_report properties',
    ]);
    expect(found([], { ...made, properties: [...three, plan, { ...seats, label: 'Seats' }] })).toEqual([
      'pendo_track_report.pendo_p_seats label',
    ]);
    expect(found([], { ...made, properties: [...three, plan, seats, text('pendo_p_x', 'x')] })).toEqual([
      'pendo_track_report properties',
    ]);
  });

  test('a definition that was there', () => {
    const was = heldBy([...three, text('pendo_p_plan', 'by hand'), text('pendo_p_old', 'old')]);
    const is = { ...was, properties: [...was.properties, seats] };
    expect(found([was], is)).toEqual([]);
    expect(found([was], was)).toEqual(['pendo_track_report.pendo_p_seats', 'pendo_track_report']);
    expect(found([was], { ...is, label: 'Another' })).toEqual(['pendo_track_report']);
    expect(found([was], heldBy([...three, plan, text('pendo_p_old', 'old'), seats]))).toEqual(['pendo_track_report']);
    expect(found([was], heldBy([...three, plan, seats]))).toEqual(['pendo_track_report']);
    expect(found([was], was, {}, true)).toEqual([]);
    expect(found([was], is, {}, true)).toEqual(['pendo_track_report']);
  });

  test('what the run of the other object adds is no fault of this one', () => {
    const companies = { ...heldBy(three), name: 'pendo_company', fullyQualifiedName: 'pe1_pendo_company' };
    const before = world(rows, [made, { ...companies, primaryObject: 'COMPANY' }]);
    const after = world(rows, [made, { ...companies, primaryObject: 'COMPANY', properties: [...three, plan, seats] }]);
    const [own, others] = [
      run(world([{ count: 0 }], before.portal.eventDefinitions)),
      run(world([{ count: 0 }], before.portal.eventDefinitions), {
        ...{ object: 'account', entry: { ...track, name: 'pendo_company' } },
      }),
    ];
    expect(compareOccurrences(after, before, own).map(({ what }) => what)).toEqual(['pendo_company']);
    expect(compareOccurrences(after, before, own, [others])).toEqual([]);
    expect(compareOccurrences(after, before, others, [own])).toEqual([]);
  });
});

test('late days still carry their values', () => {
  const first = run(world([{ properties: { plan: 'pro' } }]));
  const rows: Row[] = [{ properties: { plan: 'pro' } }, { properties: { plan: 'max' }, daysAgo: 2 }];
  const second = run(world(rows), { memory: first.after, later: DAY });
  expect(carried(second)).toEqual({ pendo_p_plan: 'max' });
});
