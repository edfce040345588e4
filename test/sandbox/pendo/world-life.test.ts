import { expect, test } from 'vitest';
import { createPendoHalf } from '../../../sandbox/pendo/index.ts';
import { defaultSwitches } from '../../../sandbox/server/switches.ts';
import { createClock } from '../../../sandbox/world/clock.ts';
import { createPeoplePlan } from '../../../sandbox/world/people.ts';
import { eventsOf, NOON, startPendoWorld } from './world.ts';

const day = 86_400_000;

test('the same request makes the same world, another seed another', async () => {
  const look = async (seed: number) => {
    await using world = await startPendoWorld({ visitors: 150, accounts: 15, seed });
    return JSON.stringify([
      await world.records('visitors'),
      await world.records('accounts'),
      await world.events(),
      await world.pollEvents(),
      await world.subscription(),
    ]);
  };
  const [one, again, other] = [await look(5), await look(5), await look(6)];
  expect(again).toBe(one);
  expect(other).not.toBe(one);
});

test('a tame world has none of the oddities', async () => {
  await using world = await startPendoWorld({ visitors: 600, accounts: 60, companies: 60, tame: true });
  const visitors = await world.records('visitors');
  const known = new Set(visitors.map(({ id }) => id));
  expect(known.size).toBe(600);
  for (const { metadata } of visitors) {
    expect(metadata.pendo?.donotprocess).toBeUndefined();
    expect(Array.isArray(metadata.auto!.accountids)).toBe(true);
  }
  for (const row of await world.events()) {
    expect([known.has(row.visitorId), row.blacklisted, (row.numMinutes ?? 0) > 0, row.accountId === '']).toEqual([
      true,
      undefined,
      true,
      false,
    ]);
  }
  for (const row of await world.pollEvents()) expect([row.excluded, row.pollResponse]).not.toContain(null);
});

test('a day that passes leaves the past alone, brings its own activity, and moves visits on', async () => {
  await using world = await startPendoWorld({ visitors: 400, accounts: 40 });
  const today = Date.UTC(2026, 5, 15, 4);
  const before = await world.events();
  const visits = new Map(
    (await world.records('visitors')).map(({ id, metadata }) => [id, metadata.auto?.lastvisit as number | undefined]),
  );
  const report = await world.nextDay({ seed: 1, share: 0.2 });
  expect(report.now).toBe(NOON + day);
  expect(report.changed.visitors).toBeGreaterThan(40);
  expect(report.changed.accounts).toBeGreaterThan(0);
  const after = await world.events();
  const past = (rows: typeof after) =>
    rows
      .filter((row) => row.day < today && row.pageId !== 'page-late')
      .map((row) => JSON.stringify(row))
      .sort();
  expect(past(after)).toEqual(past(before));
  const late = after.filter((row) => row.pageId === 'page-late');
  expect(late.length).toBeGreaterThan(0);
  for (const row of late) expect(today - row.day).toBeLessThanOrEqual(7 * day);
  const [yesterday] = await world.rows(eventsOf({ period: 'dayRange', first: 'now()', count: -1 }), {
    reduce: { rows: { count: null }, day: { min: 'day' } },
  });
  expect(yesterday).toEqual({ rows: after.filter((row) => row.day === today && !row.blacklisted).length, day: today });
  expect(yesterday!.rows).toBeGreaterThan(before.filter((row) => row.day === today).length);

  const events = Map.groupBy(after, (row) => row.visitorId);
  const moved = (await world.records('visitors')).filter(
    ({ id, metadata }) => visits.has(id) && metadata.auto && metadata.auto.lastvisit !== visits.get(id),
  );
  expect(moved.length).toBeGreaterThan(0);
  for (const { id, metadata } of moved)
    expect(Math.max(...events.get(id)!.map((row) => row.lastTime))).toBe(metadata.auto!.lastvisit);
});

test('people come and go with the days, and those who come have no past', async () => {
  await using world = await startPendoWorld({ visitors: 500, accounts: 50, companies: 50 });
  const before = new Set((await world.records('visitors')).map(({ id }) => id));
  for (const seed of [1, 2]) await world.nextDay({ seed, share: 0.3 });
  const after = new Set((await world.records('visitors')).map(({ id }) => id));
  const gone = new Set([...before].filter((id) => !after.has(id)));
  const fresh = new Set([...after].filter((id) => !before.has(id)));
  expect(gone.size).toBeGreaterThan(5);
  // 25 a day, but for those of the first who went on the second.
  expect(fresh.size).toBeGreaterThan(40);
  expect(fresh.size).toBeLessThanOrEqual(50);
  const rows = await world.events();
  for (const row of rows)
    if (fresh.has(row.visitorId)) expect(row.day).toBeGreaterThanOrEqual(Date.UTC(2026, 5, 15, 4));
  expect(rows.some((row) => gone.has(row.visitorId))).toBe(true);
});

test('only the clock moves when nothing is to change', async () => {
  await using world = await startPendoWorld({ visitors: 100, accounts: 10 });
  const look = async () =>
    JSON.stringify([
      await world.records('visitors'),
      await world.records('accounts'),
      await world.events(),
      await world.pollEvents(),
    ]);
  const before = await look();
  expect((await world.nextDay({ seed: 1, share: 0 })).changed).toMatchObject({ visitors: 0, accounts: 0 });
  expect(await look()).toBe(before);
});

test('what the admin sets is what is true', async () => {
  await using world = await startPendoWorld({ visitors: 50, accounts: 5 });
  const { id } = (await world.records('visitors')).find(({ metadata }) => metadata.auto)!;
  await world.edit('visitors', {
    id,
    metadata: { auto: { lastvisit: 123, accountids: null }, agent: null, custom: { region: 'EMEA' } },
  });
  const edited = (await world.records('visitors')).find((record) => record.id === id)!;
  expect(edited.metadata.auto!.lastvisit).toBe(123);
  expect(edited.metadata.auto).not.toHaveProperty('accountids');
  expect([edited.metadata.agent, edited.metadata.custom!.region]).toEqual([undefined, 'EMEA']);
  expect(
    (await world.rows({ source: { visitors: null } }, { filter: `visitorId == ${JSON.stringify(id)}` }))[0]!.metadata,
  ).toEqual(edited.metadata);
  await world.edit('visitors', { id, deleted: true });
  expect((await world.records('visitors')).some((record) => record.id === id)).toBe(false);
  await world.edit('visitors', { id, metadata: { agent: { role: 'back' } } });
  expect((await world.records('visitors')).find((record) => record.id === id)!.metadata).toEqual({
    agent: { role: 'back' },
  });

  await world.admin('PATCH', 'worlds/w/subscription', { zone: 'Asia/Tokyo' });
  const [row] = await world.rows({ source: { const: [{}] } }, { select: { d: 'startOfPeriod("daily", now())' } });
  expect(row).toEqual({ d: Date.UTC(2026, 5, 15, 15) });
  for (const event of (await world.events()).slice(0, 50)) expect(event.day % day).toBe(15 * 3_600_000);
});

/** A half with limits of its own; what it answers is asked for without HTTP. */
function smallHalf(limits: object) {
  const request = { world: 'w', seed: 3, contacts: 0, companies: 0, visitors: 300, accounts: 30 };
  const half = createPendoHalf({
    request,
    people: createPeoplePlan(request),
    clock: createClock({ now: NOON, running: false }),
    switches: defaultSwitches,
    limits,
  });
  const call = async (path: string, body: unknown) => {
    const headers = { 'x-pendo-integration-key': half.keys.write };
    return half.handle({
      method: 'POST',
      path: `/api/v1/${path}`,
      query: new URLSearchParams(),
      headers,
      body: JSON.stringify(body),
    });
  };
  return {
    half,
    call,
    ask: async (...pipeline: unknown[]) => (await call('aggregation', { request: { pipeline } })).status,
  };
}

test('a call that asks for more than Pendo does in five minutes is a 408: an id filter helps before the group only', async () => {
  const { ask } = smallHalf({ visitorDays: 20_000 });
  const year = eventsOf({ period: 'dayRange', first: 'now()', count: -360 });
  const filter = { filter: 'visitorId > "c" && visitorId <= "d"' };
  const group = { group: { group: ['visitorId'], fields: { days: { count: 'day' } } } };
  expect(await ask(year, { identified: 'visitorId' }, filter, group)).toBe(200);
  expect(await ask(year, { identified: 'visitorId' }, { sort: ['visitorId'] }, filter, group)).toBe(200);
  expect(await ask(year, { identified: 'visitorId' }, group, filter)).toBe(408);
  expect(await ask(year, { limit: 10 }, filter, group)).toBe(408);
  expect(await ask(eventsOf({ period: 'dayRange', first: 'now()', count: -30 }), group, filter)).toBe(200);
  expect(
    await ask(
      { spawn: Array.from({ length: 3 }, () => [eventsOf({ period: 'dayRange', first: 'now()', count: -30 })]) },
      group,
    ),
  ).toBe(408);
});

test('a call that holds more rows than Pendo has memory for is a 408', async () => {
  const { ask } = smallHalf({ heldRows: 200 });
  expect(await ask({ source: { visitors: null } }, { sort: ['visitorId'] }, { limit: 100 })).toBe(200);
  expect(await ask({ source: { visitors: null } }, { sort: ['-metadata.auto.lastvisit'] }, { limit: 100 })).toBe(408);
});

test('a write that runs out of time is a 408 and is partly done', async () => {
  const { call, half } = smallHalf({ writeRows: 2 });
  const ids = [...half.records('visitor')].map(({ id }) => id).slice(0, 3);
  const response = await call(
    'metadata/visitor/custom/value',
    ids.map((visitorId) => ({ visitorId, values: { region: 'NEW' } })),
  );
  expect(response.status).toBe(408);
  expect(
    [...half.records('visitor')].filter(({ metadata }) => metadata.custom?.region === 'NEW').map(({ id }) => id),
  ).toEqual(ids.slice(0, 2));
});
