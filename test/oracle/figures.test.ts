import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { usageTrending } from '../../oracle/activity.ts';
import { canonical } from '../../oracle/canonical.ts';
import { accountsOf } from '../../oracle/figures.ts';
import { expect as expectRun } from '../../oracle/index.ts';
import type { SyncConfigInput } from '../../src/sync/config.ts';
import { pushMetrics } from '../../src/sync/push-mapping.ts';
import { answer, crm, DAY, event, NOON, type Parts, pendo, setup, T0, truth } from './fixtures.ts';

const forVisitors = pushMetrics.filter((it) => it !== 'totalVisitors').map((metric) => ({ metric }));
const forAccounts = pushMetrics.map((metric) => ({ metric }));

/** The wanted figures of visitor `v`, who has a contact. */
function visitorFigures(
  parts: Parts,
  config: Partial<SyncConfigInput> = {},
  zone = 'UTC',
  asOf = NOON,
  activity?: 'checked' | 'events' | 'pagesAndFeatures',
) {
  const world = truth({ visitors: [pendo('v')], ...parts, zone, contacts: [crm(1, { key: 'v' })] });
  const run = expectRun(
    world,
    setup(
      { joinKey: { property: 'key' }, push: forVisitors, ...config },
      { asOf, pendo: { zone, clear: 'null', ...(activity && { activity }) } },
    ),
  );
  return figures(run.push!.records.get('v')!.fields);
}

function accountFigures(parts: Parts, config: Partial<SyncConfigInput> = {}) {
  const world = truth({ accounts: [pendo('acme')], ...parts, companies: [crm(1, { key: 'acme' })] });
  const run = expectRun(
    world,
    setup({ joinKey: { property: 'key' }, push: forAccounts, ...config }, { object: 'account' }),
  );
  return figures(run.push!.records.get('acme')!.fields);
}

function figures(fields: { field: string; wanted: Parameters<typeof canonical>[0] }[]) {
  return Object.fromEntries(
    fields.map(({ field, wanted }) => {
      const value = canonical(wanted);
      return [field.replace(/^pendo_/, ''), value === undefined ? wanted.state : value];
    }),
  );
}

describe('negative sums of minutes', () => {
  const minutes = (now: number, before: number) =>
    visitorFigures({ events: [event('v', 1, now), event('v', 1, 1), event('v', 200, before), event('v', 200, 1)] });

  test('are invalid: of the current window for the time, of either window for the trend', () => {
    expect(minutes(-2, 1)).toMatchObject({ time_on_app_180d: 'unreadable', usage_trending_180d: 'unreadable' });
    expect(minutes(1, -2)).toMatchObject({ time_on_app_180d: 2, usage_trending_180d: 'unreadable' });
    expect(minutes(-1, 1)).toMatchObject({ time_on_app_180d: 0, usage_trending_180d: -100, days_active_180d: 1 });
  });
});

describe('visits', () => {
  test('are the local day in the subscription zone; 0, null and absent say nothing', () => {
    // 03:30 UTC on 2 March is 22:30 of the day before in New York.
    const at = Date.UTC(2026, 2, 2, 3, 30);
    const visits = (auto: Record<string, unknown>) =>
      visitorFigures({ visitors: [pendo('v', { auto })] }, {}, 'America/New_York');
    expect(visits({ firstvisit: at, lastvisit: 0 })).toMatchObject({ first_visit: '2026-03-01', last_visit: null });
    expect(visits({ firstvisit: null })).toMatchObject({ first_visit: null, last_visit: null });
    expect(visits({ firstvisit: 'yesterday' })).toMatchObject({ first_visit: 'unreadable' });
    expect(visitorFigures({})).toMatchObject({ first_visit: null, last_visit: null });
    expect(
      visitorFigures({ visitors: [pendo('v', { auto: { firstvisit: at } })] }, { visitType: 'datetime' }),
    ).toMatchObject({ first_visit: at });
  });

  test('whose local day is outside the years 0000 to 9999 are invalid, as a date and as an instant', () => {
    const [last, first] = [Date.parse('9999-12-31T20:00:00Z'), Date.parse('0000-01-01T02:00:00Z')];
    const visits = (auto: Record<string, unknown>, zone: string, visitType: 'date' | 'datetime') =>
      visitorFigures({ visitors: [pendo('v', { auto })] }, { visitType }, zone);
    for (const visitType of ['date', 'datetime'] as const) {
      expect(visits({ lastvisit: last }, 'Asia/Tokyo', visitType).last_visit).toBe('unreadable');
      expect(visits({ lastvisit: last }, 'UTC', visitType).last_visit).not.toBe('unreadable');
      expect(visits({ firstvisit: first }, 'America/New_York', visitType).first_visit).toBe('unreadable');
      expect(visits({ firstvisit: first }, 'UTC', visitType).first_visit).not.toBe('unreadable');
    }
    const apps = { auto__8: { lastvisit: last }, auto__5: { lastvisit: Date.UTC(2026, 5, 1) } };
    const chosen = visitorFigures({ visitors: [pendo('v', apps)] }, { apps: [5, 8] }, 'Asia/Tokyo');
    expect(chosen.last_visit).toBe('unreadable');
  });

  test('with apps chosen are the least and the greatest of theirs, 0 being never', () => {
    const visitors = [
      pendo('v', {
        auto: { firstvisit: Date.UTC(2020, 0, 1), lastvisit: Date.UTC(2026, 5, 1) },
        auto__7: { firstvisit: 0, lastvisit: Date.UTC(2024, 0, 1) },
        auto__8: { firstvisit: Date.UTC(2023, 0, 1), lastvisit: Date.UTC(2023, 5, 1) },
        auto__9: { firstvisit: Date.UTC(2021, 0, 1), lastvisit: Date.UTC(2025, 5, 1) },
      }),
    ];
    expect(visitorFigures({ visitors }, { apps: [-7, 8] })).toMatchObject({
      first_visit: '2023-01-01',
      last_visit: '2024-01-01',
    });
    expect(visitorFigures({ visitors }, { apps: [5] })).toMatchObject({ first_visit: null, last_visit: null });
  });
});

describe('usage', () => {
  test('of pages and features only: days of either, minutes of pages, nothing of untagged pages and track events', () => {
    const events = [
      event('v', 1, 3, { pageId: 'home' }),
      event('v', 1, 5, { pageId: 'home', featureId: 'save' }),
      event('v', 2, 7, { pageId: 'allevents', featureId: 'save' }),
      event('v', 3, 11, { pageId: 'allevents', trackTypeId: 'signed up' }),
      event('v', 4, 13, { pageId: 'allevents' }),
      event('v', 200, 4, { pageId: 'home' }),
      event('v', 201, 400, { featureId: 'save' }),
    ];
    const figuresOf = (activity?: 'checked' | 'events' | 'pagesAndFeatures') =>
      visitorFigures({ events }, {}, 'UTC', NOON, activity);
    const all = { days_active_180d: 4, time_on_app_180d: 39, usage_trending_180d: -90.3 };
    for (const activity of [undefined, 'checked', 'events'] as const) expect(figuresOf(activity)).toMatchObject(all);
    expect(figuresOf('pagesAndFeatures')).toMatchObject({
      days_active_180d: 2,
      time_on_app_180d: 8,
      usage_trending_180d: 100,
    });
  });

  test('days, minutes and trend: whole windows, today out, the edges in the right one', () => {
    const events = [
      event('v', 0, 1000), // today
      event('v', 1, 10), // yesterday
      event('v', 1, 5, { appId: 2 }), // the same day in another app: more minutes, no more days
      event('v', 180, 4), // first day of the current window
      event('v', 181, 7), // last of the earlier one
      event('v', 360, 3), // its first
      event('v', 361, 500), // before both
      event('v', 2, 100, { blacklisted: true }),
      event('v', 3, 0), // a row without minutes is a day
      event('other', 4, 50),
    ];
    // M = 10 + 5 + 4 = 19, P = 7 + 3 = 10: +90 %.
    expect(visitorFigures({ events })).toMatchObject({
      days_active_180d: 3,
      time_on_app_180d: 19,
      usage_trending_180d: 90,
    });
    // With 7 days: M = 15, days 1 and 3; the earlier week is empty.
    expect(visitorFigures({ events }, { window: 7 })).toEqual({
      first_visit: null,
      last_visit: null,
      days_active_7d: 2,
      time_on_app_7d: 15,
      usage_trending_7d: null,
      latest_nps_response: null,
    });
    expect(visitorFigures({ events }, { apps: [2] })).toMatchObject({ days_active_180d: 1, time_on_app_180d: 5 });
    expect(visitorFigures({})).toMatchObject({
      days_active_180d: 0,
      time_on_app_180d: 0,
      usage_trending_180d: null,
    });
  });

  test('days start where the zone has them, over a clock change too', () => {
    // As of noon of 20 March 2026 in New York; 8 March had 23 hours. A window of 30 days starts on 18 February.
    const day = (iso: string, minutes: number) => ({ ...event('v', 0, minutes), day: Date.parse(iso) });
    const events = [
      day('2026-02-17T05:00:00Z', 1),
      day('2026-02-18T05:00:00Z', 2),
      day('2026-03-08T05:00:00Z', 4),
      day('2026-03-09T04:00:00Z', 8),
      day('2026-03-19T04:00:00Z', 16),
      day('2026-03-20T04:00:00Z', 32),
    ];
    const asOf = Date.parse('2026-03-20T16:00:00Z');
    expect(visitorFigures({ events }, { window: 30 }, 'America/New_York', asOf)).toMatchObject({
      days_active_30d: 4,
      time_on_app_30d: 30,
      usage_trending_30d: 2900,
    });
  });

  test.each([
    [19, 10, 90],
    [10, 10, 0],
    [0, 10, -100],
    [5, 0, null],
    [0, 0, null],
    // 1/3 more: 33.333…
    [4, 3, 33.3],
    // 2/3 less: 66.666…
    [1, 3, -66.7],
    // 1/16 is 6.25: the half goes away from zero, either way.
    [17, 16, 6.3],
    [15, 16, -6.3],
    // Less than half a tenth is 0, not -0.
    [9999, 10_000, 0],
    [9_007_199_254_740_991, 1, 900_719_925_474_099_000],
  ])('trend of %d after %d minutes is %s', (minutes, earlier, percent) => {
    expect(usageTrending(minutes, earlier)).toBe(percent);
  });

  test('a trend of fractions is exact too', () => {
    // 0.75 against 0.5: +50 %; 0.3125 against 0.3: 4.1666…
    expect(usageTrending(0.75, 0.5)).toBe(50);
    expect(usageTrending(0.3125, 0.3)).toBe(4.2);
  });

  test('a trend is within half a tenth of the true percentage', () => {
    const minutes = fc.integer({ min: 0, max: 100_000 });
    fc.assert(
      fc.property(minutes, fc.integer({ min: 1, max: 100_000 }), (m, p) => {
        const trend = usageTrending(m, p)!;
        expect(Math.abs(trend - ((m - p) / p) * 100)).toBeLessThanOrEqual(0.05 + 1e-6 * Math.abs(trend));
        expect(Math.round(trend * 10) / 10).toBe(trend);
      }),
    );
  });

  test('of an account: rows with that account, by anyone who is not excluded, known or not', () => {
    const at = { accountId: 'acme' };
    const events = [
      event('known', 1, 10, at),
      event('unknown', 2, 20, at),
      event('known', 1, 5, at),
      event('dnp', 3, 40, at),
      event('_PENDO_T_x', 4, 80, at),
      event('known', 5, 160), // no account
      event('known', 6, 320, { accountId: 'ACME' }),
      event('known', 200, 10, at),
      event('dnp', 201, 10, at),
    ];
    const visitors = [pendo('known'), pendo('dnp', { pendo: { donotprocess: true } })];
    // M = 10 + 20 + 5, P = 10: +250 %.
    expect(accountFigures({ events, visitors })).toMatchObject({
      days_active_180d: 2,
      time_on_app_180d: 35,
      usage_trending_180d: 250,
      total_visitors: 0,
    });
  });
});

describe('# of Total Visitors', () => {
  test('counts known, identified, not excluded visitors of the account, whenever they came', () => {
    const auto = (accounts: unknown, account?: unknown) => ({ auto: { accountids: accounts, accountid: account } });
    const visitors = [
      pendo('list', auto(['acme', 'acme', 'other'])),
      pendo('text', auto('acme')),
      pendo('fallback', auto(null, 'acme')),
      pendo('emptied', auto([], 'acme')),
      pendo('moved', auto(['other'], 'acme')),
      pendo('none'),
      pendo('_PENDO_T_1', auto(['acme'])),
      pendo('dnp', { ...auto(['acme']), pendo: { donotprocess: true } }),
    ];
    expect(accountFigures({ visitors })).toMatchObject({ total_visitors: 4 });
    // Not restricted by app.
    expect(accountFigures({ visitors }, { apps: [99] })).toMatchObject({ total_visitors: 4 });
    expect([...accountsOf(visitors[0]!)]).toEqual(['acme', 'other']);
    // A list that is not empty, though it names nobody.
    expect([...accountsOf(pendo('x', auto(['', 5], 'y')))]).toEqual([]);
  });
});

describe('Latest NPS Response', () => {
  const latest = (pollEvents: Parts['pollEvents'], config: Partial<SyncConfigInput> = {}, parts: Parts = {}) =>
    visitorFigures({ pollEvents: pollEvents!, ...parts }, config).latest_nps_response;

  test('is the newest readable score, 0 among them, up to the instant of the run', () => {
    expect(latest([answer('v', NOON - 2, 9), answer('v', NOON - 1, 0)])).toBe(0);
    expect(latest([answer('v', NOON - 2, '10'), answer('v', NOON - 1, '')])).toBe(10);
    expect(latest([answer('v', NOON - 2, 7), answer('v', NOON, 3)])).toBe(7);
    expect(latest([answer('v', NOON - 1, 11), answer('v', NOON - 1, 4.5), answer('v', NOON - 1, 'good')])).toBeNull();
    expect(latest([answer('v', NOON - 1, 6, { excluded: true })])).toBeNull();
    expect(latest([answer('other', NOON - 1, 6)])).toBeNull();
  });

  test('an anonymous or excluded answer names no newest survey', () => {
    const polls = ['p1', 'p2'].map((id) => ({ id, type: 'NPSRating', question: '' }));
    const guides = [{ id: 'g1', name: 'NPS', state: 'public' as const, appId: 1, polls }];
    const own = answer('v', NOON - 3, 4);
    const newest = (visitorId: string) =>
      latest(
        [own, answer(visitorId, NOON - 1, 9, { pollId: 'p2' })],
        { nps: 'newestSurvey' },
        {
          guides,
          visitors: [pendo('v'), pendo('dnp', { pendo: { donotprocess: true } })],
        },
      );
    expect(newest('_PENDO_T_1')).toBe(4);
    expect(newest('dnp')).toBe(4);
    expect(newest('somebody')).toBeNull();
  });

  test('reaches back 84 months before the start of today', () => {
    const from = Date.UTC(2019, 5, 15);
    expect(latest([answer('v', from, 5)])).toBe(5);
    expect(latest([answer('v', from - 1, 5)])).toBeNull();
    expect(T0 - from).toBe(2557 * DAY);
  });

  test('breaks ties by guide, poll and score', () => {
    const guides = [
      { id: 'a', name: '', state: 'draft' as const, appId: 1, polls: [{ id: 'p', type: 'NPSRating', question: '' }] },
      {
        id: 'b',
        name: '',
        state: 'public' as const,
        appId: 1,
        polls: [
          { id: 'p', attributes: { type: 'npsrating' }, question: '' },
          { id: 'q', type: 'NPSRating', question: '' },
          { id: 'z', type: 'FreeForm', question: '' },
        ],
      },
    ];
    const at = NOON - 5;
    const tie = [
      answer('v', at, 9, { guideId: 'a', pollId: 'p' }),
      answer('v', at, 8, { guideId: 'b', pollId: 'p' }),
      answer('v', at, 1, { guideId: 'b', pollId: 'q' }),
      answer('v', at, 3, { guideId: 'b', pollId: 'q' }),
      // Not an NPS poll, whatever the row says; and a poll of another guide.
      answer('v', at, 10, { guideId: 'b', pollId: 'z' }),
      answer('v', at, 10, { guideId: 'a', pollId: 'q' }),
    ];
    expect(latest(tie, {}, { guides })).toBe(3);
    expect(latest(tie.toReversed(), {}, { guides })).toBe(3);
  });

  test('of the newest survey only, where the sync says so; the newest answer of anyone decides which', () => {
    const polls = [
      { id: 'p1', type: 'NPSRating', question: '' },
      { id: 'p2', type: 'NPSRating', question: '' },
    ];
    const guides = [{ id: 'g1', name: '', state: 'public' as const, appId: 1, polls }];
    const answers = [
      answer('v', NOON - 9, 2),
      answer('v', NOON - 8, 4, { pollId: 'p2' }),
      answer('other', NOON - 7, 6, { pollId: 'p1', appId: 2 }),
    ];
    expect(latest(answers, {}, { guides })).toBe(4);
    expect(latest(answers, { nps: 'newestSurvey' }, { guides })).toBe(2);
    expect(latest(answers, { nps: 'newestSurvey', apps: [1] }, { guides })).toBe(4);
    expect(latest(answers, { apps: [2] }, { guides })).toBeNull();
  });

  test('of an account is the newest with exactly that account, excluded visitors aside', () => {
    const pollEvents = [
      answer('a', NOON - 9, 2, { accountId: 'acme' }),
      answer('b', NOON - 8, 9, { accountId: '' }),
      answer('dnp', NOON - 7, 8, { accountId: 'acme' }),
      answer('_PENDO_T_1', NOON - 6, 7, { accountId: 'acme' }),
      answer('c', NOON - 5, 6, { accountId: 'Acme' }),
    ];
    const visitors = [pendo('dnp', { pendo: { donotprocess: true } })];
    expect(accountFigures({ pollEvents, visitors }).latest_nps_response).toBe(2);
  });
});
