import { describe, expect, test } from 'vitest';
import { compare, expect as expectRun, type Memory, remember, type Truth } from '../../oracle/index.ts';
import { pushProperties } from '../../oracle/names.ts';
import type { RawItem, RawPropertyDefinition } from '../../sandbox/contract.ts';
import { type SyncConfigInput, syncConfigSchema } from '../../src/sync/config.ts';
import { answer, event, field, NOON, type Parts, pairOf, property, setup, truth } from './fixtures.ts';

type Push = NonNullable<SyncConfigInput['push']>;
const config = (push: Push, more: Partial<SyncConfigInput> = {}) =>
  syncConfigSchema.parse({ joinKey: { property: 'email' }, push, ...more });
const names = (push: Push, object: 'visitor' | 'account' = 'account') => pushProperties(config(push), object);

const use: Push[number] = {
  source: 'page',
  id: 'home',
  measure: 'events',
  window: 30,
  property: 'pendo_page_home_events_30d',
};
const home: RawItem = { id: 'home', name: 'Home', appId: 1 };
const { contact, visitor } = pairOf(1, {}, { custom: { f: 'x' } });
const world = (parts: Parts = {}): Truth =>
  truth({ contacts: [contact], visitors: [visitor], custom: { f: field('string') }, ...parts });
const stopped = (before: Truth, push: Push, memory?: Memory) =>
  expectRun(before, setup({ push }), memory).push!.stopped.map(({ reason }) => reason);

describe('default names', () => {
  test('are words with underscores, with the window where there is one', () => {
    expect(
      names([
        { metric: 'daysActive', window: 7 },
        { metric: 'daysActive' },
        { metric: 'latestNps' },
        { source: 'metadata', group: 'auto__323232', field: 'first Visit-Ä' },
        { source: 'nps', measure: 'averageScore' },
        { source: 'nps', measure: 'netPromoterScore' },
        { source: 'nps', measure: 'comment' },
        { source: 'activeVisitors' },
        { source: 'activeVisitors', window: 30 },
      ]),
    ).toEqual([
      'pendo_days_active_7d',
      'pendo_days_active_180d',
      'pendo_latest_nps_response',
      'pendo_auto_323232_first_visit',
      'pendo_nps_average_score',
      'pendo_nps_net_promoter_score',
      'pendo_nps_comment',
      'pendo_active_visitors_180d',
      'pendo_active_visitors_30d',
    ]);
  });

  test('are made unique by a number, with at most 100 characters; names by hand come first', () => {
    const of = (group: string, name: string): Push[number] => ({ source: 'metadata', group, field: name });
    const long = 'x'.repeat(120);
    const made = names([
      of('a', 'b_c'),
      of('a_b', 'c'),
      of('a', long),
      of('b', 'y'),
      of('a', `${long}!`),
      { ...of('z', 'z'), property: 'pendo_b_y' },
    ]);
    expect(made.map((name) => name.replace(/x+/, 'x…'))).toEqual([
      'pendo_a_b_c',
      'pendo_a_b_c_2',
      'pendo_a_x…',
      'pendo_b_y_2',
      'pendo_a_x…_2',
      'pendo_b_y',
    ]);
    expect(made.filter((name) => name.length === 100)).toHaveLength(2);
  });

  test.each<[string, Push, 'visitor' | 'account']>([
    ['the saved entry has property and window', [{ source: 'page', id: 'p', measure: 'days' }], 'visitor'],
    ['the saved entry has property', [{ source: 'segment', id: 's' }], 'visitor'],
    [
      'only pages have minutes',
      [{ source: 'feature', id: 'f', measure: 'minutes', window: 7, property: 'pendo_x' }],
      'visitor',
    ],
    ['accounts only', [{ source: 'activeVisitors' }], 'visitor'],
    ['accounts only', [{ source: 'nps', measure: 'answers' }], 'visitor'],
    ['accounts only', [{ metric: 'totalVisitors' }], 'visitor'],
    ['has no window', [{ metric: 'firstVisit', window: 7 }], 'account'],
    ['what a pull writes', [{ source: 'metadata', group: 'custom', field: 'hubspot_plan' }], 'account'],
    ['mapped twice', [{ metric: 'daysActive' }, { metric: 'daysActive', window: 180 }], 'account'],
    [
      'two entries into',
      [
        { metric: 'daysActive', property: 'pendo_x' },
        { metric: 'timeOnApp', property: 'pendo_x' },
      ],
      'account',
    ],
  ])('%s: what is never saved has none', (reason, push, object) => {
    expect(() => names(push, object)).toThrow(reason);
  });
});

describe('definitions', () => {
  test('have the type of what is sent', () => {
    const custom = {
      s: field('string'),
      l: field('list'),
      n: field('integer'),
      b: field('boolean'),
      t: field('time'),
      u: field(''),
    };
    const of = (name: string, more = {}): Push[number] => ({
      source: 'metadata',
      group: 'custom',
      field: name,
      ...more,
    });
    const push: Push = [...Object.keys(custom).map((name) => of(name)), { source: 'nps', measure: 'category' }];
    const made = (entries: Push) => expectRun(world({ custom }), setup({ push: entries })).definitions;
    expect(made(push).map((it) => it.side === 'hubspot' && it.type)).toEqual([
      'string',
      'string',
      'number',
      'bool',
      'date',
      'string',
      'enumeration',
    ]);
    expect(made([of('t', { timeAs: 'datetime' })])).toMatchObject([{ type: 'datetime' }]);
    expect(made(push).at(-1)).toMatchObject({ options: ['promoter', 'passive', 'detractor'] });
  });

  test('a category stops in a property without its three options, as in one of another type', () => {
    const push: Push = [{ source: 'nps', measure: 'category' }];
    const options = (...values: string[]) =>
      values.map((value, displayOrder) => ({ value, label: value, displayOrder, hidden: false }));
    const has = (more: Partial<RawPropertyDefinition>) =>
      stopped(
        world({ properties: [property('pendo_nps_category', { type: 'enumeration', fieldType: 'select', ...more })] }),
        push,
      );
    expect(has({ options: options('detractor', 'promoter', 'passive', 'more') })).toEqual([]);
    expect(has({ options: options('promoter', 'Passive', 'detractor') })).toEqual([
      'the HubSpot property has no option passive',
    ]);
    expect(has({ type: 'string', options: [] })).toHaveLength(1);
    expect(has({ fieldType: 'checkbox', options: options('detractor', 'promoter', 'passive') })).toHaveLength(1);
  });

  test('a metadata field that becomes of another HubSpot type stops until it is back; edits accept it', () => {
    const push: Push = [{ source: 'metadata', group: 'custom', field: 'f' }];
    const now = (type: Parameters<typeof field>[0]) => world({ custom: { f: field(type) } });
    const memory = remember(undefined, expectRun(now('string'), setup({ push })), NOON);
    expect(stopped(now('list'), push, memory)).toEqual([]);
    expect(stopped(now('boolean'), push, memory)).toEqual(['typeChanged: was string, is now bool']);
    const later = remember(memory, expectRun(now('boolean'), setup({ push }), memory), NOON);
    expect(stopped(now('string'), push, later)).toEqual([]);
    expect(expectRun(now('boolean'), setup({ push }, { mappingVersion: 1 }), memory).push!.stopped).toEqual([]);
    expect(stopped(world({ custom: {} }), push, memory)).toEqual(['gone']);
  });

  test('an item or segment that is no longer listed stops its field, and its record is unchanged', () => {
    const push: Push = [use, { source: 'segment', id: 's', property: 'pendo_segment_s' }];
    const listed = { pages: [home], segments: [{ id: 's', name: 'S' }] };
    expect(stopped(world({ subscription: listed }), push)).toEqual([]);
    const gone = world({ subscription: { pages: [{ ...home, deleted: true }] }, events: [event('p1@x.test', 1, 1)] });
    expect(stopped(gone, push)).toEqual(['gone', 'gone']);
    expect(expectRun(gone, setup({ push })).push!.counts.unchanged).toBe(1);
  });
});

describe('a label', () => {
  const made = (label: string) =>
    property(use.property!, { type: 'number', fieldType: 'number', groupName: 'pendo', description: 'd', label });
  const pendoGroup = (it: Truth): Truth => {
    it.portal.groups.contacts.push({ name: 'pendo', label: 'Pendo', archived: false });
    return it;
  };
  const named = (name: string, label?: string) =>
    pendoGroup(
      world({
        subscription: { pages: [{ ...home, name }] },
        ...(label === undefined ? {} : { properties: [made(label)] }),
      }),
    );
  const before = world({ subscription: { pages: [home] } });
  const held = (it: Truth): Truth => {
    it.contacts = structuredClone(it.contacts);
    it.contacts[0]!.properties[use.property!] = '0';
    return it;
  };
  const check = (start: Truth, end: Truth, push: Push, memory?: Memory) =>
    compare(held(end), start, expectRun(start, setup({ push }), memory)).filter(({ kind }) => kind === 'definition');

  test('of a new property is made from the item’s name, or is the one by hand', () => {
    expect(check(before, named('Home', 'Pendo: Home, events'), [use])).toEqual([]);
    expect(check(before, named('Home', 'Pendo: events'), [use])).toMatchObject([{ field: 'label' }]);
    const byHand: Push = [{ ...use, label: 'Ours' }];
    expect(check(before, named('Home', 'Ours'), byHand)).toEqual([]);
    expect(check(before, named('Home', 'Home'), byHand)).toMatchObject([{ field: 'label', expected: 'Ours' }]);
  });

  test('follows the name of its item as long as it is the one that was given', () => {
    const first = expectRun(before, setup({ push: [use] }));
    const memory = remember(undefined, first, NOON, held(named('Home', 'Pendo: Home')));
    const renamed = named('Start', 'Pendo: Home');
    expect(check(renamed, named('Start', 'Pendo: Start'), [use], memory)).toEqual([]);
    expect(check(renamed, named('Start', 'Pendo: Home'), [use], memory)).toMatchObject([{ field: 'label' }]);
    // Somebody gave it another one: it stays.
    expect(check(named('Start', 'Mine'), named('Start', 'Mine'), [use], memory)).toEqual([]);
    expect(check(named('Start', 'Mine'), named('Start', 'Pendo: Start'), [use], memory)).toHaveLength(1);
    // Nothing was renamed: it stays.
    expect(check(named('Home', 'Pendo: Home'), named('Home', 'Pendo: Home!'), [use], memory)).toHaveLength(1);
    // What a run gave, the next one knows.
    const next = expectRun(renamed, setup({ push: [use] }), memory);
    const later = remember(memory, next, NOON, named('Start', 'Pendo: Start'));
    expect(later.labels?.get(use.property!)).toEqual({ label: 'Pendo: Start', name: 'Start' });
  });

  test('with a new property also its options are compared', () => {
    const push: Push = [{ source: 'nps', measure: 'category' }];
    const end = (...values: string[]) => {
      const options = values.map((value, displayOrder) => ({ value, label: value, displayOrder, hidden: false }));
      const definition = {
        type: 'enumeration',
        fieldType: 'select',
        groupName: 'pendo',
        description: 'd',
        options,
      } as const;
      return pendoGroup(world({ properties: [property('pendo_nps_category', definition)] }));
    };
    const find = (after: Truth) => compare(after, world(), expectRun(world(), setup({ push })));
    expect(find(end('passive', 'promoter', 'detractor'))).toEqual([]);
    expect(find(end('promoter', 'detractor'))).toMatchObject([{ field: 'options' }]);
  });
});

describe('what happens where there is nothing', () => {
  test('each source keeps, clears or writes 0 and false as the contract says', () => {
    const push: Push = [
      { source: 'metadata', group: 'custom', field: 'a' },
      { source: 'metadata', group: 'custom', field: 'b', onEmpty: 'keep' },
      use,
      { ...use, measure: 'lastUse', property: 'pendo_last_use' },
      { source: 'nps', measure: 'category' },
      { source: 'nps', measure: 'comment' },
      { source: 'segment', id: 's', property: 'pendo_segment_s' },
    ];
    const { contact: holder } = pairOf(1, {
      pendo_custom_a: 'old',
      pendo_custom_b: 'old',
      [use.property!]: '5',
      pendo_last_use: '2026-01-01',
      pendo_nps_category: 'passive',
      pendo_nps_comment: 'old',
      pendo_segment_s: 'true',
    });
    const parts: Parts = {
      contacts: [holder],
      custom: { a: field('string'), b: field('string') },
      subscription: { pages: [home], segments: [{ id: 's', name: 'S' }] },
    };
    const outcomes = (before: Truth) =>
      expectRun(before, setup({ push }))
        .push!.records.get('p1@x.test')!
        .fields.map(({ outcome, owed }) => (owed ? 'owed' : outcome));
    expect(outcomes(world(parts))).toEqual(['owed', 'kept', 'owed', 'kept', 'kept', 'kept', 'owed']);
    const answered = world({ ...parts, pollEvents: [answer('p1@x.test', NOON - 1, 7)] });
    // An answer without a comment clears the older one.
    expect(outcomes(answered)).toEqual(['owed', 'kept', 'owed', 'kept', 'unchanged', 'owed', 'owed']);
    const { writes } = expectRun(answered, setup({ push }));
    expect(writes[0]!.fields).toMatchObject({
      pendo_custom_a: { new: null },
      pendo_page_home_events_30d: { new: 0 },
      pendo_nps_comment: { new: null },
      pendo_segment_s: { new: false },
    });
  });
});

describe('guards', () => {
  /** Thirty pairs that hold this value, and a Pendo side that has nothing to say. */
  function verdict(object: 'visitor' | 'account', entry: Push[number], held: string, parts: Parts = {}) {
    const name = pushProperties(config([entry]), object)[0]!;
    const pairs = Array.from({ length: 30 }, (_, n) => pairOf(n + 1, { [name]: held }));
    const records = { contacts: pairs.map((it) => it.contact), visitors: pairs.map((it) => it.visitor) };
    const before = truth({ ...records, companies: records.contacts, accounts: records.visitors, ...parts });
    const run = expectRun(before, setup({ push: [entry] }, { object }));
    const { figure, of, held: tripped } = run.guards.find((it) => it.subject === name)!;
    return [figure, of, tripped];
  }
  const segment = { source: 'segment', id: 's', property: 'pendo_segment_s' } as const;
  const subscription = { pages: [home], segments: [{ id: 's', name: 'S' }] };

  test('take false for nothing in a segment only', () => {
    expect(verdict('visitor', segment, 'true', { subscription })).toEqual([30, 30, true]);
    expect(verdict('visitor', segment, 'false', { subscription })).toEqual([0, 0, false]);
    const flag = { source: 'metadata', group: 'custom', field: 'b' } as const;
    const custom = { b: field('boolean') };
    expect(verdict('visitor', flag, 'false', { custom })).toEqual([30, 30, true]);
  });

  test('take 0 for nothing, but not in averages of NPS', () => {
    expect(verdict('visitor', use, '4', { subscription })).toEqual([30, 30, true]);
    const zero = Array.from({ length: 30 }, (_, n) =>
      [0, 10].map((score) => answer(`v${score}`, NOON - 1, score, { accountId: `p${n + 1}@x.test` })),
    );
    const pollEvents = zero.flat();
    expect(verdict('account', { source: 'nps', measure: 'netPromoterScore' }, '50', { pollEvents })).toEqual([
      0,
      30,
      false,
    ]);
    const none = zero.map((pair) => pair[0]!);
    expect(verdict('account', { source: 'nps', measure: 'averageScore' }, '5', { pollEvents: none })).toEqual([
      0,
      30,
      false,
    ]);
    expect(verdict('account', { source: 'nps', measure: 'answers' }, '5')).toEqual([30, 30, true]);
  });
});
