/** Chosen properties of track events: each occurrence carries what the raw rows of its record and day say, as plain arithmetic has it. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import type { RawEvent, RawOccurrence } from '../../sandbox/contract.ts';
import type { SyncObject } from '../../src/sync/config.ts';
import {
  back,
  countedRows,
  type Entry,
  firstDay,
  hour,
  mostUsed,
  occurrences,
  run,
  sending,
  startOf,
  tenantWith,
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

const chosen = ['plan', 'seats', 'trial'] as const;
const properties = chosen.map((name) => ({ name }));
const mapped = (names: readonly string[]) => names.map((name) => ({ name, property: `pendo_p_${name}` }));

/** By hand, of tame values only: the texts of each record, day and property. */
async function expectedValues(tenant: TestedTenant, object: SyncObject, entry: Entry): Promise<Map<string, string>> {
  const texts = new Map<string, Set<string>>();
  for (const { record, row } of await countedRows(tenant, object, entry)) {
    for (const [name, value] of Object.entries(row.properties ?? {})) {
      const at = `${record} ${row.day} ${name}`;
      if (value !== '' && value !== null) texts.set(at, (texts.get(at) ?? new Set()).add(String(value)));
    }
  }
  return new Map([...texts].map(([at, values]) => [at, [...values].sort().join(';')]));
}

/** What the portal has of them, in the same shape. */
function carried(taken: readonly RawOccurrence[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const { objectId, properties: held } of taken) {
    for (const [name, value] of Object.entries(held)) {
      const own = /^pendo_p_(.*)$/.exec(name)?.[1];
      if (own !== undefined) found.set(`${objectId} ${startOf(held.pendo_day!)} ${own}`, value);
    }
  }
  return found;
}

const ofEntry = async (tenant: TestedTenant, { name }: Entry): Promise<RawOccurrence[]> =>
  (await occurrences(tenant)).filter(({ eventName }) => eventName.endsWith(`_${name}`));

/** Of those occurrences that were sent, what is expected of the chosen properties. */
async function expectCarried(tenant: TestedTenant, object: SyncObject, entry: Entry, names = new Set<string>(chosen)) {
  const taken = await ofEntry(tenant, entry);
  const all = await expectedValues(tenant, object, entry);
  const days = new Set(taken.map(({ objectId, properties: held }) => `${objectId} ${startOf(held.pendo_day!)}`));
  const expected = [...all].filter(([at]) => {
    const [record, day, name] = at.split(' ');
    return names.has(name!) && days.has(`${record} ${day}`);
  });
  expect(expected.length).toBeGreaterThan(0);
  expect(new Map([...carried(taken)].sort())).toEqual(new Map(expected.sort()));
  return taken;
}

/** Another row of a track event, of a matched visitor and of no account. */
async function addTrack(tenant: TestedTenant, trackTypeId: string, day: string, values: RawEvent['properties']) {
  const { contacts, visitors, subscription } = await tenant.seen();
  const contactOf = new Map(contacts.filter(({ archived }) => !archived).map((one) => [one.properties.email, one.id]));
  const visitor = visitors.find((one) => contactOf.has(one.id))!;
  const row: RawEvent = {
    visitorId: visitor.id,
    accountId: '',
    appId: subscription.apps[0]!.id,
    pageId: 'allevents',
    trackTypeId,
    ...(values !== undefined && { properties: values }),
    day: startOf(day),
    server: 's',
    remoteIp: '198.51.100.9',
    userAgent: 'late',
    numEvents: 2,
    numMinutes: 1,
    firstTime: startOf(day) + 12 * hour,
    lastTime: startOf(day) + 13 * hour,
  };
  await tenant.admin.post(`/admin/worlds/${tenant.name}/events`, [row]);
  return contactOf.get(visitor.id)!;
}

const oneTrack = async (one: TestedTenant, more: Partial<Entry> = { properties }) => ({
  visitor: [{ source: 'trackType' as const, id: await mostUsed(one, 'trackType'), ...more }],
});
const adds = (tenant: TestedTenant, since = 0) =>
  tenant.log(since).then((log) => log.filter(({ operation }) => operation === 'addEventProperty'));

describe('of contacts', { timeout: 150_000 }, () => {
  let tenant: TestedTenant;
  let entry: Entry;

  test('are named when the configuration is saved, and counted in the preview', async () => {
    tenant = await tenantWith(stack, oneTrack, { backfillDays: 60 });
    [entry] = tenant.configs.visitor.events as [Entry];
    expect(entry.properties).toEqual(mapped(chosen));
    const preview = await run(tenant, 'visitor', 'preview');
    const detail = (await tenant.run(preview.id)) as unknown as {
      preview: { events: { entries: { properties: { name: string; occurrences: number }[] }[] } };
    };
    const [shown] = detail.preview.events.entries;
    expect(shown!.properties.map(({ name }) => name)).toEqual([...chosen]);
    for (const { occurrences: n } of shown!.properties) expect(n).toBeGreaterThan(0);
    expect((await tenant.seen()).portal.eventDefinitions).toEqual([]);
  });

  test('are defined with the event, and each occurrence carries the values of its record and day', async () => {
    for (const n of [20, 21, 22]) await addTrack(tenant, entry.id, back(today, n), n === 20 ? undefined : { seats: n });
    const enabled = await run(tenant, 'visitor', 'enable');
    expect(enabled.state).toBe('succeeded');
    const taken = await expectCarried(tenant, 'visitor', entry);
    const names = new Set(
      taken.map(({ properties: held }) => chosen.filter((name) => `pendo_p_${name}` in held).length),
    );
    expect(names.size).toBeGreaterThan(2);
    const [definition] = (await tenant.seen()).portal.eventDefinitions;
    expect(definition!.properties.map(({ name, type, label }) => [name, type, label])).toEqual([
      ['pendo_day', 'string', 'Day'],
      ['pendo_count', 'number', 'Count'],
      ['pendo_occurrence_id', 'string', 'Occurrence ID'],
      ['pendo_p_plan', 'string', 'plan'],
      ['pendo_p_seats', 'string', 'seats'],
      ['pendo_p_trial', 'string', 'trial'],
    ]);
    expect(await adds(tenant)).toEqual([]);
  });

  test('alone owe nothing: a run on unchanged data sends nothing, and what was sent is kept nowhere', async () => {
    expect((await run(tenant, 'visitor')).events).toMatchObject({ found: 0, sent: 0 });
    const { rows } = await stack.services.control.db.tenant(tenant.id, (tx) =>
      sql<{ kept: string }>`
        select (select count(*) from event_occurrences where properties is not null)
             + (select count(*) from event_days where properties is not null) as kept`.execute(tx),
    );
    expect(Number(rows[0]!.kept)).toBe(0);
  });

  test('of what came late are the whole day’s', async () => {
    const day = back(today, 4);
    const record = await addTrack(tenant, entry.id, day, { plan: 'a late one', seats: 1e21, trial: null });
    await nextDay(tenant);
    const before = (await occurrences(tenant)).length;
    await run(tenant, 'visitor');
    const late = (await occurrences(tenant)).slice(before).find(({ properties: held }) => held.pendo_day === day)!;
    const values = await expectedValues(tenant, 'visitor', entry);
    expect(late.objectId).toBe(record);
    for (const name of ['plan', 'seats'])
      expect(late.properties[`pendo_p_${name}`]).toBe(values.get(`${record} ${startOf(day)} ${name}`));
    expect(late.properties).toMatchObject({ pendo_count: '2', pendo_p_plan: expect.stringContaining('a late one') });
  });

  test('that nobody expects are text, or left out, and never refuse an occurrence', async () => {
    const day = back(today, 3);
    const odd = { plan: { nested: 1 }, seats: ['b', 'a', null, 7], trial: 'half \ud83d' };
    const record = await addTrack(tenant, entry.id, day, odd);
    for (const plan of ['nul \0', `${'z'.repeat(255)}😀`, 'x;y', '']) await addTrack(tenant, entry.id, day, { plan });
    await nextDay(tenant);
    const before = (await occurrences(tenant)).length;
    const ended = await run(tenant, 'visitor');
    expect(ended.events).toMatchObject({ refused: 0, sent: expect.any(Number) });
    const sent = (await occurrences(tenant)).slice(before).filter(({ properties: held }) => held.pendo_day === day);
    const own = sent.find(({ objectId }) => objectId === record)!;
    expect(own.properties.pendo_p_seats).toMatch(/(^|;)b;a;7(;|$)/);
    expect(own.properties.pendo_p_plan).toMatch(/(^|;)x;y;z{200,}$/);
    expect(own.properties.pendo_p_plan!.length).toBeLessThanOrEqual(256);
    expect(own.properties.pendo_p_plan!.isWellFormed()).toBe(true);
    expect(own.properties.pendo_p_trial ?? '').not.toContain('half');
  });

  test('that are added later go into the definition once, and into the occurrences from then on', async () => {
    const events = [{ ...entry, properties: mapped(['plan', 'format']) }];
    await tenant.configure('visitor', { events });
    const [before] = (await tenant.seen()).portal.eventDefinitions;
    const from = (await tenant.log()).at(-1)!.seq;
    const taken = (await occurrences(tenant)).length;
    expect((await run(tenant, 'visitor')).events).toMatchObject({ found: 0, sent: 0 });
    expect(await adds(tenant, from)).toHaveLength(1);
    const [after] = (await tenant.seen()).portal.eventDefinitions;
    expect(after!.properties).toEqual([
      ...before!.properties,
      { name: 'pendo_p_format', label: 'format', type: 'string' },
    ]);
    await addTrack(tenant, entry.id, back(today, 3), { plan: 'new', format: 'odt', seats: 3 });
    await nextDay(tenant);
    await run(tenant, 'visitor');
    expect(await adds(tenant, from)).toHaveLength(1);
    const since = (await occurrences(tenant)).slice(taken);
    expect(since.some(({ properties: held }) => held.pendo_p_format?.includes('odt'))).toBe(true);
    expect(since.every(({ properties: held }) => !('pendo_p_seats' in held))).toBe(true);
  });
});

test('that a track event had lately are listed to choose from, with what each would be called', {
  timeout: 150_000,
}, async () => {
  const tenant = await tenantWith(stack, oneTrack);
  const { id } = tenant.configs.visitor.events![0]!;
  await addTrack(tenant, id, back(today, 1), { 'Plan Name': 'x', constructor: ['x'], plan: { a: 1 }, empty: '' });
  await addTrack(tenant, id, back(today, 40), { longAgo: 1 });
  const from = (await tenant.log()).at(-1)!.seq;
  const listed = await stack.api.get<{ rows: number; properties: { name: string; kinds: string[] }[] }>(
    `${tenant.path}/catalogue/pendo/track-types/${encodeURIComponent(id)}/properties`,
  );
  const rows = (await tenant.lines<RawEvent>('events')).filter((row) => {
    return row.trackTypeId === id && !row.blacklisted && row.day >= startOf(back(today, 29));
  });
  expect(listed.rows).toBe(rows.length);
  const filled = rows.flatMap((row) => Object.entries(row.properties ?? {}).filter(([, value]) => value !== ''));
  expect(listed.properties.map(({ name }) => name).sort()).toEqual([...new Set(filled.map(([name]) => name))].sort());
  const lastSeen = new Date(startOf(back(today, 1))).toISOString();
  expect(listed.properties).toContainEqual({
    ...{ name: 'Plan Name', canBeChosen: false, property: null, kinds: ['text'], rows: 1, lastSeen },
  });
  expect(listed.properties).toContainEqual({
    ...{ name: 'constructor', canBeChosen: true, property: 'pendo_p_constructor', kinds: ['list'], rows: 1, lastSeen },
  });
  expect(listed.properties.find(({ name }) => name === 'plan')!.kinds.toSorted()).toEqual(['other', 'text']);
  expect((await tenant.log(from)).map(({ operation }) => operation)).toEqual(['aggregation:trackEvents']);
});

test('of companies are those of all their visitors, but for the excluded ones', { timeout: 150_000 }, async () => {
  const tenant = await tenantWith(
    stack,
    async (one) => ({ account: (await oneTrack(one)).visitor }),
    { backfillDays: 60 },
    { world: { visitors: 1200, accounts: 6, companies: 6 } },
  );
  expect((await run(tenant, 'account', 'enable')).state).toBe('succeeded');
  const taken = await expectCarried(tenant, 'account', tenant.configs.account.events![0]!);
  expect(taken.some(({ properties: held }) => held.pendo_p_plan?.includes(';'))).toBe(true);
});

test('are sent again with an occurrence whose answer was lost', { timeout: 150_000 }, async () => {
  const tenant = await tenantWith(stack, oneTrack);
  await tenant.fault({ ...sending, kind: 'reset', count: 1 });
  const first = await run(tenant, 'visitor', 'enable');
  expect(first.events).toMatchObject({ sent: 0, lost: expect.any(Number) });
  await nextDay(tenant);
  await run(tenant, 'visitor');
  await expectCarried(tenant, 'visitor', tenant.configs.visitor.events![0]!);
});

test('that a definition has with another type stop the entry, and nothing is added to it', {
  timeout: 150_000,
}, async () => {
  const tenant = await tenantWith(stack, (one) => oneTrack(one, {}));
  await run(tenant, 'visitor', 'enable');
  const [entry] = tenant.configs.visitor.events as [Entry];
  const { portal } = await tenant.seen();
  const [definition] = portal.eventDefinitions;
  await fetch(`${stack.sandbox.hubspotUrl}/events/2026-03/event-definitions/${definition!.name}/property`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.world.hubspotToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'pendo_p_plan', label: 'plan', type: 'number' }),
  });
  await tenant.configure('visitor', { events: [{ ...entry, properties }] });
  await nextDay(tenant);
  const from = (await tenant.log()).at(-1)!.seq;
  const stopped = await run(tenant, 'visitor');
  expect(stopped.events).toMatchObject({ stopped: [{ id: entry.id, reason: 'takerType' }] });
  expect(await adds(tenant, from)).toEqual([]);
});

test('that HubSpot refuses to add pause the sync with what to do', { timeout: 150_000 }, async () => {
  const tenant = await tenantWith(stack, (one) => oneTrack(one, {}));
  await run(tenant, 'visitor', 'enable');
  const [entry] = tenant.configs.visitor.events as [Entry];
  await tenant.configure('visitor', { events: [{ ...entry, properties }] });
  const body = JSON.stringify({ status: 'error', message: 'no', category: 'VALIDATION_ERROR', correlationId: 'c' });
  await tenant.fault({
    ...{ vendor: 'hubspot', kind: 'answerWith', status: 400, body },
    headers: { 'content-type': 'application/json' },
    route: '^POST /events/.*/property$',
  });
  await tenant.start('visitor');
  await expect
    .poll(() => tenant.sync('visitor'), { timeout: 60_000 })
    .toMatchObject({
      reason: { code: 'EVENT_PROPERTY_REFUSED', fix: expect.stringContaining('properties') },
    });
});

test('that Pendo gives by no path are left out, and the account page says so', { timeout: 150_000 }, async () => {
  const switches = { pendoPropertyPaths: 'refused' as const };
  const tenant = await tenantWith(stack, oneTrack, {}, { switches });
  const enabled = await run(tenant, 'visitor', 'enable');
  expect(enabled).toMatchObject({ state: 'succeeded', events: { refused: 0 } });
  const taken = await occurrences(tenant);
  expect(taken.length).toBeGreaterThan(0);
  expect(carried(taken)).toEqual(new Map());
  const { assumptions } = await stack.api.get<{ assumptions: object[] }>(`${tenant.path}/assumptions`);
  expect(assumptions).toContainEqual(
    expect.objectContaining({ id: 'pendo.trackProperties', state: 'disproved', needed: true }),
  );
});
