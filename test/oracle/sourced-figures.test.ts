import { describe, expect, test } from 'vitest';
import { canonical } from '../../oracle/canonical.ts';
import { expect as expectRun } from '../../oracle/index.ts';
import type { RawField, RawGuide, RawSegment } from '../../sandbox/contract.ts';
import type { SyncConfigInput } from '../../src/sync/config.ts';
import { answer, crm, DAY, event, field, NOON, type Parts, pendo, setup, truth } from './fixtures.ts';

type Push = NonNullable<SyncConfigInput['push']>;

/** What Pendo record `v` of `object` wants; entries without a property are named `pendo_<place>`. */
function wanted(
  object: 'visitor' | 'account',
  push: Push,
  parts: Parts,
  config: Partial<SyncConfigInput> = {},
  zone = 'UTC',
) {
  const named = push.map((entry, at) => ({ ...entry, property: entry.property ?? `pendo_${at}` }));
  const records = { visitors: [pendo('v')], accounts: [pendo('v')], ...parts };
  const world = truth({ ...records, zone, contacts: [crm(1, { key: 'v' })], companies: [crm(1, { key: 'v' })] });
  const run = expectRun(
    world,
    setup({ joinKey: { property: 'key' }, push: named, ...config }, { object, pendo: { zone, clear: 'null' } }),
  );
  const fields = new Map(run.push!.records.get('v')!.fields.map((it) => [it.field, it]));
  return named.map(({ property }) => {
    const it = fields.get(property);
    if (!it) return 'stopped';
    const value = canonical(it.wanted);
    return value === undefined ? it.wanted.state : value;
  });
}

const item = (id: string) => ({ id, name: `Name of ${id}`, appId: 1 });
const listed = {
  pages: [item('home'), item('settings')],
  features: [item('save')],
  trackTypes: [item('signed up')],
};
const page = (
  measure: 'events' | 'days' | 'minutes' | 'firstUse' | 'lastUse',
  id = 'home',
  window: 7 | 30 | 180 = 30,
) => ({ source: 'page', id, measure, window }) as const;
const everyMeasure = (['events', 'days', 'minutes', 'firstUse', 'lastUse'] as const).map((it) => page(it));

describe('usage of an item', () => {
  const on = (daysAgo: number, minutes: number, more = {}) =>
    event('v', daysAgo, minutes, { pageId: 'home', events: 2, ...more });

  test('counts its rows in whole days up to yesterday, and in the window of the entry', () => {
    const events = [
      on(0, 1000, { events: 1000 }), // today
      on(1, 10),
      on(1, 5, { appId: 2 }),
      on(30, 4, { events: 7 }), // the first day of the window
      on(31, 500), // the day before it
      on(3, 100, { blacklisted: true }),
      on(4, 100, { pageId: 'settings' }),
      on(5, 100, { pageId: 'allevents' }),
      event('other', 6, 50, { pageId: 'home', events: 5 }),
      event('v', 7, 9),
    ];
    const parts = { events, subscription: listed };
    // 2 + 2 + 7 events; yesterday and 16 May; 10 + 5 + 4 minutes.
    expect(wanted('visitor', everyMeasure, parts)).toEqual([11, 2, 19, '2026-05-16', '2026-06-14']);
    expect(wanted('visitor', everyMeasure, parts, { apps: [2] })).toEqual([2, 1, 5, '2026-06-14', '2026-06-14']);
    const side = [
      page('days', 'home', 7),
      page('days', 'home', 30),
      page('days', 'home', 180),
      page('days', 'settings'),
    ];
    expect(wanted('visitor', side, parts)).toEqual([1, 2, 3, 1]);
  });

  test('without a row is 0, and leaves dates as they are', () => {
    expect(wanted('visitor', everyMeasure, { subscription: listed })).toEqual([0, 0, 0, null, null]);
  });

  test('takes missing events and minutes for 0, and such a row for a day', () => {
    const bare = { ...on(2, 0) };
    delete bare.events;
    expect(wanted('visitor', everyMeasure, { events: [bare], subscription: listed })).toEqual([
      0,
      1,
      0,
      '2026-06-13',
      '2026-06-13',
    ]);
  });

  test('is invalid where a sum is negative or no number; days and dates are not', () => {
    const negative = [on(1, -3, { events: -5 }), on(2, 1, { events: 1 })];
    const invalid = ['unreadable', 2, 'unreadable', '2026-06-13', '2026-06-14'];
    expect(wanted('visitor', everyMeasure, { events: negative, subscription: listed })).toEqual(invalid);
    const endless = [on(1, 1e308, { events: 1e308 }), on(2, 1e308, { events: 1e308 })];
    expect(wanted('visitor', everyMeasure, { events: endless, subscription: listed })).toEqual(invalid);
  });

  test('of features and track types goes by their own ids; one row can be of all three', () => {
    const row = event('v', 1, 3, { events: 4, pageId: 'home', featureId: 'save', trackTypeId: 'signed up' });
    const push: Push = [
      page('events'),
      { source: 'feature', id: 'save', measure: 'events', window: 7 },
      { source: 'trackType', id: 'signed up', measure: 'days', window: 7 },
      { source: 'feature', id: 'save', measure: 'lastUse', window: 7 },
    ];
    const again = event('v', 2, 3, { events: 5, featureId: 'save' });
    expect(wanted('visitor', push, { events: [row, again], subscription: listed })).toEqual([4, 9, 1, '2026-06-14']);
  });

  test('dates are local days of the zone', () => {
    const day = Date.parse('2026-06-14T04:00:00Z'); // midnight in New York
    const events = [{ ...on(0, 1), day }];
    const figures = wanted('visitor', everyMeasure, { events, subscription: listed }, {}, 'America/New_York');
    expect(figures).toEqual([2, 1, 1, '2026-06-14', '2026-06-14']);
  });

  test('of an account sums the rows with it, by anyone who is neither anonymous nor excluded', () => {
    const by = (visitorId: string, daysAgo: number, accountId = 'v') =>
      event(visitorId, daysAgo, 10, { accountId, pageId: 'home', events: 1 });
    const events = [
      by('known', 1),
      by('unknown', 1),
      by('known', 2, ''),
      by('_PENDO_T_1', 3),
      by('dnp', 4),
      by('x', 5, 'V'),
    ];
    const visitors = [pendo('known'), pendo('dnp', { pendo: { donotprocess: 'true' } })];
    expect(wanted('account', everyMeasure, { events, visitors, subscription: listed })).toEqual([
      2,
      1,
      20,
      '2026-06-14',
      '2026-06-14',
    ]);
  });
});

describe('windows of their own', () => {
  test('metrics side by side; the trend compares with as many days before', () => {
    const push: Push = [
      { metric: 'daysActive', window: 7 },
      { metric: 'daysActive', window: 30 },
      { metric: 'timeOnApp' },
      { metric: 'usageTrending', window: 7 },
      { metric: 'usageTrending', window: 30 },
    ];
    const events = [event('v', 1, 30), event('v', 8, 20), event('v', 31, 100), event('v', 100, 7)];
    // 30 against 20: +50 %. 50 against 100: -50 %.
    expect(wanted('visitor', push, { events }, { window: 90 })).toEqual([1, 2, 150, 50, -50]);
  });

  test('active visitors of an account are distinct, and 0 without any', () => {
    const push: Push = [{ source: 'activeVisitors' }, { source: 'activeVisitors', window: 7 }];
    const by = (visitorId: string, daysAgo: number, more = {}) =>
      event(visitorId, daysAgo, 0, { accountId: 'v', ...more });
    const events = [
      by('a', 1),
      by('a', 2),
      by('b', 7),
      by('c', 8),
      by('d', 30),
      by('e', 31),
      by('today', 0),
      by('hidden', 1, { blacklisted: true }),
      by('_PENDO_T_1', 1),
      by('dnp', 1),
      by('elsewhere', 1, { accountId: 'w' }),
    ];
    const visitors = [pendo('dnp', { pendo: { donotprocess: true } })];
    expect(wanted('account', push, { events, visitors }, { window: 30 })).toEqual([4, 2]);
    expect(wanted('account', push, { events, visitors }, { window: 30, apps: [2] })).toEqual([0, 0]);
  });
});

describe('NPS', () => {
  const of = (guideId: string): RawGuide => ({
    id: guideId,
    name: guideId,
    state: 'public',
    appId: 1,
    polls: [
      { id: 'score', type: 'NPSRating', question: '' },
      { id: 'why', attributes: { type: 'FreeForm' }, question: '' },
      { id: 'where', attributes: { type: 'FreeForm' }, question: '' },
    ],
  });
  const guides = [of('g1'), of('g2')];
  const score = (visitorId: string, at: number, value: unknown, more = {}) =>
    answer(visitorId, at, value, { pollId: 'score', ...more });
  const comment = (visitorId: string, at: number, text: unknown, more = {}) =>
    answer(visitorId, at, text, { pollId: 'why', pollType: 'FreeForm', ...more });
  const latest: Push = (['category', 'comment', 'answeredOn'] as const).map((measure) => ({ source: 'nps', measure }));
  const figures = (pollEvents: Parts['pollEvents'], config: Partial<SyncConfigInput> = {}, zone = 'UTC') =>
    wanted('visitor', latest, { pollEvents: pollEvents!, guides }, config, zone);

  test.each([
    [10, 'promoter'],
    [9, 'promoter'],
    [8, 'passive'],
    [7, 'passive'],
    [6, 'detractor'],
    ['0', 'detractor'],
  ])('a score of %s is a %s', (value, category) => {
    expect(figures([score('v', NOON - 1, value)])).toEqual([category, null, '2026-06-15']);
  });

  test('without an answer there is nothing, whatever comments there are', () => {
    expect(figures([comment('v', NOON - 1, 'alone'), score('v', NOON - 1, 'great')])).toEqual([null, null, null]);
  });

  test('the day of the answer is the local one', () => {
    const at = Date.parse('2026-06-14T02:00:00Z');
    expect(figures([score('v', at, 7)], {}, 'America/New_York')[2]).toBe('2026-06-13');
  });

  test('the comment is the last one of the same guide and visitor within a day either way, as it is', () => {
    const at = NOON - 3 * DAY;
    const text = (...comments: ReturnType<typeof comment>[]) => figures([score('v', at, 5), ...comments])[1];
    expect(text(comment('v', at, ' as it is '))).toBe(' as it is ');
    expect(text(comment('v', at + DAY, 'day after'), comment('v', at - DAY, 'day before'))).toBe('day after');
    expect(text(comment('v', at - DAY, 'day before'))).toBe('day before');
    expect(text(comment('v', at + DAY + 1, 'too late'), comment('v', at - DAY - 1, 'too early'))).toBeNull();
    expect(text(comment('v', at, ' \u00a0\n'), comment('v', at - 1, 'said'))).toBe('said');
    expect(text(comment('v', at, 5), comment('v', at, null), comment('v', at, 'out', { excluded: true }))).toBeNull();
    expect(text(comment('w', at, 'another'), comment('v', at, 'elsewhere', { guideId: 'g2' }))).toBeNull();
    // A later text to the rating itself is no comment.
    expect(text(comment('v', at, 'said'), score('v', at + 5, 'not a number'))).toBe('said');
    // Ties: poll, then text, by bytes: 😀 is behind ｆ in UTF-8, and before it in UTF-16.
    expect(text(comment('v', at, 'a', { pollId: 'why' }), comment('v', at, 'z', { pollId: 'where' }))).toBe('a');
    expect(text(comment('v', at, '😀'), comment('v', at, 'ｆ'))).toBe('😀');
    expect(text(comment('v', at, 'NUL \u0000'))).toBe('unreadable');
  });

  test('a comment from the future of the run, or from before the 84 months, is none', () => {
    expect(figures([score('v', NOON - 1, 5), comment('v', NOON, 'later'), comment('v', NOON - 2, 'before')])[1]).toBe(
      'before',
    );
    const from = Date.UTC(2019, 5, 15);
    expect(figures([score('v', from, 5), comment('v', from - 1, 'older')])[1]).toBeNull();
  });

  test('settings hold: the newest survey, and apps', () => {
    const answers = [
      score('v', NOON - 9, 10),
      comment('v', NOON - 9, 'of the first'),
      score('v', NOON - 8, 2, { guideId: 'g2', appId: 2 }),
      comment('v', NOON - 8, 'of the second', { guideId: 'g2', appId: 2 }),
      score('w', NOON - 7, 7),
    ];
    expect(figures(answers)).toEqual(['detractor', 'of the second', '2026-06-15']);
    expect(figures(answers, { nps: 'newestSurvey' })).toEqual(['promoter', 'of the first', '2026-06-15']);
    expect(figures(answers, { apps: [2] })).toEqual(['detractor', 'of the second', '2026-06-15']);
    expect(figures(answers, { apps: [5] })).toEqual([null, null, null]);
  });

  const ofAccounts: Push = (['averageScore', 'netPromoterScore', 'answers', 'category', 'comment'] as const).map(
    (measure) => ({ source: 'nps', measure }),
  );
  const account = (pollEvents: NonNullable<Parts['pollEvents']>, config: Partial<SyncConfigInput> = {}) =>
    wanted(
      'account',
      ofAccounts,
      { pollEvents, guides, visitors: [pendo('dnp', { pendo: { donotprocess: true } })] },
      config,
    );
  const to = { accountId: 'v' };

  test('of an account is made of each visitor’s newest answer for it', () => {
    const answers = [
      score('a', NOON - 9, 0, to),
      score('a', NOON - 5, 10, to), // replaces the 0
      score('a', NOON - 1, 3, { accountId: 'other' }),
      score('b', NOON - 8, 8, to),
      score('c', NOON - 7, 6, to),
      score('dnp', NOON - 2, 0, to),
      score('_PENDO_T_1', NOON - 2, 0, to),
      comment('a', NOON - 5, 'for another account', { accountId: 'other' }),
      comment('a', NOON - 6, 'for this one', to),
    ];
    // 10, 8 and 6: 8.0 on average; one promoter, one detractor: 0.
    expect(account(answers)).toEqual([8, 0, 3, 'promoter', 'for this one']);
    // 10, 9, 8 and 8: 8.75; two of four are promoters.
    expect(account([10, 9, 8, 8].map((value, n) => score(`p${n}`, NOON - 9, value, to))).slice(0, 3)).toEqual([
      8.8, 50, 4,
    ]);
    // 0 and 0 and 1: 0.333…; -100 %.
    expect(account([0, 0, 1].map((value, n) => score(`p${n}`, NOON - 9, value, to))).slice(0, 3)).toEqual([
      0.3, -100, 3,
    ]);
    // 10 of 16 more detractors than promoters: -6.25 away from zero.
    const votes = [...Array(7).fill(10), ...Array(8).fill(0), 8].map((value, n) => score(`p${n}`, NOON - 9, value, to));
    expect(account(votes)[1]).toBe(-6.3);
  });

  test('of an account without answers: nothing to average, 0 answers', () => {
    expect(account([score('a', NOON - 1, 9)])).toEqual([null, null, 0, null, null]);
  });

  test('two newest answers of one instant: the greater visitor id, whose comment it is', () => {
    const answers = [
      score('a', NOON - 1, 9, to),
      score('b', NOON - 1, 9, to),
      comment('a', NOON - 1, 'of a', to),
      comment('b', NOON - 2, 'of b', to),
    ];
    expect(account(answers)[4]).toBe('of b');
    expect(account(answers.toReversed())[4]).toBe('of b');
  });
});

describe('segments', () => {
  const segments: RawSegment[] = [
    {
      id: 's1',
      name: 'Admins',
      visitors: { group: 'agent', field: 'role', equals: 'admin' },
      accounts: { ids: ['v'] },
    },
    { id: 's2', name: 'Nobody' },
  ];
  const push: Push = [
    { source: 'segment', id: 's1' },
    { source: 'segment', id: 's2' },
  ];

  test('hold a record or not, by Pendo’s rule', () => {
    const parts = (role: unknown) => ({ subscription: { segments }, visitors: [pendo('v', { agent: { role } })] });
    expect(wanted('visitor', push, parts('admin'))).toEqual([true, false]);
    expect(wanted('visitor', push, parts('Admin'))).toEqual([false, false]);
    expect(wanted('account', push, parts('Admin'))).toEqual([true, false]);
    expect(wanted('visitor', [{ source: 'segment', id: 'gone' }], parts('admin'))).toEqual(['stopped']);
  });

  test('of accounts pause the sync where Pendo takes none', () => {
    const world = truth({ subscription: { segments }, switches: { pendoSegmentAccounts: 'refused' } });
    const config = { push: [{ ...push[0]!, property: 'pendo_s' }] as Push };
    expect(expectRun(world, setup(config, { object: 'account' })).status).toBe('paused');
    expect(expectRun(world, setup(config)).status).toBe('succeeded');
  });
});

describe('metadata', () => {
  /** The value of `custom.f` of this type, or of a field of another group. */
  function value(
    type: RawField['type'],
    given: unknown,
    more: { group?: string; timeAs?: 'date' | 'datetime'; zone?: string } = {},
  ) {
    const { group = 'custom', timeAs = 'date', zone = 'UTC' } = more;
    const schema = { visitor: { [group]: { f: field(type) } }, account: {} };
    const parts = { subscription: { schema }, visitors: [pendo('v', { [group]: { f: given } })] };
    return wanted('visitor', [{ source: 'metadata', group, field: 'f', timeAs }], parts, {}, zone)[0];
  }

  test.each<[RawField['type'], unknown, unknown]>([
    ['string', 'as it is ', 'as it is '],
    ['string', '   ', '   '],
    ['string', 42, '42'],
    ['string', 1e21, '1e+21'],
    ['string', -0, '0'],
    ['string', false, 'false'],
    ['string', '', null],
    ['string', null, null],
    ['string', undefined, null],
    ['string', [], null],
    ['string', ['', null], null],
    ['string', ['a', 'b'], 'a;b'],
    ['string', { a: 1 }, 'unreadable'],
    ['string', 'NUL \u0000', 'unreadable'],
    ['string', 'half \ud83d', 'unreadable'],
    ['string', 'x'.repeat(65_536), 'x'.repeat(65_536)],
    ['string', 'x'.repeat(65_537), 'unreadable'],
    ['string', '😀'.repeat(32_769), 'unreadable'],
    ['', 7.5, '7.5'],
    ['', true, 'true'],
    ['', ['x', 2, ''], 'x;2'],
    ['list', ['b', 'a', 'b'], 'b;a;b'],
    ['list', ['a;b', 'c'], 'a;b;c'],
    ['list', ['', 'a', null, 1, true], 'a;1;true'],
    ['list', 'alone', 'alone'],
    ['list', 5, '5'],
    ['list', [], null],
    ['list', [['deep']], 'unreadable'],
    ['list', ['a', { b: 1 }], 'unreadable'],
    ['list', [[]], 'unreadable'],
    ['list', {}, 'unreadable'],
    ['list', ['x'.repeat(65_530), 'y'.repeat(6)], 'unreadable'],
    ['integer', 7, 7],
    ['integer', '1e3', 1000],
    ['integer', '-0', 0],
    ['float', '.5', 0.5],
    ['float', 0.1, 0.1],
    ['float', ' 5', 'unreadable'],
    ['float', true, 'unreadable'],
    ['float', [5], 'unreadable'],
    ['float', [], null],
    ['boolean', true, true],
    ['boolean', 'false', false],
    ['boolean', 'TRUE', 'unreadable'],
    ['boolean', 1, 'unreadable'],
    ['boolean', '', null],
    ['time', Date.UTC(2026, 1, 3, 4), '2026-02-03'],
    ['time', String(Date.UTC(2026, 1, 3, 4)), '2026-02-03'],
    ['date', '2024-02-29T23:30:00-05:00', '2024-03-01'],
    ['date', '2026-02-29', 'unreadable'],
    ['time', 'soon', 'unreadable'],
    ['time', 0, '1970-01-01'],
    ['date', '1970-01-01', '1970-01-01'],
  ])('of type %j: %j is %j', (type, given, result) => {
    expect(value(type, given)).toEqual(result);
  });

  test('a time is the local day or the instant; a day without a time is that day', () => {
    const zone = 'America/New_York';
    const instant = Date.UTC(2026, 2, 2, 3, 30);
    expect(value('time', instant, { zone })).toBe('2026-03-01');
    expect(value('time', instant, { zone, timeAs: 'datetime' })).toBe(instant);
    expect(value('time', '2026-03-02', { zone })).toBe('2026-03-02');
    expect(value('time', '2026-03-02', { zone, timeAs: 'datetime' })).toBe(Date.UTC(2026, 2, 2));
    expect(value('time', '0000-01-01', { zone })).toBe('0000-01-01');
    expect(value('time', '0000-01-01T00:00:00Z', { zone })).toBe('unreadable');
    expect(value('time', 0, { zone })).toBe('1969-12-31');
  });

  test('0 is nothing in Pendo’s own groups only', () => {
    for (const zero of [0, '0', '1970-01-01', '1970-01-01T00:00:00Z']) {
      expect(value('time', zero, { group: 'auto' })).toBeNull();
      expect(value('time', zero, { group: 'auto__323232', timeAs: 'datetime' })).toBeNull();
      expect(value('time', zero, { group: 'automatic' })).toBe('1970-01-01');
    }
    expect(value('integer', 0, { group: 'auto' })).toBe(0);
  });

  test('of a group or field that Pendo does not have, or has deleted, stops; letters count', () => {
    const schema = {
      visitor: { custom: { f: field('string'), old: { ...field('string'), isDeleted: true } } },
      account: {},
    };
    const push: Push = [
      { source: 'metadata', group: 'custom', field: 'f' },
      { source: 'metadata', group: 'custom', field: 'F' },
      { source: 'metadata', group: 'Custom', field: 'f' },
      { source: 'metadata', group: 'custom', field: 'old' },
    ];
    const visitors = [pendo('v', { custom: { f: 'x', F: 'y', old: 'z' } })];
    expect(wanted('visitor', push, { subscription: { schema }, visitors })).toEqual([
      'x',
      'stopped',
      'stopped',
      'stopped',
    ]);
  });

  test('is not restricted by apps', () => {
    const push: Push = [{ source: 'metadata', group: 'custom', field: 'f' }];
    const parts = { custom: { f: field('string') }, visitors: [pendo('v', { custom: { f: 'x' } })] };
    expect(wanted('visitor', push, parts, { apps: [99] })).toEqual(['x']);
  });
});
