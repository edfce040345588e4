import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawEvent } from '../../../sandbox/contract.ts';
import { random } from '../../../sandbox/world/random.ts';
import { eventsOf, everyApp, type PendoWorld, startPendoWorld } from './world.ts';

const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 1e9));
const T0 = Date.UTC(2026, 5, 15, 4);
const window = { period: 'dayRange', first: 'dateAdd(startOfPeriod("daily", now()), -360, "days")', count: 360 };
const orders = {
  utf8: (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b)),
  utf16: (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0),
};

let world: PendoWorld;
let events: RawEvent[];
let ids: string[];
let accountIds: string[];

beforeAll(async () => {
  world = await startPendoWorld({ visitors: 500, accounts: 50, companies: 50, seed });
  await world.edit(
    'visitors',
    { id: 'ｆｕｌｌ@x.example' },
    { id: '😀@x.example' },
    { id: 'MADE@x.example' },
    { id: 'made@x.example' },
  );
  const all = await world.events();
  await world.admin('POST', 'worlds/w/events', [
    { ...all[0], visitorId: '😀@x.example', accountId: 'unknown account', pageId: 'by hand', day: T0 - 5 * 86_400_000 },
    { ...all[0], visitorId: 'ｆｕｌｌ@x.example', accountId: '', pageId: 'by hand', day: T0 - 5 * 86_400_000 },
  ]);
  events = (await world.events()).filter(
    (row) => row.day < T0 && !row.blacklisted && !row.visitorId.startsWith('_PENDO_T_'),
  );
  ids = (await world.records('visitors')).map(({ id }) => id);
  accountIds = (await world.records('accounts')).map(({ id }) => id);
});
afterAll(() => world[Symbol.asyncDispose]());

/** What the pipeline below must say, by plain arithmetic over the raw rows. */
function expected(rows: RawEvent[], key: (row: RawEvent) => object) {
  const start = rows.length === 0 ? 0 : T0 - 360 * 86_400_000 - 3_600_000;
  const groups = Map.groupBy(
    rows.filter((row) => row.day >= start),
    (row) => JSON.stringify(key(row)),
  );
  return [...groups].map(([text, group]) => ({
    ...JSON.parse(text),
    days: new Set(group.map((row) => row.day)).size,
    minutes: group.reduce((sum, row) => sum + (row.numMinutes ?? 0), 0),
  }));
}
const fields = { days: { count: 'day' }, minutes: { sum: 'numMinutes' } };
const byText = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
const quoted = (id: string) => JSON.stringify(id);

describe(`figures by id range are those of the raw rows (TEST_SEED=${seed})`, () => {
  test.each(['utf8', 'utf16'] as const)('per visitor, ids in %s order', async (order) => {
    await world.switches({ pendoStringOrder: order });
    const { pick } = random(seed, 'ranges', order);
    for (let i = 0; i < 12; i++) {
      const [low, high] = [pick([...ids, '', 'm', '\uffff']), pick([...ids, 'z', '😀'])];
      const compare = orders[order];
      const rows = await world.rows(
        eventsOf(window, { blacklist: 'apply' }),
        { identified: 'visitorId' },
        { filter: `visitorId > ${quoted(low)} && visitorId <= ${quoted(high)}` },
        { group: { group: ['visitorId'], fields } },
      );
      const wanted = events.filter(({ visitorId }) => compare(visitorId, low) > 0 && compare(visitorId, high) <= 0);
      expect(rows.sort(byText)).toEqual(expected(wanted, ({ visitorId }) => ({ visitorId })).sort(byText));
    }
    await world.switches({ pendoStringOrder: 'utf8' });
  });

  test('per account and visitor', async () => {
    const { pick } = random(seed, 'account ranges');
    for (let i = 0; i < 12; i++) {
      const [low, high] = [pick([...accountIds, '', '!']), pick([...accountIds, 'z', 'unknown account'])];
      const rows = await world.rows(
        eventsOf(window),
        { identified: 'visitorId' },
        { filter: `accountId > ${quoted(low)} && accountId <= ${quoted(high)}` },
        { group: { group: ['accountId', 'visitorId'], fields } },
      );
      const wanted = events.filter(
        ({ accountId }) => orders.utf8(accountId, low) > 0 && orders.utf8(accountId, high) <= 0,
      );
      expect(rows.sort(byText)).toEqual(
        expected(wanted, ({ accountId, visitorId }) => ({ accountId, visitorId })).sort(byText),
      );
    }
  });

  test('for chosen ids, and without an account', async () => {
    const { pick } = random(seed, 'chosen');
    const chosen = [pick(ids), pick(ids), events[0]!.visitorId, '😀@x.example', 'nobody'];
    const some = await world.rows(
      eventsOf(window),
      { filter: chosen.map((id) => `visitorId == ${quoted(id)}`).join(' || ') },
      { identified: 'visitorId' },
      { group: { group: ['visitorId'], fields } },
    );
    expect(some.sort(byText)).toEqual(
      expected(
        events.filter((row) => chosen.includes(row.visitorId)),
        ({ visitorId }) => ({ visitorId }),
      ).sort(byText),
    );
    const none = await world.rows(
      eventsOf(window),
      { identified: 'visitorId' },
      { filter: 'accountId == ""' },
      { group: { group: ['accountId'], fields } },
    );
    expect(none).toEqual(
      expected(
        events.filter((row) => row.accountId === ''),
        ({ accountId }) => ({ accountId }),
      ),
    );
  });

  test('the same with the filter behind the group', async () => {
    const group = { group: { group: ['visitorId'], fields } };
    const filter = { filter: 'visitorId > "c" && visitorId < "n"' };
    const sort = { sort: ['visitorId'] };
    const before = await world.rows(eventsOf(window), { identified: 'visitorId' }, filter, group, sort);
    const behind = await world.rows(eventsOf(window), { identified: 'visitorId' }, group, sort, filter);
    expect(before.length).toBeGreaterThan(10);
    expect(behind).toEqual(before);
  });

  test('slices of the window add up to the whole', async () => {
    const minutes = async (first: number, count: number) =>
      (await world.rows(eventsOf({ period: 'dayRange', first, count }), { reduce: { m: { sum: 'numMinutes' } } }))[0]!
        .m;
    const start = Date.UTC(2025, 5, 20, 4);
    const whole = await minutes(start, 360);
    let sum = 0;
    for (let slice = 0; slice < 12; slice++) {
      const [row] = await world.rows(
        { source: { const: [{}] } },
        { select: { at: `dateAdd(${start}, ${slice * 30}, "days")` } },
      );
      sum += await minutes(row!.at, 30);
    }
    expect(sum).toBe(whole);
  });
});

describe('paging by id meets every record once, whatever the order of strings', () => {
  test.each(['utf8', 'utf16', 'caseless'] as const)('%s', async (order) => {
    await world.switches({ pendoStringOrder: order });
    for (const [source, id] of [
      ['visitors', 'visitorId'],
      ['accounts', 'accountId'],
    ] as const) {
      const seen: string[] = [];
      for (let last = ''; ; last = seen.at(-1)!) {
        const page = await world.rows(
          { source: { [source]: null } },
          { sort: [id] },
          { filter: `${id} > ${quoted(last)}` },
          { limit: 37 },
          { select: { id } },
        );
        seen.push(...page.map((row) => row.id));
        if (page.length < 37) break;
      }
      expect([...seen].sort()).toEqual([...(source === 'visitors' ? ids : accountIds)].sort());
      if (order !== 'caseless') expect(seen).toEqual([...seen].sort(orders[order]));
      else
        expect(seen.map((one) => one.toLowerCase())).toEqual(seen.map((one) => one.toLowerCase()).sort(orders.utf16));
    }
    await world.switches({ pendoStringOrder: 'utf8' });
  });
});

test('answers of polls by range are those of the raw rows', async () => {
  const raw = (await world.pollEvents()).filter(
    (row) => row.browserTime < T0 && row.visitorId > 'f' && row.visitorId <= 'q' && row.accountId > 'b',
  );
  const rows = await world.rows(
    { source: { pollEvents: { appId: everyApp }, timeSeries: { period: 'dayRange', first: 'now()', count: -2600 } } },
    { filter: 'visitorId > "f" && visitorId <= "q" && accountId > "b"' },
    { count: null },
  );
  expect(raw.length).toBeGreaterThan(0);
  expect(rows).toEqual([{ count: raw.length }]);
});
