/** Push fields with a source that cannot be: refused when they are saved, or stopped with a reason, and nothing is harmed. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunView } from '../../demo/runs.ts';
import type { Stack } from '../../demo/stack.ts';
import type { RawItem, RawSegment } from '../../sandbox/contract.ts';
import type { SyncConfig, SyncConfigInput, SyncObject } from '../../src/sync/config.ts';
import { expectAgreement } from './expect-agreement.ts';
import { openStack } from './open-stack.ts';
import { lastCall, type TestedTenant, testedTenant } from './tested-tenant.ts';

type Push = NonNullable<SyncConfigInput['push']>;
type Entry = Push[number];

const kinds = ['page', 'feature', 'trackType', 'segment'] as const;
const listOf = { page: 'pages', feature: 'features', trackType: 'trackTypes', segment: 'segments' } as const;
const world = { contacts: 40, visitors: 50, companies: 20, accounts: 20, tame: true };
const hour = 3_600_000;

let stack: Stack;
let now = Date.UTC(2026, 5, 15, 16);
beforeAll(async () => {
  stack = await openStack({ now });
});
afterAll(() => stack.stop());

const opened = async (push: { visitor?: Push; account?: Push } = {}): Promise<TestedTenant> => {
  const config = { pull: [], guards: { valueShare: 1 } };
  return testedTenant(stack, {
    world,
    config: { visitor: { ...config, push: push.visitor ?? [] }, account: { ...config, push: push.account ?? [] } },
  });
};

const syncOf = (tenant: TestedTenant, object: SyncObject) =>
  stack.api.get<{ config: SyncConfig }>(`${tenant.path}/syncs/${object}`);

async function put(
  tenant: TestedTenant,
  object: SyncObject,
  push: unknown,
): Promise<{ status: number; body: Refused }> {
  const answer = await fetch(`${stack.apiUrl}${tenant.path}/syncs/${object}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${stack.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...tenant.configs[object], push }),
  });
  return { status: answer.status, body: (await answer.json()) as Refused };
}

interface Refused {
  fields?: { path: string; code: string; message: string; fix: string }[];
}

async function first(tenant: TestedTenant, kind: (typeof kinds)[number]): Promise<RawItem | RawSegment> {
  return (await tenant.seen()).subscription[listOf[kind]][0]!;
}

async function entryOf(tenant: TestedTenant, kind: (typeof kinds)[number]): Promise<Entry> {
  const { id } = await first(tenant, kind);
  return kind === 'segment' ? { source: kind, id } : { source: kind, id, measure: 'days', window: 30 };
}

describe('is refused with a code and a fix when it is saved, and nothing changes', { timeout: 60_000 }, () => {
  let tenant: TestedTenant;
  beforeAll(async () => {
    tenant = await opened();
    await tenant.configure('visitor', { push: [{ metric: 'lastVisit' }, await entryOf(tenant, 'page')] });
    const held = (name: string, type: string, fieldType: string) =>
      fetch(`${stack.sandbox.hubspotUrl}/crm/properties/2026-03/contacts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${tenant.world.hubspotToken}` },
        body: JSON.stringify({ name, label: name, type, fieldType, groupName: 'contactinformation' }),
      }).then(({ status }) => expect(status).toBe(201));
    await held('pendo_text', 'string', 'text');
    await held('pendo_amount', 'number', 'number');
  });

  const cases: [string, (own: TestedTenant) => Promise<Entry[]>, string][] = [
    ...kinds.map((kind): (typeof cases)[number] => [
      `an unknown ${kind}`,
      async (own) => [{ ...(await entryOf(own, kind)), id: 'nothing' } as Entry],
      'push.2.id ITEM_UNKNOWN',
    ]),
    [
      "one kind's id as another's",
      async (own) => [{ ...(await entryOf(own, 'feature')), id: (await first(own, 'page')).id } as Entry],
      'push.2.id ITEM_UNKNOWN',
    ],
    [
      'a metadata field that Pendo has not',
      async () => [{ source: 'metadata', group: 'custom', field: 'nowhere' }],
      'push.2.field METADATA_FIELD_UNKNOWN',
    ],
    ...(['custom', 'agent', 'salesforce'] as const).map((group): (typeof cases)[number] => [
      `what a pull writes, in the group ${group}`,
      async () => [{ source: 'metadata', group, field: 'hubspot_city' }],
      'push.2.field METADATA_FED_BACK',
    ]),
    ...(['page', 'feature', 'trackType'] as const).map((kind): (typeof cases)[number] => [
      `use of a ${kind} into a text property`,
      async (own) => [{ ...(await entryOf(own, kind)), measure: 'events', property: 'pendo_text' } as Entry],
      'push.2.property PUSH_PROPERTY_TYPE_CLASH',
    ]),
    [
      'a segment into a number property',
      async (own) => [{ ...(await entryOf(own, 'segment')), property: 'pendo_amount' }],
      'push.2.property PUSH_PROPERTY_TYPE_CLASH',
    ],
    [
      'an NPS category into a text property',
      async () => [{ source: 'nps', measure: 'category', property: 'pendo_text' }],
      'push.2.property PUSH_PROPERTY_TYPE_CLASH',
    ],
    [
      'text metadata into a number property',
      async () => [{ source: 'metadata', group: 'custom', field: 'region', property: 'pendo_amount' }],
      'push.2.property PUSH_PROPERTY_TYPE_CLASH',
    ],
    [
      'two kinds into one property',
      async (own) => [
        { source: 'nps', measure: 'comment', property: 'pendo_one' },
        { ...(await entryOf(own, 'segment')), property: 'pendo_one' },
      ],
      'push.3.property PUSH_PROPERTY_DUPLICATE',
    ],
    [
      'the same of one item twice',
      async (own) => [{ ...(await entryOf(own, 'page')), property: 'pendo_again' }],
      'push.2.source SOURCE_DUPLICATE',
    ],
    [
      'active visitors of a visitor',
      async () => [{ source: 'activeVisitors' }],
      'push.2.source SOURCE_NOT_FOR_VISITORS',
    ],
  ];
  test.each(cases)('%s', async (_, entries, problem) => {
    const { push } = (await syncOf(tenant, 'visitor')).config;
    const { status, body } = await put(tenant, 'visitor', [...push, ...(await entries(tenant))]);
    expect(status).toBe(422);
    expect(body.fields!.map(({ path, code }) => `${path} ${code}`)).toEqual([problem]);
    for (const { message, fix } of body.fields!) expect([message, fix].every((text) => text.length > 10)).toBe(true);
    expect((await syncOf(tenant, 'visitor')).config.push).toEqual(push);
  });

  test.each(kinds)("a property that is not Crosswalk's, for a %s", async (kind) => {
    const { push } = (await syncOf(tenant, 'visitor')).config;
    const { status } = await put(tenant, 'visitor', [...push, { ...(await entryOf(tenant, kind)), property: 'city' }]);
    expect(status).toBe(422);
    expect((await syncOf(tenant, 'visitor')).config.push).toEqual(push);
  });

  test('a pushed property of any kind that would be pulled back', async () => {
    for (const kind of kinds) {
      const property = `pendo_back_${kind.toLowerCase()}`;
      const entry = { ...(await entryOf(tenant, kind)), property } as Entry;
      const pull = [{ property }];
      await expect(tenant.configure('visitor', { pull, push: [entry] })).rejects.toThrow(
        `${property} is written by this sync from Pendo`,
      );
    }
  });
});

describe('what Pendo no longer has', { timeout: 120_000 }, () => {
  test('stops its field, says so, and harms no other; it resumes when it is back', async () => {
    const tenant = await opened();
    const push = await Promise.all(kinds.map((kind) => entryOf(tenant, kind)));
    await tenant.configure('visitor', { push: [{ metric: 'daysActive' }, ...push] });
    expectAgreement(await tenant.round('enable', ['visitor']));
    const before = (await tenant.seen()).subscription;
    await tenant.patch('subscription', {
      ...Object.fromEntries(
        (['pages', 'features', 'trackTypes'] as const).map((list) => [
          list,
          before[list].map((item, at) => (at === 0 ? { ...item, deleted: true } : item)),
        ]),
      ),
      segments: before.segments.slice(1),
    });
    const round = await tenant.round('run', ['visitor']);
    expectAgreement(round);
    expect(round.writes).toEqual([]);
    const { stopped } = round.judged[0]!.run.counts as { stopped?: { property: string; reason: string }[] };
    expect(stopped?.map(({ reason }) => reason)).toEqual(['gone', 'gone', 'gone', 'gone']);
    const { pages, features, trackTypes, segments } = before;
    await tenant.patch('subscription', { pages, features, trackTypes, segments });
    const back = await tenant.round('run', ['visitor']);
    expectAgreement(back);
    expect((back.judged[0]!.run.counts as { stopped?: unknown }).stopped).toBeUndefined();
  });
});

test('segments on accounts pause the account sync where Pendo refuses them, and say which; visitors go on', async () => {
  const tenant = await opened();
  const segment = await entryOf(tenant, 'segment');
  await tenant.configure('account', { push: [{ metric: 'lastVisit' }, segment] });
  await tenant.configure('visitor', { push: [segment] });
  await tenant.admin.put(`/admin/worlds/${tenant.name}/switches`, { pendoSegmentAccounts: 'refused' });
  const from = await lastCall(tenant);
  expectAgreement(await tenant.round('enable', ['visitor']));
  const run = await tenant.start('account', 'enable');
  const { reason } = await tenant.pausedSync('account');
  expect(reason).toMatchObject({ code: 'SEGMENTS_OF_ACCOUNTS_REFUSED' });
  expect(`${reason?.message} ${reason?.fix}`).toMatch(/segment/i);
  expect((await tenant.log(from)).filter(({ operation, writes }) => writes && /compan/.test(operation))).toEqual([]);
  await tenant.configure('account', { push: [{ metric: 'lastVisit' }] });
  await stack.api.post(`${tenant.path}/syncs/account/resume`);
  expect(await tenant.ended(run)).toBeDefined();
}, 120_000);

test('an item that is renamed lets a delta stay one: its label follows, and nobody is read anew', async () => {
  const tenant = await opened();
  const pass = async (): Promise<void> => {
    now += 3 * hour;
    await stack.setClock(now);
  };
  await tenant.configure('visitor', { push: await Promise.all(kinds.map((kind) => entryOf(tenant, kind))) });
  expectAgreement(await tenant.round('enable', ['visitor']));
  await pass();
  const { pages } = (await tenant.seen()).subscription;
  await tenant.patch('subscription', {
    pages: pages.map((page, at) => (at === 0 ? { ...page, name: 'Checkout' } : page)),
  });
  const path = `${tenant.path}/syncs/visitor/runs`;
  const delta = async (): Promise<RunView & { scope: string }> => {
    const { run } = await stack.api.post<{ run: RunView }>(path, { scope: 'delta' });
    return (await tenant.ended(run)) as RunView & { scope: string };
  };
  expect(await delta()).toMatchObject({ state: 'succeeded', scope: 'delta' });
  const { properties } = (await tenant.seen()).portal;
  expect(properties.contacts.map(({ label }) => label)).toContain('Page Checkout: days (30 days)');
  await pass();
  expect(await delta()).toMatchObject({ state: 'succeeded', scope: 'delta' });
}, 120_000);
