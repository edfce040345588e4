import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawEvent } from '../../../sandbox/contract.ts';
import { eventsOf, everyApp, NOON, type PendoWorld, type Row, startPendoWorld } from './world.ts';

let world: PendoWorld;
const whole = { period: 'dayRange', first: 'now()', count: -400 };
const answersEver = { period: 'dayRange', first: 'now()', count: -2600 };

beforeAll(async () => {
  world = await startPendoWorld({ visitors: 600, accounts: 60, companies: 60 });
});
afterAll(() => world[Symbol.asyncDispose]());

const countOf = async (source: object, ...steps: object[]) =>
  (await world.rows(source, ...steps, { count: null }))[0]!.count;

describe('events', () => {
  test('of the default app only, when no app is named', async () => {
    const { apps } = await world.subscription();
    const own = apps.find((app) => app.default)!.id;
    expect(own).toBe(-323232);
    const timeSeries = whole;
    const rows = await world.rows({ source: { events: null, timeSeries } }, { group: { group: ['appId'] } });
    expect(rows).toEqual([{ appId: own }]);
    const all = await world.rows(eventsOf(whole), { group: { group: ['appId'] } }, { sort: ['appId'] });
    expect(all.map((row) => row.appId)).toEqual(apps.map((app) => app.id).sort((a, b) => a - b));
    const [, second, third] = apps;
    const two = { source: { events: { appId: [second!.id, third!.id] }, timeSeries } };
    expect(await countOf(two)).toBe(
      (await countOf(eventsOf(whole))) - (await countOf({ source: { events: null, timeSeries } })),
    );
  });

  test('blacklisted rows are hidden, shown or all there is, as asked', async () => {
    const [apply, standard, ignore, only] = await Promise.all([
      countOf(eventsOf(whole, { blacklist: 'apply' })),
      countOf(eventsOf(whole)),
      countOf(eventsOf(whole, { blacklist: 'ignore' })),
      countOf(eventsOf(whole, { blacklist: 'only' })),
    ]);
    expect(only).toBeGreaterThan(0);
    expect([standard, apply + only]).toEqual([apply, ignore]);
    const hidden = (await world.events()).filter((row) => row.blacklisted && row.day < NOON - 11 * 3_600_000);
    expect(hidden.length).toBe(only);
  });

  test('one row for each visitor, account, app, page, server, address, browser and day', async () => {
    const rows = await world.events();
    const keys = rows.map((row) =>
      JSON.stringify([
        row.visitorId,
        row.accountId,
        row.appId,
        row.pageId,
        row.server,
        row.remoteIp,
        row.userAgent,
        row.day,
      ]),
    );
    expect(new Set(keys).size).toBe(keys.length);
    const perDay = Map.groupBy(rows, (row) => JSON.stringify([row.visitorId, row.day]));
    const differs = (field: keyof RawEvent) =>
      [...perDay.values()].some((day) => new Set(day.map((row) => row[field])).size > 1);
    for (const field of ['pageId', 'appId', 'remoteIp', 'userAgent', 'accountId'] as const)
      expect([field, differs(field)]).toEqual([field, true]);
  });

  test('have the oddities that a reader must live with', async () => {
    const rows = await world.events();
    const known = new Set((await world.records('visitors')).map(({ id }) => id));
    expect(rows.some((row) => row.accountId === '')).toBe(true);
    expect(rows.some((row) => row.visitorId.startsWith('_PENDO_T_'))).toBe(true);
    expect(rows.some((row) => !known.has(row.visitorId))).toBe(true);
    expect([...known].some((id) => !rows.some((row) => row.visitorId === id))).toBe(true);
  });

  test('carry week, month and quarter of their day', async () => {
    const [row] = await world.rows(eventsOf({ period: 'dayRange', first: 'date(2026, 5, 6)', count: 1 }), { limit: 1 });
    expect(row).toMatchObject({
      day: Date.UTC(2026, 4, 6, 4),
      week: Date.UTC(2026, 4, 3, 4),
      month: Date.UTC(2026, 4, 1, 4),
      quarter: Date.UTC(2026, 3, 1, 4),
    });
  });

  test('late ones change a day that was read before', async () => {
    await using own = await startPendoWorld({ visitors: 100, accounts: 10 });
    const week = { period: 'dayRange', first: 'now()', count: -7 };
    const before = await own.rows(eventsOf(week), { reduce: { minutes: { sum: 'numMinutes' } } });
    const [model] = (await own.rows(eventsOf(week), { limit: 1 })) as RawEvent[];
    await own.admin('POST', 'worlds/w/events', [
      { ...model, visitorId: 'late@x.example', pageId: 'late', numMinutes: 31 },
    ]);
    const after = await own.rows(eventsOf(week), { reduce: { minutes: { sum: 'numMinutes' } } });
    expect(after[0]!.minutes - before[0]!.minutes).toBe(31);
    const filtered = await own.rows(eventsOf(week), { filter: 'visitorId == "late@x.example"' });
    expect(filtered).toHaveLength(1);
  });

  test('page, feature and track events are narrower, and their ids can be asked for', async () => {
    for (const [source, list, id] of [
      ['pageEvents', 'pages', 'pageId'],
      ['featureEvents', 'features', 'featureId'],
      ['trackEvents', 'trackTypes', 'trackTypeId'],
    ] as const) {
      const [definition] = await world.rows({ source: { [list]: null } }, { skip: 3 }, { limit: 1 });
      const all = await countOf({ source: { [source]: { appId: everyApp }, timeSeries: whole } });
      const one = await world.rows({
        source: { [source]: { appId: everyApp, [id]: definition!.id }, timeSeries: whole },
      });
      expect(one.length).toBeGreaterThan(0);
      expect(one.length).toBeLessThan(all);
      expect(new Set(one.map((row) => row[id]))).toEqual(new Set([definition!.id]));
    }
  });
});

describe('visitors and accounts', () => {
  test('are all there, in order, with their metadata', async () => {
    for (const [source, id] of [
      ['visitors', 'visitorId'],
      ['accounts', 'accountId'],
    ] as const) {
      const rows = await world.rows({ source: { [source]: null } });
      const raw = await world.records(source);
      expect(rows).toEqual(raw.map((record) => ({ [id]: record.id, metadata: record.metadata })));
    }
  });

  test('can be had without the anonymous, in two ways', async () => {
    const [one, two] = await Promise.all([
      countOf({ source: { visitors: { identified: true } } }),
      countOf({ source: { visitors: null } }, { identified: 'visitorId' }),
    ]);
    expect(one).toBe(two);
    expect(one).toBeLessThan(await countOf({ source: { visitors: null } }));
  });

  test('hold their accounts as a list, as one, or not at all', async () => {
    const autos = (await world.records('visitors')).map(({ metadata }) => metadata.auto);
    const has = (test: (auto: Record<string, unknown>) => boolean) =>
      autos.some((auto) => auto !== undefined && test(auto));
    expect(has((auto) => Array.isArray(auto.accountids) && auto.accountids.length > 1)).toBe(true);
    expect(has((auto) => 'accountid' in auto && !('accountids' in auto))).toBe(true);
    expect(has((auto) => !('accountid' in auto))).toBe(true);
    const groups = (await world.records('visitors')).filter(({ metadata }) => !metadata.auto);
    expect(groups.some(({ metadata }) => metadata.pendo?.donotprocess === true)).toBe(true);
    expect(groups.every(({ metadata }) => metadata.pendo?.donotprocess === true)).toBe(true);
  });

  test('were visited no later than their first event and no earlier than their last', async () => {
    const events = Map.groupBy(await world.events(), (row) => row.visitorId);
    let apart = 0;
    for (const { id, metadata } of await world.records('visitors')) {
      const rows = events.get(id);
      if (!rows || !metadata.auto) continue;
      const first = Math.min(...rows.map((row) => row.firstTime));
      const last = Math.max(...rows.map((row) => row.lastTime));
      expect(metadata.auto.firstvisit).toBeLessThanOrEqual(first);
      expect(metadata.auto.lastvisit).toBeGreaterThanOrEqual(last);
      expect(metadata.auto.lastvisit).toBeLessThanOrEqual(NOON);
      if (metadata.auto.lastvisit !== last) apart++;
    }
    expect(apart).toBeGreaterThan(0);
    const accountLast = Map.groupBy(await world.events(), (row) => row.accountId);
    for (const { id, metadata } of await world.records('accounts')) {
      const last = Math.max(0, ...(accountLast.get(id) ?? []).map((row) => row.lastTime));
      if (last > 0) expect(metadata.auto!.lastvisit).toBeGreaterThanOrEqual(last);
    }
  });
});

describe('polls and guides', () => {
  test('a poll has its type in one of two places, in more than one spelling, in guides of any state', async () => {
    const guides = (await world.call('GET', 'guide?expand=*')).json;
    const polls = guides.flatMap((guide: Row) =>
      guide.polls.map((poll: Row) => ({ state: guide.state, own: poll.type, attribute: poll.attributes?.type })),
    );
    expect(polls).toContainEqual({ state: 'public', own: undefined, attribute: 'NPSRating' });
    expect(polls).toContainEqual({ state: 'disabled', own: 'npsrating', attribute: undefined });
    expect(polls).toContainEqual({ state: 'public', own: undefined, attribute: 'FreeForm' });
    const rows = await world.rows({ source: { guides: { appId: everyApp } } });
    expect(rows.map((row) => row.id).sort()).toEqual(guides.map((guide: Row) => guide.id).sort());
  });

  test('pollEvents are the answers within the window, of the guide and poll that are named', async () => {
    const raw = (await world.pollEvents()).filter((row) => row.browserTime < Date.UTC(2026, 5, 15, 4));
    expect(await countOf({ source: { pollEvents: { appId: everyApp }, timeSeries: answersEver } })).toBe(raw.length);
    const { guideId, pollId, appId } = raw[0]!;
    const some = await world.rows({ source: { pollEvents: { guideId, pollId, appId }, timeSeries: answersEver } });
    expect(some.length).toBe(raw.filter((row) => row.guideId === guideId && row.pollId === pollId).length);
  });

  test('ratings come as numbers, numeric strings and anything else; 0 is one of them', async () => {
    const raw = await world.pollEvents();
    const ratings = raw.filter((row) => /npsrating/i.test(row.pollType));
    const has = (test: (value: unknown) => boolean) => ratings.some((row) => test(row.pollResponse));
    for (const value of [0, 10, '9', '', null, 11, -1, 7.5])
      expect([value, has((given) => given === value)]).toEqual([value, true]);
    expect(has((given) => typeof given === 'string' && /[a-z]/.test(given))).toBe(true);
    expect(raw.some((row) => row.excluded)).toBe(true);
    expect(raw.some((row) => row.accountId === '')).toBe(true);
    expect(raw.some((row) => row.browserTime >= Date.UTC(2026, 5, 15, 4))).toBe(true);
    const times = Map.groupBy(ratings, (row) => `${row.visitorId} ${row.browserTime}`);
    expect([...times.values()].some((tied) => new Set(tied.map((row) => row.pollId)).size > 1)).toBe(true);
  });

  test('pollsSeenEver has each visitor’s last answer, today included', async () => {
    const raw = await world.pollEvents();
    const { guideId, pollId } = raw[0]!;
    const rows = await world.rows({ source: { pollsSeenEver: { guideId, pollId } } });
    const answers = Map.groupBy(
      raw.filter((row) => row.guideId === guideId && row.pollId === pollId && !row.excluded),
      (row) => row.visitorId,
    );
    expect(rows.length).toBe(answers.size);
    for (const row of rows)
      expect(row.time).toBe(Math.max(...answers.get(row.visitorId)!.map((answer) => answer.browserTime)));
  });

  test('guideEvents tell when a guide was seen and answered', async () => {
    const rows = await world.rows(
      { source: { guideEvents: { appId: everyApp }, timeSeries: answersEver } },
      { group: { group: ['type'] } },
      { sort: ['type'] },
    );
    expect(rows.map((row) => row.type)).toEqual(['guideActivity', 'guideDismissed', 'guideSeen']);
  });

  test('apps are listed, the default one marked', async () => {
    const rows = await world.rows({ source: { apps: null } });
    expect(rows.map((row) => row.isDefault)).toEqual([true, false, false]);
  });
});
