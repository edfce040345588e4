/** Subscriptions side by side, and who in them is not to be processed. */
import { describe, expect, test } from 'vitest';
import type { RawPendoRecord, World } from '../../../sandbox/contract.ts';
import { eventsOf, type PendoWorld, type Row, startPendoWorld } from './world.ts';

const keyOf = async (world: PendoWorld, name: string, seed: number) =>
  ((await world.admin('POST', 'worlds', { ...counts, world: name, seed })).json as World).pendoKey;
const counts = { contacts: 0, companies: 40, visitors: 400, accounts: 40 };

describe('a key of another subscription with the same people', () => {
  test('is good, finds the same people, and none of the same apps, guides, pages, features or track types', async () => {
    await using world = await startPendoWorld();
    const other = await keyOf(world, 'staging', 11);
    const read = async (key: string) => {
      const rows = async (source: string) =>
        (
          await world.call(
            'POST',
            'aggregation',
            {
              response: { mimeType: 'application/json' },
              request: { pipeline: [{ source: { [source]: null } }, { limit: 50 }] },
            },
            key,
          )
        ).json.results as Row[];
      const ids = (found: Row[]) => found.map(({ id }) => id as string);
      return {
        people: (await rows('visitors')).map(({ visitorId }) => visitorId),
        made: [
          ...ids((await world.call('GET', 'guide?expand=*', undefined, key)).json),
          ...ids((await world.call('GET', 'page', undefined, key)).json),
          ...ids((await world.call('GET', 'feature', undefined, key)).json),
          ...ids((await world.call('GET', 'tracktype', undefined, key)).json),
          // The default app has one id in every subscription: Pendo's own constant.
          ...ids((await rows('apps')).filter(({ isDefault }) => !isDefault)),
        ],
      };
    };
    const [own, theirs] = [await read(world.world.pendoKey), await read(other)];
    expect(theirs.people).toEqual(own.people);
    expect(own.made.length).toBeGreaterThan(100);
    expect(theirs.made.filter((id) => own.made.includes(id))).toEqual([]);
  });

  test.each(['json', 'empty'] as const)('token/verify is 200 and does not say whose key it is (%s)', async (body) => {
    await using world = await startPendoWorld();
    await world.switches({ pendoVerifyBody: body });
    const { status, text } = await world.call('GET', 'token/verify');
    expect([status, text]).toEqual([200, body === 'json' ? '{"status":"ok"}' : '']);
  });
});

describe('do-not-process', () => {
  const marked = (records: RawPendoRecord[]) =>
    records.filter(({ metadata }) => metadata.pendo?.donotprocess === true).map(({ id }) => id);

  test('accounts are a share of a world, without what Pendo gathers itself, and have a source of their own', async () => {
    await using world = await startPendoWorld({ doNotProcessAccounts: 0.2 });
    const accounts = await world.records('accounts');
    const flagged = marked(accounts);
    expect(flagged.length).toBeGreaterThan(2);
    expect(flagged.length).toBeLessThan(accounts.length / 2);
    for (const { id, metadata } of accounts)
      expect([id, Object.keys(metadata).some((group) => group.startsWith('auto'))]).toEqual([
        id,
        !flagged.includes(id),
      ]);
    expect((await world.rows({ source: { doNotProcessAccounts: null } })).map(({ accountId }) => accountId)).toEqual(
      flagged,
    );
    const shown = await world.rows({ source: { accounts: null } });
    expect(shown.filter(({ metadata }) => metadata.pendo?.donotprocess === true)).toHaveLength(flagged.length);
  });

  test('no account is marked unless a world asks for it, and one is by the API', async () => {
    await using world = await startPendoWorld();
    const accounts = await world.records('accounts');
    expect(marked(accounts)).toEqual([]);
    const { id } = accounts[0]!;
    const path = `metadata/account/pendo/value/${encodeURIComponent(id)}/donotprocess`;
    expect((await world.call('PUT', path, true)).status).toBe(200);
    expect(marked(await world.records('accounts'))).toEqual([id]);
    await world.switches({ pendoDoNotProcessWrite: 'rowError' });
    const written = await world.call('POST', 'metadata/account/agent/value', [
      { accountId: id, values: { plan: 'x' } },
    ]);
    expect(written.json).toMatchObject({ updated: 0, failed: 1 });
  });

  test('visitors have a source too, and whoever was deleted in bulk stays in it', async () => {
    await using world = await startPendoWorld();
    const visitors = await world.records('visitors');
    const source = async () =>
      (await world.rows({ source: { doNotProcessVisitors: null } })).map(({ visitorId }) => visitorId as string);
    expect(await source()).toEqual(marked(visitors));
    const { id } = visitors.find(({ metadata }) => metadata.pendo?.donotprocess !== true)!;
    await world.call('POST', 'bulkdelete/visitor', { visitors: [id] });
    expect((await source()).sort()).toEqual([...marked(visitors), id].sort());
  });
});

describe('what no source has seen in a real subscription', () => {
  const look = async (world: PendoWorld) => {
    const visitors = (await world.records('visitors')).filter(({ metadata }) => !metadata.pendo?.donotprocess);
    const rows = await world.rows(eventsOf({ period: 'dayRange', first: 'now()', count: -30 }));
    return {
      withoutAuto: visitors.some(({ metadata }) => metadata.auto === undefined),
      withoutUpdate: visitors.some(({ metadata }) => typeof metadata.auto?.lastupdated !== 'number'),
      oddAccounts: visitors.some(
        ({ metadata }) => metadata.auto?.accountids !== undefined && !Array.isArray(metadata.auto.accountids),
      ),
      withoutMinutes: rows.some(({ numMinutes }) => !numMinutes),
    };
  };

  test('is in an odd world only when it is asked for', async () => {
    await using sourced = await startPendoWorld({ visitors: 1_500 });
    expect(await look(sourced)).toEqual({
      withoutAuto: false,
      withoutUpdate: false,
      oddAccounts: false,
      withoutMinutes: false,
    });
    await using beyond = await startPendoWorld({ visitors: 1_500, beyondSources: true });
    expect(await look(beyond)).toEqual({
      withoutAuto: true,
      withoutUpdate: true,
      oddAccounts: true,
      withoutMinutes: true,
    });
  });
});

test('in Apia the day that the zone skipped has no rows, no period, and does not count twice', async () => {
  const now = Date.parse('2012-01-03T12:00+14:00');
  await using world = await startPendoWorld({ zone: 'Pacific/Apia', activityDays: 10, visitors: 600 }, now);
  const rows = await world.events();
  const before = Date.parse('2011-12-29T00:00-10:00');
  const after = Date.parse('2011-12-31T00:00+14:00');
  expect(after - before).toBe(86_400_000);
  const perVisitor = Map.groupBy(
    rows.filter(({ day }) => day === after),
    ({ visitorId, accountId, appId, pageId, server, remoteIp, userAgent }) =>
      JSON.stringify([visitorId, accountId, appId, pageId, server, remoteIp, userAgent]),
  );
  expect([...perVisitor.values()].every((same) => same.length === 1)).toBe(true);
  for (const day of rows.map((row) => row.day)) expect(Math.abs(day - before) % 86_400_000).toBe(0);
  const daily = await world.rows(eventsOf({ period: 'daily', first: before, last: after }), {
    group: { group: ['visitorId'], fields: [{ rows: { count: null } }] },
  });
  expect(daily.map(({ startTime }) => startTime)).toEqual([before, after]);
});
