/** Use of single items as custom events: what HubSpot gets is what plain arithmetic makes of Pendo's raw rows, once. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import type { Switches } from '../../sandbox/contract.ts';
import {
  addUse,
  back,
  type Delivery,
  type Entry,
  expectedUse,
  firstDay,
  hour,
  mostUsed,
  occurrences,
  run,
  sending,
  sends,
  sorted,
  startOf,
  tenantWith,
  useOf,
} from './event-use.ts';
import { openStack } from './open-stack.ts';
import type { TestedTenant } from './tested-tenant.ts';

let stack: Stack;
/** The sandbox's today, which moves on. */
let today = firstDay;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack?.stop());

async function nextDay(tenant: TestedTenant): Promise<void> {
  await tenant.nextDay(0);
  today = back(today, -1);
}

describe('contacts and a page', { timeout: 150_000 }, () => {
  let tenant: TestedTenant;
  let entry: Entry;

  test('a preview counts what would be sent, beside the month’s limit, and sends and defines nothing', async () => {
    tenant = await tenantWith(stack, async (one) => ({
      visitor: [{ source: 'page', id: await mostUsed(one, 'page') }],
    }));
    [entry] = tenant.configs.visitor.events as [Entry];
    const expected = await expectedUse(tenant, 'visitor', entry, [back(today, 30), back(today, 2)]);
    expect(expected.length).toBeGreaterThan(5);
    const preview = await run(tenant, 'visitor', 'preview');
    expect(preview.state).toBe('succeeded');
    const detail = (await tenant.run(preview.id)) as unknown as { preview: { events: object } };
    expect(detail.preview.events).toMatchObject({
      occurrences: expected.length,
      entries: [{ id: entry.id, name: entry.name, occurrences: expected.length }],
      month: { month: '2026-06', limit: 30_000_000, used: 0, left: 30_000_000 },
      waiting: 0,
    });
    expect(await occurrences(tenant)).toEqual([]);
    const { portal } = await tenant.seen();
    expect(portal.eventDefinitions).toEqual([]);
  });

  test('enabling defines the event once, and sends the last month’s days that have settled', async () => {
    const expected = await expectedUse(tenant, 'visitor', entry, [back(today, 30), back(today, 2)]);
    const enabled = await run(tenant, 'visitor', 'enable');
    expect(enabled).toMatchObject({ state: 'succeeded', events: { found: expected.length, sent: expected.length } });
    const taken = await occurrences(tenant);
    expect(useOf(taken)).toEqual(expected);
    const { portal } = await tenant.seen();
    expect(portal.eventDefinitions).toMatchObject([
      { name: entry.name, primaryObject: 'CONTACT', label: expect.stringMatching(/^Pendo page: /) },
    ]);
    for (const one of taken) {
      expect(one.eventName).toBe(`pe${portal.portalId}_${entry.name}`);
      expect(one.occurredAt).toBe(startOf(one.properties.pendo_day!) + 12 * hour);
      expect(one.properties.pendo_occurrence_id).toBe(one.uuid);
    }
    expect(new Set(taken.map(({ uuid }) => uuid)).size).toBe(taken.length);
  });

  test('a run on unchanged data sends nothing', async () => {
    const before = (await tenant.log()).at(-1)!.seq;
    const again = await run(tenant, 'visitor');
    expect(again).toMatchObject({ state: 'succeeded', events: { found: 0, sent: 0 } });
    expect(sends(await tenant.log(before))).toEqual([]);
  });

  test('a day on, just the day that has settled since is sent; what came late is one more occurrence, with the rest', async () => {
    const day = back(today, 4);
    const whole = await expectedUse(tenant, 'visitor', entry, [back(today, 30), back(today, 2)]);
    const visitor = await addUse(tenant, entry.id, day);
    await nextDay(tenant);
    const expected = await expectedUse(tenant, 'visitor', entry, [back(today, 3), back(today, 2)]);
    const sent = (await occurrences(tenant)).length;
    const next = await run(tenant, 'visitor');
    const taken = (await occurrences(tenant)).slice(sent);
    const late = taken.filter(({ properties }) => properties.pendo_day === day);
    expect(useOf(taken.filter((one) => !late.includes(one)))).toEqual(expected);
    expect(useOf(late)).toMatchObject([{ day, count: 3, minutes: 2 }]);
    expect(next.events).toMatchObject({ sent: expected.length + 1 });
    const { contacts } = await tenant.seen();
    expect(contacts.find(({ id }) => id === late[0]!.objectId)?.properties.email).toBe(visitor);
    expect(whole.length).toBeGreaterThan(0);
  });
});

describe('both objects, every kind of item', { timeout: 150_000 }, () => {
  test('get what they used, by day', async () => {
    const entries = async (one: TestedTenant) => {
      const items = await Promise.all(
        (['page', 'feature', 'trackType'] as const).map(async (source) => ({
          source,
          id: await mostUsed(one, source),
        })),
      );
      return { visitor: items, account: items };
    };
    const tenant = await tenantWith(stack, entries, { backfillDays: 60, settleDays: 0 });
    for (const object of ['visitor', 'account'] as const) {
      const enabled = await run(tenant, object, 'enable');
      expect(enabled.state).toBe('succeeded');
    }
    const { portal } = await tenant.seen();
    const taken = await occurrences(tenant);
    for (const object of ['visitor', 'account'] as const) {
      for (const entry of tenant.configs[object].events!) {
        const mine = taken.filter(({ eventName }) => eventName === `pe${portal.portalId}_${entry.name}`);
        const expected = await expectedUse(tenant, object, entry, [back(today, 60), today]);
        expect(expected.length).toBeGreaterThan(3);
        const shown = entry.source === 'page' ? expected : expected.map((use) => ({ ...use, minutes: Number.NaN }));
        expect(useOf(mine)).toEqual(shown);
        expect(new Set(mine.map(({ objectType }) => objectType))).toEqual(
          new Set([object === 'visitor' ? 'CONTACT' : 'COMPANY']),
        );
      }
    }
  });
});

describe('an answer that is lost', { timeout: 150_000 }, () => {
  const onePage = async (one: TestedTenant) => ({
    visitor: [{ source: 'page' as const, id: await mostUsed(one, 'page') }],
  });
  const lostOne = async (
    switches: Partial<Switches>,
    delivery: Delivery,
    kind: 'timeoutBefore' | 'resetAfter' | 'reset',
  ) => {
    const tenant = await tenantWith(stack, onePage, delivery, { switches });
    const [entry] = tenant.configs.visitor.events as [Entry];
    const expected = await expectedUse(tenant, 'visitor', entry, [back(today, 30), back(today, 2)]);
    await tenant.fault({ ...sending, kind, count: 1 });
    const first = await run(tenant, 'visitor', 'enable');
    expect(first).toMatchObject({ state: 'succeeded', events: { lost: expected.length, sent: 0 } });
    const soon = await run(tenant, 'visitor');
    expect(soon.events).toMatchObject({ found: 0, sent: 0 });
    await nextDay(tenant);
    const more = await expectedUse(tenant, 'visitor', entry, [back(today, 3), back(today, 2)]);
    const later = await run(tenant, 'visitor');
    return { tenant, expected, more, later, taken: await occurrences(tenant) };
  };

  test.each(['ignored', 'deduplicated'] as const)(
    'after the work was done is found later, and nothing is doubled (uuid %s)',
    async (hubspotEventUuid) => {
      const { expected, more, taken } = await lostOne({ hubspotEventUuid }, {}, 'resetAfter');
      expect(useOf(taken)).toEqual(sorted([...expected, ...more]));
    },
  );

  test('before the work was done is sent again, with the same uuid', async () => {
    const { expected, more, taken } = await lostOne({}, {}, 'reset');
    expect(useOf(taken)).toEqual(sorted([...expected, ...more]));
  });

  test('and cannot be looked up, is skipped for good', async () => {
    const { later, tenant, expected, more, taken } = await lostOne({ hubspotEventReadBack: 'refused' }, {}, 'reset');
    expect(later.events).toMatchObject({ skipped: expected.length, sent: more.length });
    expect(useOf(taken)).toEqual(more);
    expect((await run(tenant, 'visitor')).events).toMatchObject({ found: 0, sent: 0, skipped: 0 });
  });

  test('and cannot be looked up, is sent again where that is wanted', async () => {
    const { expected, more, taken } = await lostOne(
      { hubspotEventReadBack: 'refused' },
      { lostAnswers: 'send' },
      'reset',
    );
    expect(useOf(taken)).toEqual(sorted([...expected, ...more]));
  });
});
