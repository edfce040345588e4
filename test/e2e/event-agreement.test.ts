/**
 * Events over simulated days, in worlds of every oddity: after each run HubSpot has taken exactly what the oracle, which shares no
 * code with the engine, computes from Pendo's raw rows and a ledger of its own. Nothing lost, doubled or wrong.
 */
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import type { OracleSetup, Truth } from '../../oracle/index.ts';
import { chosenProperties, eraseLedger } from '../../oracle/occurrences/index.ts';
import type { RawEvent } from '../../sandbox/contract.ts';
import { type SyncObject, syncObjects } from '../../src/sync/config.ts';
import { usageKinds } from '../../src/sync/push-mapping.ts';
import { type EventRounds, eventRounds } from './event-rounds.ts';
import { back, type Delivery, type Entry, firstDay, hour, startOf } from './event-use.ts';
import { openStack } from './open-stack.ts';
import { type TestedTenant, testedTenant } from './tested-tenant.ts';

const june = Date.UTC(2026, 5, 15, 16);
const listOf = { page: 'pages', feature: 'features', trackType: 'trackTypes' } as const;
const idOf = { page: 'pageId', feature: 'featureId', trackType: 'trackTypeId' } as const;
const nothing = { pull: [], push: [] };
/** What the sandbox's apps send, a name that every object of JavaScript knows, and names that differ by their case alone. */
const properties: Entry['properties'] = [
  { name: 'plan' },
  { name: 'PLAN' },
  { name: 'seats', property: 'pendo_seats' },
  { name: 'trial' },
  { name: 'format' },
  { name: 'constructor' },
  { name: '_' },
];

let stack: Stack;
beforeAll(async () => {
  stack = await openStack({ now: june });
});
afterAll(() => stack?.stop());

interface Opened {
  tenant: TestedTenant;
  rounds: EventRounds;
  entries: Entry[];
}

async function opened(
  delivery: Delivery,
  { seed = 7, most = 9, beyondSources = true, oneApp = false } = {},
): Promise<Opened> {
  await stack.setClock(june);
  const tenant = await testedTenant(stack, {
    world: { seed, contacts: 80, visitors: 90, companies: 40, accounts: 40, activityDays: 120, beyondSources },
    config: { visitor: nothing, account: nothing },
  });
  const truth = await tenant.seen();
  const entries = entriesOf(truth, most);
  const apps = oneApp ? [truth.subscription.apps[0]!.id] : null;
  for (const object of syncObjects)
    await tenant.configure(object, { ...nothing, apps, events: entries, eventDelivery: delivery });
  for (const object of syncObjects) expectNames(tenant.configs[object].events!, entries);
  return { tenant, rounds: eventRounds(tenant), entries };
}

/** Chosen properties are saved under the names that the oracle gives them. */
function expectNames(saved: readonly Entry[], asked: readonly Entry[]): void {
  expect(saved.map((entry) => entry.properties ?? [])).toEqual(asked.map(chosenProperties));
}

/** Of each kind the items that are used most, and one that nobody uses. */
function entriesOf({ subscription, events }: Truth, most: number): Entry[] {
  return usageKinds.flatMap((source) => {
    const uses = new Map<string, number>();
    for (const event of events) {
      const id = event[idOf[source]];
      if (id) uses.set(id, (uses.get(id) ?? 0) + 1);
    }
    const listed = subscription[listOf[source]].filter(({ deleted }) => !deleted);
    const sorted = listed.toSorted((a, b) => (uses.get(b.id) ?? 0) - (uses.get(a.id) ?? 0));
    return [...sorted.slice(0, most / 3 - 1), sorted.at(-1)!].map(({ id }) => ({
      ...{ source, id },
      ...(source === 'trackType' ? { properties } : {}),
    }));
  });
}

const lateText = fc.oneof(
  fc.constantFrom('pro', 'free', 'a;b', '', ' pro', '\uffee', '5', 'true', 'null'),
  fc.string({ unit: 'binary', maxLength: 9 }),
  fc.string({ unit: 'grapheme', minLength: 120, maxLength: 300 }),
);
const lateScalar = fc.oneof(lateText, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat(9), fc.boolean());
const lateValue = fc.oneof(
  { weight: 8, arbitrary: lateScalar },
  fc.constantFrom(null, [], {}, { a: 1 }, ['x', ['y']], 'a\0b', '\ud83d'),
  fc.array(fc.oneof(lateScalar, fc.constant(null)), { maxLength: 4 }),
);

/** Rows that come late, of every kind that may or may not count, up to a fortnight back. */
async function lateRows(tenant: TestedTenant, entries: readonly Entry[], today: string, seed: number): Promise<void> {
  const { visitors, accounts, subscription } = await tenant.seen();
  const row = fc
    .record({
      visitor: fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom(...visitors.map(({ id }) => id)) },
        fc.constant('_PENDO_T_late'),
      ),
      account: fc.oneof(fc.constantFrom(...accounts.map(({ id }) => id)), fc.constant('')),
      entry: fc.constantFrom(...entries),
      daysAgo: fc.integer({ min: 0, max: 14 }),
      app: fc.constantFrom(...subscription.apps.map(({ id }) => id)),
      numEvents: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
      numMinutes: fc.option(fc.integer({ min: -1, max: 9 }), { nil: undefined }),
      blacklisted: fc.integer({ min: 0, max: 9 }).map((dice) => dice === 0),
      values: fc.option(fc.dictionary(fc.constantFrom(...properties!.map(({ name }) => name)), lateValue), { freq: 6 }),
    })
    .map(({ visitor, account, entry, daysAgo, app, numEvents, numMinutes, blacklisted, values }): RawEvent => {
      const day = startOf(back(today, daysAgo));
      return {
        ...{ visitorId: visitor, accountId: account, appId: app, pageId: 'allevents' },
        ...{ [idOf[entry.source]]: entry.id, day, server: 's', remoteIp: '198.51.100.9', userAgent: 'late' },
        ...(numEvents === undefined ? {} : { numEvents }),
        ...(numMinutes === undefined ? {} : { numMinutes }),
        ...(blacklisted ? { blacklisted } : {}),
        ...(entry.source === 'trackType' ? { properties: values } : {}),
        ...{ firstTime: day + hour, lastTime: day + 2 * hour },
      };
    });
  const rows = fc.sample(row, { numRuns: 240, seed });
  await tenant.admin.post(`/admin/worlds/${tenant.name}/events`, rows);
}

const dayAt = (now: number): string =>
  Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO('America/New_York').toPlainDate().toString();
const today = async (tenant: TestedTenant): Promise<string> => dayAt((await tenant.seen()).takenAt);
const found = (expected: Map<SyncObject, { sent: unknown[] }>): number[] =>
  syncObjects.map((object) => expected.get(object)?.sent.length ?? 0);

test('drawn at random: backfill, days on, late rows, records that come and go, the same day again', {
  timeout: 240_000,
}, async () => {
  const drawn = fc.record({
    seed: fc.integer({ min: 1, max: 1e6 }),
    settleDays: fc.integer({ min: 0, max: 4 }),
    backfillDays: fc.constantFrom(0, 3, 30, 90),
    beyondSources: fc.boolean(),
    oneApp: fc.boolean(),
    skipped: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
  });
  let sent = 0;
  await fc.assert(
    fc.asyncProperty(drawn, async ({ seed, settleDays, backfillDays, skipped, ...world }) => {
      const { tenant, rounds, entries } = await opened({ settleDays, backfillDays }, { seed, ...world });
      await lateRows(tenant, entries, firstDay, seed);
      sent += found(await rounds.round('enable')).reduce((a, b) => a + b);
      for (const [n, skips] of skipped.entries()) {
        await tenant.nextDay(0.2, seed + n);
        await lateRows(tenant, entries, await today(tenant), seed + n);
        if (skips) continue;
        sent += found(await rounds.round()).reduce((a, b) => a + b);
        expect(found(await rounds.round())).toEqual([0, 0]);
      }
    }),
    // Each takes many seconds: what failed is not tried in a smaller form.
    { numRuns: 2, endOnFailure: true },
  );
  expect(sent).toBeGreaterThan(100);
});

describe('step by step, contacts alone', { timeout: 150_000 }, () => {
  const only = ['visitor'] as const;
  const sentBy = async (rounds: EventRounds, how: 'enable' | 'run' = 'run', more: Partial<OracleSetup> = {}) =>
    (await rounds.round(how, only, more)).get('visitor')!.sent.length;
  const change = (tenant: TestedTenant, events: Entry[], eventDelivery: Delivery) =>
    tenant.configure('visitor', { events, eventDelivery });

  test('an entry that is taken out drops what it owes, and goes on from where it was when it is back', async () => {
    const { tenant, rounds } = await opened({ monthlyLimit: 4 });
    expect(await sentBy(rounds, 'enable')).toBe(4);
    const events = tenant.configs.visitor.events!;
    await change(tenant, events.slice(1), { monthlyLimit: 4 });
    expect(await sentBy(rounds)).toBe(0);
    await tenant.nextDay(0);
    await change(tenant, events, { monthlyLimit: 4, backfillDays: 90 });
    expect(await sentBy(rounds)).toBe(0);
    await change(tenant, events, {});
    expect(await sentBy(rounds)).toBeGreaterThan(20);
  });

  test('the settle time is raised and lowered, and no day is sent twice or left out', async () => {
    const { tenant, rounds, entries } = await opened({ settleDays: 0 });
    const events = tenant.configs.visitor.events!;
    expect(await sentBy(rounds, 'enable')).toBeGreaterThan(20);
    for (const settleDays of [7, 7, 3, 0]) {
      await tenant.nextDay(0);
      await lateRows(tenant, entries, await today(tenant), settleDays);
      await change(tenant, events, { settleDays });
      await rounds.round('run', only);
    }
  });

  test('an item that is renamed keeps its event; one that is gone stops, and goes on when it is back', async () => {
    const { tenant, rounds, entries } = await opened({});
    await lateRows(tenant, entries, firstDay, 1);
    expect(await sentBy(rounds, 'enable')).toBeGreaterThan(20);
    const { pages } = (await tenant.seen()).subscription;
    const first = entries[0]!.id;
    const changed = (edit: object) => pages.map((page) => (page.id === first ? { ...page, ...edit } : page));
    await tenant.patch('subscription', { pages: changed({ name: 'Another name' }) });
    await tenant.nextDay(0);
    await rounds.round('run', only);
    await tenant.patch('subscription', { pages: changed({ deleted: true }) });
    for (let days = 0; days < 3; days++) {
      await tenant.nextDay(0);
      const expected = await rounds.round('run', only);
      expect(expected.get('visitor')!.stopped).toEqual([{ item: `page ${first}`, reason: 'gone' }]);
    }
    await tenant.patch('subscription', { pages });
    expect(await sentBy(rounds)).toBeGreaterThan(0);
  });

  test('properties are chosen, renamed and chosen no more while rows wait', async () => {
    const { tenant, rounds, entries } = await opened({ monthlyLimit: 10 });
    await lateRows(tenant, entries, firstDay, 1);
    expect(await sentBy(rounds, 'enable')).toBe(10);
    const owed = rounds.memory.visitor!.rows.filter(({ state, values }) => state === 'owed' && values!.has('plan'));
    expect(owed.length).toBeGreaterThan(5);
    const events = tenant.configs.visitor.events!.map((entry): Entry => {
      const kept = [{ name: 'plan', property: 'pendo_tier' }, { name: 'added' }, { name: 'format' }];
      return entry.source === 'trackType' ? { ...entry, properties: kept } : entry;
    });
    await tenant.nextDay(0);
    await lateRows(tenant, entries, await today(tenant), 2);
    await change(tenant, events, {});
    const { sent } = (await rounds.round('run', only)).get('visitor')!;
    expect(sent.filter((one) => one.properties.pendo_tier).length).toBeGreaterThan(owed.length - 1);
    expect(sent.filter((one) => one.properties.pendo_p_plan ?? one.properties.pendo_seats)).toEqual([]);
  });

  test('a definition that was archived is made anew; one of another object stops its entry', async () => {
    const { tenant, rounds } = await opened({});
    const [taken, archived] = tenant.configs.visitor.events!.map(({ name }) => name!) as [string, string];
    const definitions = (path: string, init: RequestInit) =>
      fetch(`${stack.sandbox.hubspotUrl}/events/2026-03/event-definitions${path}`, {
        ...init,
        headers: { 'content-type': 'application/json', authorization: `Bearer ${tenant.world.hubspotToken}` },
      });
    const body = { name: taken, label: 'Taken', primaryObject: 'COMPANY', propertyDefinitions: [] };
    expect((await definitions('', { method: 'POST', body: JSON.stringify(body) })).status).toBe(201);
    expect(await sentBy(rounds, 'enable')).toBeGreaterThan(5);
    expect((await definitions(`/${archived}`, { method: 'DELETE' })).ok).toBe(true);
    await tenant.nextDay(0);
    const expected = (await rounds.round('run', only)).get('visitor')!;
    expect(expected.stopped).toMatchObject([{ reason: 'takerType' }]);
    expect(expected.definitions.find(({ name }) => name === archived)?.existed).toBe(false);
  });

  test('values are erased, a person is forgotten: nothing is sent twice, and nothing of that person', async () => {
    const { tenant, rounds, entries } = await opened({ monthlyLimit: 10 });
    await lateRows(tenant, entries, firstDay, 1);
    expect(await sentBy(rounds, 'enable')).toBe(10);
    const row = rounds.memory.visitor!.rows.find(({ state }) => state === 'owed')!;
    await stack.api.post(`${tenant.path}/syncs/visitor/forget`, { pendoId: row.pendoId });
    await change(tenant, tenant.configs.visitor.events!, {});
    const forgotten = { forgotten: { pendo: [row.pendoId] } };
    expect(await sentBy(rounds, 'run', forgotten)).toBeGreaterThan(0);
    await stack.api.post(`${tenant.path}/syncs/visitor/disable`, { eraseValues: true });
    rounds.memory.visitor = eraseLedger(rounds.memory.visitor!);
    await tenant.nextDay(0);
    expect(await sentBy(rounds, 'enable', forgotten)).toBeGreaterThan(0);
  });
});
