import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawEvent } from '../../../sandbox/contract.ts';
import { eventsOf, everyApp, NOON, type PendoWorld, startPendoWorld } from './world.ts';

let world: PendoWorld;
const whole = { period: 'dayRange', first: 'now()', count: -400 };
const today = Date.UTC(2026, 5, 15, 4);

beforeAll(async () => {
  world = await startPendoWorld({ visitors: 300, accounts: 30, companies: 30, beyondSources: true });
});
afterAll(() => world[Symbol.asyncDispose]());

const kinds = [
  ['page', 'pages', 'pageId', 'pageEvents'],
  ['feature', 'features', 'featureId', 'featureEvents'],
  ['tracktype', 'trackTypes', 'trackTypeId', 'trackEvents'],
] as const;

const kindsOfRows = [
  ['events', false],
  ['pageEvents', false],
  ['featureEvents', false],
] as const;

describe.each(kinds)('%s', (path, list, idField, source) => {
  test('is listed alike by the path, by the source and in the raw truth', async () => {
    const raw = (await world.subscription())[list].map(({ id, name, appId }) => ({ id, name, appId }));
    const shown = (rows: { id: string; name: string; appId: number }[]) =>
      rows.map(({ id, name, appId }) => ({ id, name, appId }));
    expect(raw).toHaveLength(39);
    expect(shown((await world.call('GET', path)).json)).toEqual(raw);
    expect(shown((await world.rows({ source: { [list]: { appId: everyApp } } })) as typeof raw)).toEqual(raw);
    expect(new Set(raw.map(({ name }) => name)).size).toBeLessThan(39);
  });

  test('has the rows of the raw truth that name it', async () => {
    const rows = (await world.events()).filter((row) => !row.blacklisted && row.day < today);
    const counts = new Map<string, { events: number; days: Set<number> }>();
    for (const row of rows) {
      const id = row[idField];
      if (id === undefined || id === 'allevents') continue;
      const count = counts.get(id) ?? { events: 0, days: new Set() };
      counts.set(id, { events: count.events + (row.numEvents ?? 0), days: count.days.add(row.day) });
    }
    const answered = await world.rows(
      { source: { [source]: { appId: everyApp, blacklist: 'apply' }, timeSeries: whole } },
      { group: { group: [idField], fields: { events: { sum: 'numEvents' }, days: { count: 'day' } } } },
    );
    const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
    expect(answered.map((row) => ({ id: row[idField], events: row.events, days: row.days })).sort(byId)).toEqual(
      [...counts].map(([id, { events, days }]) => ({ id, events, days: days.size })).sort(byId),
    );
  });

  test('can be renamed, moved to another app, deleted and added', async () => {
    await using own = await startPendoWorld({ visitors: 60, accounts: 6 });
    const { [list]: items, apps } = await own.subscription();
    const [first, second, third, ...others] = items;
    const moved = { ...third!, appId: apps[1]!.id };
    await own.admin('PATCH', 'worlds/w/subscription', {
      [list]: [
        { ...first, name: 'Renamed' },
        { ...second, deleted: true },
        moved,
        { id: 'added', name: 'Added', appId: apps[0]!.id },
        ...others,
      ],
    });
    const ids = ((await own.call('GET', path)).json as { id: string }[]).map(({ id }) => id);
    expect(ids).toEqual([first!.id, 'added', ...others.map(({ id }) => id)]);
    expect((await own.call('GET', `${path}?id=${first!.id},${second!.id},${third!.id}`)).json).toMatchObject([
      { id: first!.id, name: 'Renamed' },
      { id: third!.id, appId: moved.appId },
    ]);
    expect(await own.rows({ source: { [list]: { appId: everyApp } } })).toHaveLength(39);
    // What happened stays.
    const rows = { source: { [source]: { [idField]: second!.id }, timeSeries: whole } };
    expect((await own.rows(rows)).length).toBeGreaterThan(0);
  });
});

test('events show pages only; the narrower sources their own kind besides', async () => {
  const [row] = await world.rows(eventsOf(whole), { limit: 1 });
  expect(Object.keys(row!)).not.toContain('featureId');
  const grouped = await world.rows(eventsOf(whole), { group: { group: ['featureId', 'trackTypeId'] } });
  expect(grouped).toEqual([{ featureId: null, trackTypeId: null }]);
  const features = await world.rows(
    { source: { featureEvents: { appId: everyApp }, timeSeries: whole } },
    { select: { feature: 'featureId', page: 'pageId', track: 'trackTypeId' } },
    { limit: 50 },
  );
  for (const { feature, page, track } of features)
    expect([typeof feature, typeof page, track]).toEqual(['string', 'string', null]);
});

test('track events have properties, which no other source shows, and which can be listed by their paths', async () => {
  const raw = (await world.events()).filter((row) => row.trackTypeId !== undefined);
  const kinds = raw.map(({ properties }) => (properties === undefined || properties === null ? properties : 'some'));
  expect(new Set(kinds)).toEqual(new Set([undefined, null, 'some']));
  expect(raw.some(({ properties }) => properties && 'with space' in properties)).toBe(true);
  for (const [source, has] of [...kindsOfRows, ['trackEvents', true]] as const) {
    const rows = await world.rows({ source: { [source]: { appId: everyApp }, timeSeries: whole } }, { limit: 2000 });
    expect(rows.some((row) => 'properties' in row)).toBe(has);
    const counted = { group: { group: ['visitorId'], fields: { plans: { list: 'properties.plan' } } } };
    const listed = await world.rows({ source: { [source]: { appId: everyApp }, timeSeries: whole } }, counted);
    expect(listed.some(({ plans }) => (plans as unknown[]).length > 0)).toBe(has);
  }
  const track = raw.find(({ properties, blacklisted }) => properties?.plan === 'pro' && !blacklisted)!;
  const [row] = await world.rows(
    { source: { trackEvents: { appId: everyApp }, timeSeries: whole } },
    { filter: `visitorId == ${JSON.stringify(track.visitorId)} && trackTypeId == "${track.trackTypeId}"` },
    { eval: { property0: 'properties.plan' } },
    { group: { group: ['visitorId'], fields: { property0: { list: 'property0' } } } },
  );
  expect(row!.property0).toContain('pro');
});

test('added events name what they are of, and nothing else is made of them', async () => {
  await using own = await startPendoWorld({ visitors: 20, accounts: 5 });
  const { features, trackTypes } = await own.subscription();
  const model: RawEvent = {
    visitorId: 'late@x.example',
    accountId: '',
    appId: -323232,
    pageId: 'allevents',
    day: today - 86_400_000,
    server: 's',
    remoteIp: 'r',
    userAgent: 'u',
    numEvents: 5,
    firstTime: today - 3_600_000,
    lastTime: today - 3_600_000,
  };
  await own.admin('POST', 'worlds/w/events', [
    { ...model, featureId: features[3]!.id, trackTypeId: trackTypes[4]!.id },
    { ...model, server: 'other' },
  ]);
  const of = (source: string) =>
    own.rows(
      { source: { [source]: { appId: everyApp }, timeSeries: whole } },
      { filter: 'visitorId == "late@x.example"' },
    );
  expect(await of('events')).toHaveLength(2);
  expect(await of('pageEvents')).toEqual([]);
  expect(await of('featureEvents')).toMatchObject([{ featureId: features[3]!.id, numEvents: 5 }]);
  expect(await of('trackEvents')).toMatchObject([{ trackTypeId: trackTypes[4]!.id }]);
  expect((await own.events()).filter(({ visitorId }) => visitorId === model.visitorId)[0]).toMatchObject({
    featureId: features[3]!.id,
  });
});

test('a day that passes brings late uses of features', async () => {
  await using own = await startPendoWorld({ visitors: 400, accounts: 40 });
  await own.nextDay({ seed: 1, share: 0.3 });
  const listed = new Set((await own.subscription()).features.map(({ id }) => id));
  const late = (await own.events()).filter((row) => row.pageId === 'page-late');
  expect(late.length).toBeGreaterThan(0);
  for (const row of late) expect(listed).toContain(row.featureId);
});

test('numbers of events are missing on some rows beyond what sources show, and on no others', async () => {
  expect((await world.events()).some((row) => row.numEvents === undefined)).toBe(true);
  await using own = await startPendoWorld({ visitors: 200, accounts: 20 });
  expect((await own.events()).every((row) => row.numEvents! > 0)).toBe(true);
});

describe('comments', () => {
  test('are given with the score, soon after, and on other days altogether; never after the world was made', async () => {
    const own = await startPendoWorld({ visitors: 1_500, accounts: 30, companies: 30 });
    const rows = await own.pollEvents();
    await own[Symbol.asyncDispose]();
    const scores = Map.groupBy(
      rows.filter(({ pollType }) => /^npsrating$/i.test(pollType)),
      ({ guideId, visitorId }) => `${guideId} ${visitorId}`,
    );
    const apart = rows
      .filter(({ pollType }) => pollType === 'FreeForm')
      .flatMap(
        (row) =>
          scores.get(`${row.guideId} ${row.visitorId}`)?.map((score) => row.browserTime - score.browserTime) ?? [],
      );
    const day = 86_400_000;
    for (const exactly of [0, day, -day, day + 1, -day - 1])
      expect([exactly, apart.includes(exactly)]).toEqual([exactly, true]);
    expect(apart.some((it) => Math.abs(it) > 2 * day)).toBe(true);
    for (const { browserTime } of rows) expect(browserTime).toBeLessThan(NOON);
    const texts = rows.filter(({ pollType }) => pollType === 'FreeForm').map(({ pollResponse }) => pollResponse);
    for (const odd of ['   ', 5, null, 'NUL \u0000', 'half \ud83d']) expect(texts).toContain(odd);
  });
});
