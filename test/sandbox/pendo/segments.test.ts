import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RawPendoRecord, RawSegment } from '../../../sandbox/contract.ts';
import { eventsOf, type PendoWorld, startPendoWorld } from './world.ts';

let world: PendoWorld;
let segments: RawSegment[];

beforeAll(async () => {
  world = await startPendoWorld({ visitors: 200, accounts: 20, companies: 20 });
  ({ segments } = await world.subscription());
});
afterAll(() => world[Symbol.asyncDispose]());

const members = async (source: 'visitors' | 'accounts', id: string) => {
  const field = source === 'visitors' ? 'visitorId' : 'accountId';
  const rows = await world.rows(
    { source: { [source]: null } },
    { segment: { id } },
    { sort: [field] },
    { select: { id: field } },
  );
  return rows.map((row) => row.id as string).sort();
};

test('are listed with their names', async () => {
  const listed = (await world.call('GET', 'segment')).json;
  expect(listed).toEqual(segments.map(({ id, name, shared = false }) => expect.objectContaining({ id, name, shared })));
  expect(segments.length).toBeGreaterThan(2);
});

test('hold whom their rule names, by metadata or by id, of the kind that is read', async () => {
  const byRule = (records: RawPendoRecord[], rule: RawSegment['visitors']) =>
    records
      .filter(
        ({ id, metadata }) =>
          rule && ('ids' in rule ? rule.ids.includes(id) : metadata[rule.group]?.[rule.field] === rule.equals),
      )
      .map(({ id }) => id)
      .sort();
  for (const source of ['visitors', 'accounts'] as const) {
    const records = await world.records(source);
    for (const segment of segments) {
      const found = await members(source, segment.id);
      expect(found).toEqual(byRule(records, segment[source]));
      if (segment[source])
        expect([segment.name, source, found.length > 0 && found.length < records.length]).toEqual([
          segment.name,
          source,
          true,
        ]);
    }
  }
});

test('filter before and behind ranges of ids, with the same rows', async () => {
  const { id } = segments.find(({ name }) => name === 'Admins')!;
  const range = { filter: 'visitorId > "c" && visitorId <= "m"' };
  const source = { source: { visitors: null } };
  const before = await world.rows(source, { segment: { id } }, range, { sort: ['visitorId'] });
  const behind = await world.rows(source, range, { sort: ['visitorId'] }, { segment: { id } });
  expect(before.length).toBeGreaterThan(1);
  expect(behind).toEqual(before);
  const events = await world.rows(
    eventsOf({ period: 'dayRange', first: 'now()', count: -90 }),
    { segment: { id } },
    { group: { group: ['visitorId'] } },
  );
  const all = await members('visitors', id);
  expect(events.length).toBeGreaterThan(0);
  for (const { visitorId } of events) expect(all).toContain(visitorId);
});

test('that are unknown or deleted are refused with Pendo’s own text', async () => {
  const ask = (id: unknown) => world.ask({ source: { visitors: null } }, { segment: { id } });
  expect(await ask('nothing')).toMatchObject({ status: 400, text: 'segment id not found\n' });
  const [first, ...others] = segments;
  expect((await ask(first!.id)).status).toBe(200);
  await world.admin('PATCH', 'worlds/w/subscription', { segments: others });
  expect(await ask(first!.id)).toMatchObject({ status: 400, text: 'segment id not found\n' });
  expect((await world.call('GET', 'segment')).json).toHaveLength(others.length);
  await world.admin('PATCH', 'worlds/w/subscription', { segments });
});

test('follow what is written', async () => {
  const { id, visitors } = segments.find(({ name }) => name === 'Admins')!;
  const stranger = (await world.records('visitors')).find((record) => record.metadata.agent?.role === 'viewer')!.id;
  expect(visitors).toMatchObject({ equals: 'admin' });
  expect(await members('visitors', id)).not.toContain(stranger);
  await world.call('POST', 'metadata/visitor/agent/value', [{ visitorId: stranger, values: { role: 'admin' } }]);
  expect(await members('visitors', id)).toContain(stranger);
});

test('of accounts are refused where the switch says so', async () => {
  const { id } = segments.find(({ accounts }) => accounts)!;
  await world.switches({ pendoSegmentAccounts: 'refused' });
  const ask = (source: string) => world.ask({ source: { [source]: null } }, { segment: { id } });
  expect((await ask('accounts')).status).toBe(400);
  expect((await ask('visitors')).status).toBe(200);
  expect((await world.ask({ source: { accounts: null } }, { limit: 1 })).status).toBe(200);
  await world.switches({ pendoSegmentAccounts: 'works' });
});

test('the aggregator list holds values once or as often as there are rows', async () => {
  const rows = { source: { const: ['a', 'b', 'a', null, 'a'].map((x) => ({ x })) } };
  const ask = async (how: object) => (await world.rows(rows, { reduce: { v: how } }))[0]!.v;
  const some = { listIf: { list: 'x', if: 'x == "a"' } };
  expect([await ask({ list: 'x' }), await ask(some)]).toEqual([
    ['a', 'b', 'a', 'a'],
    ['a', 'a', 'a'],
  ]);
  await world.switches({ pendoList: 'distinct' });
  expect([await ask({ list: 'x' }), await ask(some)]).toEqual([['a', 'b'], ['a']]);
  await world.switches({ pendoList: 'all' });
});
