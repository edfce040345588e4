import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { everyApp, NOON, type PendoWorld, type Row, startPendoWorld } from './world.ts';

/** Requests as public readers of Pendo send them; each reads all there is, and only once. */
let world: PendoWorld;
beforeAll(async () => {
  world = await startPendoWorld({ visitors: 300, accounts: 30, companies: 30 });
});
afterAll(() => world[Symbol.asyncDispose]());

const ask = async (pipeline: object[], beside: object = {}) => {
  const body = {
    response: { mimeType: 'application/json' },
    request: { name: 'all', requestId: 'all', pipeline, ...beside },
  };
  const answer = await world.call('POST', 'aggregation', body);
  expect([answer.status, answer.text.slice(0, 200)]).toEqual([200, expect.any(String)]);
  return (answer.json.results ?? []) as Row[];
};

test('tap-pendo pages visitors by id, and counts what is left', async () => {
  const seen: string[] = [];
  for (;;) {
    const pipeline = [
      { source: { visitors: { identified: true } } },
      { sort: ['visitorId'] },
      { filter: `visitorId>${JSON.stringify(seen.at(-1) ?? '')}` },
      { limit: 40 },
    ];
    const page = await ask(pipeline);
    expect((await ask([...pipeline, { count: null }]))[0]!.count).toBe(page.length);
    seen.push(...page.map((row) => row.visitorId));
    if (page.length < 40) break;
  }
  const all = (await world.records('visitors')).map(({ id }) => id).filter((id) => !id.startsWith('_PENDO_T_'));
  expect(seen.sort()).toEqual(all.sort());
});

test('tap-pendo pages accounts by their last update, with a stray sort beside the pipeline', async () => {
  const found = new Set<string>();
  for (let from = 1; ; ) {
    const page = await ask(
      [
        { source: { accounts: { appId: everyApp } } },
        { sort: ['metadata.auto.lastupdated'] },
        { filter: `metadata.auto.lastupdated>=${from}` },
        { limit: 12 },
      ],
      { sort: ['accountId'] },
    );
    for (const row of page) found.add(row.accountId);
    if (page.length < 12) break;
    expect(page.at(-1)!.metadata.auto.lastupdated).toBeGreaterThan(from);
    from = page.at(-1)!.metadata.auto.lastupdated;
  }
  expect(found.size).toBe(30);
});

test.each([
  ['pages', 'pageEvents', 'pageId'],
  ['features', 'featureEvents', 'featureId'],
  ['trackTypes', 'trackEvents', 'trackTypeId'],
  ['guides', 'guideEvents', 'guideId'],
])('tap-pendo reads %s, then the %s of each by its id alone, of whatever app', async (list, events, id) => {
  const listed = await ask([
    { source: { [list]: { appId: everyApp } } },
    { sort: ['lastUpdatedAt'] },
    { limit: 100_000 },
  ]);
  expect(listed.map((row) => row.lastUpdatedAt)).toEqual(listed.map((row) => row.lastUpdatedAt).sort((a, b) => a - b));
  const timeSeries = { period: 'dayRange', first: NOON - 400 * 86_400_000, last: 'now()' };
  const [all] = await ask([{ source: { [events]: { appId: everyApp }, timeSeries } }, { count: null }]);
  let sum = 0;
  for (const { id: one } of listed) sum += (await ask([{ source: { [events]: { [id]: one }, timeSeries } }])).length;
  expect(sum).toBe(all!.count);
});

test('tap-pendo reads a visitor’s history day by day', async () => {
  const [event] = (await world.events()).filter((row) => !row.blacklisted);
  const path = `visitor/${encodeURIComponent(event!.visitorId)}/history?starttime=${event!.day}`;
  const known = (await world.records('visitors')).some(({ id }) => id === event!.visitorId);
  const answer = await world.call('GET', path);
  expect(answer.status).toBe(known ? 200 : 404);
  const busy = (await world.events()).find(
    (row) =>
      row.visitorId.includes('@') &&
      !row.visitorId.startsWith('former') &&
      /^[a-z.@0-9]+$/.test(row.visitorId) &&
      !row.blacklisted,
  )!;
  const day = (await world.call('GET', `visitor/${encodeURIComponent(busy.visitorId)}/history?starttime=${busy.day}`))
    .json;
  expect(day).toContainEqual(
    expect.objectContaining({ pageId: busy.pageId, ts: busy.firstTime, lastTs: busy.lastTime }),
  );
});

describe('Estuary', () => {
  const span = (from: number, to: number) => ({ period: 'hourRange', first: `${from}`, last: `${to}` });

  test('reads events hour by hour in the order of their last time, with a tie-break on the id', async () => {
    const [from, to] = [NOON - 5 * 86_400_000, NOON - 8 * 3_600_000];
    const source = { source: { pageEvents: { appId: everyApp }, timeSeries: span(from, to) } };
    const order = { sort: ['lastTime', 'pageId'] };
    const rows = await ask([
      source,
      { filter: `lastTime >= ${from} && hour < ${NOON} && lastTime <= ${to}` },
      order,
      { limit: 100_000 },
    ]);
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.map((row) => row.lastTime)).toEqual(rows.map((row) => row.lastTime).sort((a, b) => a - b));
    const { lastTime, pageId } = rows[10]!;
    const tied = await ask([
      source,
      { filter: `lastTime == ${lastTime} && pageId >= "${pageId}" && hour < ${NOON}` },
      order,
      { limit: 100 },
    ]);
    expect(tied).toContainEqual(rows[10]);
  });

  test('reads guide and poll events by the time at which they were taken in', async () => {
    const from = NOON - 900 * 86_400_000;
    for (const [source, id] of [
      ['guideEvents', 'guideId'],
      ['pollEvents', 'pollId'],
    ] as const) {
      const timeSeries = span(from, NOON);
      const rows = await ask([
        { source: { [source]: { appId: everyApp }, timeSeries } },
        { filter: `guideTimestamp >= ${from} && guideTimestamp <= ${NOON}` },
        { sort: ['guideTimestamp', id] },
        { limit: 50 },
      ]);
      expect(rows).toHaveLength(50);
      for (const row of rows)
        expect([typeof row.remoteIp, typeof row.appId, row.guideTimestamp >= from]).toEqual(['string', 'number', true]);
    }
  });

  test('puts a time series among the parameters of visitors, accounts and track types', async () => {
    for (const [source, updated, id] of [
      ['visitors', 'metadata.auto.lastupdated', 'visitorId'],
      ['accounts', 'metadata.auto.lastupdated', 'accountId'],
      ['trackTypes', 'lastUpdatedAt', 'id'],
    ] as const) {
      const rows = await ask([
        { source: { [source]: { appId: everyApp, timeSeries: span(NOON - 86_400_000, NOON) } } },
        { filter: `${updated} >= 1 && ${updated} <= ${NOON}` },
        { sort: [updated, id] },
        { limit: 1000 },
      ]);
      expect(rows.length).toBeGreaterThan(20);
    }
  });
});

test.each(['page', 'feature', 'guide', 'tracktype', 'report', 'segment'])(
  'Airbyte lists GET %s as a bare array',
  async (path) => {
    const answer = await world.call('GET', `${path}?expand=*`);
    expect([answer.status, Array.isArray(answer.json)]).toEqual([200, true]);
  },
);

test('PostHog pages with skip and limit', async () => {
  const found: string[] = [];
  for (let skip = 0; ; skip += 50) {
    const page = await ask([{ source: { visitors: null } }, { sort: ['visitorId'] }, { skip }, { limit: 50 }]);
    found.push(...page.map((row) => row.visitorId));
    if (page.length < 50) break;
  }
  expect(found).toEqual((await world.records('visitors')).map(({ id }) => id));
});

test('Pendo’s own report of usage groups in two branches, joins and evaluates', async () => {
  const branch = (first: string, field: string) => [
    {
      source: {
        events: { appId: everyApp, blacklist: 'apply' },
        timeSeries: { period: 'dayRange', first, count: -90 },
      },
    },
    { identified: 'visitorId' },
    { filter: 'accountId != ""' },
    { group: { group: ['accountId'], fields: [{ [field]: { sum: 'numMinutes' } }] } },
  ];
  const rows = await ask([
    { spawn: [branch('now()', 'totalTime'), branch('dateAdd(now(), -90, "days")', 'prevTotalTime')] },
    { join: { fields: ['accountId'], width: 2 } },
    {
      eval: {
        trend:
          'if(isNull(prevTotalTime) || prevTotalTime == 0, null, (totalTime - prevTotalTime) / prevTotalTime * 100)',
      },
    },
    { bulkExpand: { account: { account: 'accountId' } } },
    {
      select: {
        accountId: 'accountId',
        name: 'account.agent.name',
        time: 'if(isNull(totalTime), 0, totalTime)',
        trend: 'trend',
      },
    },
    { sort: ['-time', 'accountId'] },
  ]);
  expect(rows.length).toBeGreaterThan(10);
  expect(rows.some((row) => typeof row.trend === 'number')).toBe(true);
  expect(rows.map((row) => row.time)).toEqual(rows.map((row) => row.time).sort((a, b) => b - a));
});
