/** Custom events where something stands in the way: limits, refusals, editions, items that go, people who are forgotten. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import type { World } from '../../sandbox/contract.ts';
import {
  back,
  type Entry,
  expectedUse,
  firstDay,
  mostUsed,
  occurrences,
  run,
  sending,
  sends,
  tenantWith,
  useOf,
} from './event-use.ts';
import { openStack } from './open-stack.ts';
import type { TestedTenant } from './tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack?.stop());

const today = firstDay;
const onePage = async (one: TestedTenant) => ({
  visitor: [{ source: 'page' as const, id: await mostUsed(one, 'page') }],
});
const entryOf = (tenant: TestedTenant): Entry => tenant.configs.visitor.events![0]!;
const dueOf = (tenant: TestedTenant) =>
  expectedUse(tenant, 'visitor', entryOf(tenant), [back(today, 30), back(today, 2)]);
const nth = (list: unknown[], n: number) => list.slice(0, n);

describe('the month’s limit', { timeout: 150_000 }, () => {
  test('of the tenant is never crossed: the oldest days go first, the rest waits, and a preview says so', async () => {
    const tenant = await tenantWith(stack, onePage, { monthlyLimit: 4 });
    const expected = (await dueOf(tenant)).sort((a, b) => a.day.localeCompare(b.day));
    const preview = await run(tenant, 'visitor', 'preview');
    const detail = (await tenant.run(preview.id)) as unknown as { preview: { events: object } };
    expect(detail.preview.events).toMatchObject({
      occurrences: expected.length,
      month: { limit: 4, used: 0, left: 4 },
      waiting: expected.length - 4,
    });
    const enabled = await run(tenant, 'visitor', 'enable');
    expect(enabled).toMatchObject({
      state: 'succeeded',
      events: { found: expected.length, sent: 4, left: expected.length - 4, ended: 'MONTHLY_LIMIT' },
    });
    const days = (await occurrences(tenant)).map(({ properties }) => properties.pendo_day);
    expect(days).toEqual(nth(expected, 4).map((use) => (use as { day: string }).day));
    const again = await run(tenant, 'visitor');
    expect(again.events).toMatchObject({ found: 0, sent: 0, ended: 'MONTHLY_LIMIT' });
    await tenant.configure('visitor', { events: [entryOf(tenant)], eventDelivery: { monthlyLimit: 10_000 } });
    const raised = await run(tenant, 'visitor');
    expect(raised.events).toMatchObject({ found: 0, sent: expected.length - 4, left: 0 });
    expect(useOf(await occurrences(tenant))).toEqual(await dueOf(tenant));
  });

  test('of the portal ends sending for the run, and nothing is lost', async () => {
    const tenant = await tenantWith(stack, onePage);
    await tenant.patch('portal', { monthlyOccurrences: 0 });
    const expected = await dueOf(tenant);
    const enabled = await run(tenant, 'visitor', 'enable');
    expect(enabled).toMatchObject({
      state: 'succeeded',
      events: { sent: 0, left: expected.length, lost: 0, ended: 'MONTHLY_LIMIT' },
    });
    await tenant.patch('portal', { monthlyOccurrences: 30_000_000 });
    expect((await run(tenant, 'visitor')).events).toMatchObject({ sent: expected.length });
    expect(useOf(await occurrences(tenant))).toEqual(expected);
  });
});

describe('a refusal', { timeout: 150_000 }, () => {
  test('of one occurrence costs that one: it is found by halves, kept with its reason, and owed again', async () => {
    const tenant = await tenantWith(stack, onePage);
    const expected = await dueOf(tenant);
    const bad = expected[1]!;
    const mine = expected.filter(({ record }) => record === bad.record).length;
    const body = JSON.stringify({ status: 'error', message: 'No such record.', category: 'VALIDATION_ERROR' });
    await tenant.fault({ ...sending, kind: 'answerWith', status: 400, body, request: `"objectId":"${bad.record}"` });
    const enabled = await run(tenant, 'visitor', 'enable');
    expect(enabled).toMatchObject({
      state: 'succeeded',
      events: { sent: expected.length - mine, refused: mine, lost: 0 },
    });
    await tenant.noFaults();
    expect((await run(tenant, 'visitor')).events).toMatchObject({ found: 0, sent: mine, refused: 0 });
    expect(useOf(await occurrences(tenant))).toEqual(expected);
  });

  test('that passes costs nothing: a limit, a busy portal, a second look', async () => {
    const tenant = await tenantWith(stack, onePage);
    const expected = await dueOf(tenant);
    for (const status of [429, 423]) await tenant.fault({ ...sending, kind: 'status', status, count: 1 });
    const enabled = await run(tenant, 'visitor', 'enable');
    expect(enabled).toMatchObject({ state: 'succeeded', events: { sent: expected.length, lost: 0 } });
    expect(useOf(await occurrences(tenant))).toEqual(expected);
  });
});

describe('before enabling', { timeout: 150_000 }, () => {
  test.each([
    ['an edition without custom events', { customEvents: false }, 'does not have custom events'],
    ['a token without the scope', { scopes: 'without' }, 'lacks analytics.behavioral_events.send'],
  ])('%s is told, with what to do, and nothing is written', async (_which, change, words) => {
    const tenant = await tenantWith(stack, onePage);
    const { portal } = await tenant.seen();
    const scopes = portal.scopes.filter((scope) => scope !== 'analytics.behavioral_events.send');
    await tenant.patch('portal', 'scopes' in change ? { scopes } : change);
    const answer = await tenant.start('visitor', 'enable').catch((error: unknown) => error);
    expect(String(answer)).toContain(words);
    expect((await tenant.sync('visitor')).state).toBe('draft');
    expect(await occurrences(tenant)).toEqual([]);
  });

  test('an item that Pendo does not list, and one that is there twice, are refused', async () => {
    const tenant = await tenantWith(stack, onePage);
    const entry = entryOf(tenant);
    const put = (events: Entry[]) => tenant.configure('visitor', { events }).catch((error: unknown) => String(error));
    expect(await put([{ source: 'page', id: 'nothing of this name' }])).toContain('Pendo lists no page with the id');
    expect(await put([entry, { source: 'page', id: entry.id, name: 'pendo_other' }])).toContain(
      'is sent as an event twice',
    );
    expect(await put([entry, { source: 'feature', id: 'x', name: entry.name }])).toContain(
      'Two entries are sent as the event',
    );
  });
});

describe('what changes', { timeout: 150_000 }, () => {
  test('a renamed item keeps its event; a deleted one stops it with a reason, and sends nothing', async () => {
    const tenant = await tenantWith(stack, onePage);
    const expected = await dueOf(tenant);
    await run(tenant, 'visitor', 'enable');
    const { subscription } = await tenant.seen();
    const entry = entryOf(tenant);
    const pages = subscription.pages.map((page) => (page.id === entry.id ? { ...page, name: 'Another name' } : page));
    await tenant.patch('subscription', { pages });
    expect((await run(tenant, 'visitor')).events).toMatchObject({ found: 0 });
    expect((await tenant.seen()).portal.eventDefinitions).toHaveLength(1);
    await tenant.patch('subscription', {
      pages: pages.map((page) => (page.id === entry.id ? { ...page, deleted: true } : page)),
    });
    expect((await run(tenant, 'visitor')).events).toMatchObject({
      found: 0,
      stopped: [{ source: 'page', id: entry.id, name: entry.name, reason: 'gone' }],
    });
    expect(useOf(await occurrences(tenant))).toEqual(expected);
  });

  test('an event of that name for other records stops the entry, and is left alone', async () => {
    const tenant = await tenantWith(stack, onePage);
    const { portal } = await tenant.seen();
    const { name = '' } = entryOf(tenant);
    const other = {
      ...{ name, fullyQualifiedName: `pe${portal.portalId}_${name}`, label: 'Mine', description: '' },
      ...{ primaryObject: 'DEAL' as const, properties: [], archived: false, createdAt: 0 },
    };
    await tenant.patch('portal', { eventDefinitions: [other] });
    const enabled = await run(tenant, 'visitor', 'enable');
    expect(enabled).toMatchObject({ state: 'succeeded', events: { found: 0, stopped: [{ reason: 'takerType' }] } });
    expect((await tenant.seen()).portal.eventDefinitions).toEqual([other]);
    expect(sends(await tenant.log())).toEqual([]);
  });

  test('values that are erased, and a portal that is left and comes back, double nothing', async () => {
    const tenant = await tenantWith(stack, onePage);
    const expected = await dueOf(tenant);
    await run(tenant, 'visitor', 'enable');
    const other = await tenant.admin.post<World>('/admin/worlds', {
      ...{ world: `${tenant.name}-other`, seed: 3, tame: true },
      ...{ contacts: 5, companies: 2, visitors: 5, accounts: 2 },
    });
    for (const { hubspotToken } of [other, tenant.world]) {
      const credential = { token: hubspotToken, allowPortalSwap: true };
      await stack.api.put(`${tenant.path}/connections/hubspot`, credential);
    }
    expect(await run(tenant, 'visitor')).toMatchObject({ state: 'succeeded', events: { found: 0, sent: 0 } });
    await stack.api.post(`${tenant.path}/syncs/visitor/disable`, { eraseValues: true });
    expect(await run(tenant, 'visitor', 'enable')).toMatchObject({ state: 'succeeded', events: { found: 0, sent: 0 } });
    expect(useOf(await occurrences(tenant))).toEqual(expected);
  });

  test('a person who is forgotten is sent nothing more, and is gone from the ledger', async () => {
    const tenant = await tenantWith(stack, onePage);
    const expected = await dueOf(tenant);
    await tenant.patch('portal', { monthlyOccurrences: 0 });
    await run(tenant, 'visitor', 'enable');
    const { record } = expected[0]!;
    const mine = expected.filter((use) => use.record === record);
    await stack.api.post(`${tenant.path}/syncs/visitor/forget`, { hubspotId: record });
    await tenant.patch('portal', { monthlyOccurrences: 30_000_000 });
    expect((await run(tenant, 'visitor')).events).toMatchObject({ found: 0, sent: expected.length - mine.length });
    expect((await occurrences(tenant)).filter(({ objectId }) => objectId === record)).toEqual([]);
  });
});
