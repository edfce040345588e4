/** Push fields with a source: what HubSpot holds after a run is what plain arithmetic makes of Pendo's raw rows. */
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import type { RawEvent, RawPendoRecord, RawPollEvent } from '../../sandbox/contract.ts';
import type { SyncConfig, SyncConfigInput, SyncObject } from '../../src/sync/config.ts';
import { openStack } from './open-stack.ts';
import { type TestedTenant, testedTenant } from './tested-tenant.ts';

type Truth = Awaited<ReturnType<TestedTenant['seen']>>;
type Push = NonNullable<SyncConfigInput['push']>;
/** Property -> the value that HubSpot should hold; null: none. */
type Expected = Record<string, string | null>;

const zone = 'America/New_York';
const today = Temporal.PlainDate.from('2026-06-15');
const start = (days: number): number => today.subtract({ days }).toZonedDateTime(zone).epochMilliseconds;
const dayOf = (ms: number): string =>
  Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDate().toString();

let stack: Stack;
let tenant: TestedTenant;
let truth: Truth;
let events: RawEvent[];
let features: (RawEvent & { featureId: string })[];
let tracks: (RawEvent & { trackTypeId: string })[];
let page: string;
let feature: string;
let track: string;

beforeAll(async () => {
  stack = await openStack();
  const world = { contacts: 60, visitors: 70, companies: 20, accounts: 20, tame: true, beyondSources: false };
  const guards = { valueShare: 1 };
  const config = { visitor: { pull: [], push: [], guards }, account: { pull: [], push: [], guards } };
  tenant = await testedTenant(stack, { world, config });
  const before = await tenant.seen();
  await addComments(before);
  await tenant.patch('visitors', oddMetadata(before));
  truth = await tenant.seen();
  const raw = await fetch(`${stack.sandbox.adminUrl}/admin/worlds/${tenant.name}/events`);
  events = (await raw.text())
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  features = await rowsOf('featureEvents');
  tracks = await rowsOf('trackEvents');
  page = mostUsed(
    inUse()
      .map(({ pageId }) => pageId)
      .filter((id) => id !== 'allevents'),
  );
  feature = mostUsed(features.map(({ featureId }) => featureId));
  track = mostUsed(tracks.map(({ trackTypeId }) => trackTypeId));
});
afterAll(() => stack?.stop());

function mostUsed(ids: string[]): string {
  const counts = Map.groupBy(ids, (id) => id);
  return [...counts].sort((a, b) => b[1].length - a[1].length)[0]![0];
}

const inUse = (): RawEvent[] =>
  events.filter((row) => !row.blacklisted && !isExcluded(row.visitorId) && row.day < start(0));

function isExcluded(visitorId: string): boolean {
  const flag = truth.visitors.find(({ id }) => id === visitorId)?.metadata.pendo?.donotprocess;
  return visitorId.startsWith('_PENDO_T_') || flag === true || flag === 'true';
}

/** Rows of a source, as Pendo has them before anything is added up. */
async function rowsOf<Row>(source: string): Promise<Row[]> {
  const pipeline = [
    {
      source: {
        [source]: { appId: 'expandAppIds("*")' },
        timeSeries: { period: 'dayRange', first: start(180), count: 180 },
      },
    },
  ];
  const reply = await fetch(`${stack.sandbox.pendoUrl}/api/v1/aggregation`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-pendo-integration-key': tenant.world.pendoKey },
    body: JSON.stringify({ response: { mimeType: 'application/json' }, request: { pipeline } }),
  });
  const { results } = (await reply.json()) as { results: Row[] };
  return results.filter((row) => !isExcluded((row as { visitorId: string }).visitorId));
}

const hour = 3_600_000;

/** Somebody's newest answer has comments before, beside and long after it; another's has none. */
async function addComments({ subscription, contacts, visitors }: Truth): Promise<void> {
  const guide = subscription.guides.find(({ polls }) => polls.length === 2)!;
  const score = guide.polls.find((poll) => (poll.type ?? poll.attributes?.type) === 'NPSRating')!;
  const open = guide.polls.find((poll) => poll !== score)!;
  const emails = new Set(contacts.map(({ properties }) => properties.email));
  const known = visitors.filter(({ id }) => emails.has(id));
  const at = Date.UTC(2026, 5, 14, 15);
  const row = (visitor: RawPendoRecord, pollId: string, pollResponse: unknown, browserTime: number): RawPollEvent => ({
    visitorId: visitor.id,
    accountId: String((visitor.metadata.auto?.accountids as string[] | undefined)?.[0] ?? ''),
    guideId: guide.id,
    pollId,
    appId: guide.appId,
    pollResponse,
    pollType: pollId === score.id ? 'NPSRating' : 'FreeForm',
    browserTime,
  });
  const [one, two] = known as [RawPendoRecord, RawPendoRecord];
  await tenant.admin.post(`/admin/worlds/${tenant.name}/poll-events`, [
    row(one, score.id, 9, at),
    row(one, open.id, 'First thought', at - hour),
    row(one, open.id, 'Señor, mañana; sí', at + hour),
    row(one, open.id, '   ', at + 2 * hour),
    row(one, open.id, 'Next week', at - 25 * hour),
    row(two, score.id, '3', at),
  ]);
}

function oddMetadata({ visitors, contacts }: Truth) {
  const emails = new Set(contacts.map(({ properties }) => properties.email));
  const known = visitors.filter(({ id }) => emails.has(id));
  return [
    { id: known[0]!.id, metadata: { custom: { seats: 12.5, region: 'Nord; Süd' }, agent: { language: 7 } } },
    { id: known[1]!.id, metadata: { custom: { seats: null, region: '' }, agent: { language: ['de', '', 'en'] } } },
    { id: known[2]!.id, metadata: { custom: { renewal: '2026-03-01' }, pendo: { designerenabled: true } } },
  ];
}

const visitorPush = (): Push => [
  { metric: 'daysActive', window: 7 },
  { metric: 'daysActive', window: 30 },
  { metric: 'usageTrending', window: 90 },
  { metric: 'timeOnApp' },
  { source: 'metadata', group: 'custom', field: 'region' },
  { source: 'metadata', group: 'custom', field: 'seats' },
  { source: 'metadata', group: 'custom', field: 'renewal' },
  { source: 'metadata', group: 'agent', field: 'language' },
  { source: 'metadata', group: 'pendo', field: 'designerenabled' },
  { source: 'metadata', group: 'auto', field: 'accountids' },
  { source: 'metadata', group: 'auto', field: 'lastvisit', timeAs: 'datetime', property: 'pendo_seen_at' },
  ...(['events', 'days', 'minutes', 'firstUse', 'lastUse'] as const).flatMap((measure) => [
    { source: 'page' as const, id: page, measure, window: 30 as const, property: `pendo_p30_${measure.toLowerCase()}` },
    { source: 'page' as const, id: page, measure, property: `pendo_p180_${measure.toLowerCase()}` },
  ]),
  { source: 'feature', id: feature, measure: 'events', property: 'pendo_feature' },
  { source: 'trackType', id: track, measure: 'days', property: 'pendo_track' },
  { source: 'nps', measure: 'category' },
  { source: 'nps', measure: 'comment' },
  { source: 'nps', measure: 'answeredOn' },
];

const accountPush = (): Push => [
  { metric: 'daysActive', window: 30 },
  { metric: 'usageTrending', window: 180 },
  { metric: 'usageTrending', window: 30 },
  { source: 'metadata', group: 'custom', field: 'arr' },
  { source: 'activeVisitors', window: 7 },
  { source: 'activeVisitors', window: 180 },
  ...(['events', 'days', 'minutes', 'firstUse', 'lastUse'] as const).map((measure) => ({
    source: 'page' as const,
    id: page,
    measure,
    window: 90 as const,
    property: `pendo_p90_${measure.toLowerCase()}`,
  })),
  { source: 'feature', id: feature, measure: 'days', window: 30, property: 'pendo_feature' },
  { source: 'nps', measure: 'category' },
  { source: 'nps', measure: 'comment' },
  { source: 'nps', measure: 'averageScore' },
  { source: 'nps', measure: 'netPromoterScore' },
  { source: 'nps', measure: 'answers' },
];

interface Used {
  day: number;
  numEvents?: number;
  numMinutes?: number;
}

function useIn(rows: readonly Used[], days: number): Record<string, string | null> {
  const inside = rows.filter(({ day }) => day >= start(days) && day < start(0));
  const sum = (of: (row: Used) => number): string => String(inside.reduce((total, row) => total + of(row), 0));
  const starts = inside.map(({ day }) => day).sort((a, b) => a - b);
  return {
    events: sum((row) => row.numEvents ?? 0),
    days: String(new Set(starts).size),
    minutes: sum((row) => row.numMinutes ?? 0),
    firstuse: starts.length === 0 ? null : dayOf(starts[0]!),
    lastuse: starts.length === 0 ? null : dayOf(starts.at(-1)!),
  };
}

const named = (prefix: string, values: Record<string, string | null>): Expected =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}_${name}`, value]));

function trend(rows: readonly Used[], days: number): string | null {
  const minutes = (from: number, to: number): number =>
    rows.filter(({ day }) => day >= from && day < to).reduce((sum, row) => sum + (row.numMinutes ?? 0), 0);
  const [now, before] = [minutes(start(days), start(0)), minutes(start(2 * days), start(days))];
  if (before === 0) return null;
  const tenths = Math.floor((2000 * Math.abs(now - before) + before) / (2 * before)) / 10;
  return String((now < before ? -tenths : tenths) + 0);
}

interface Said extends RawPollEvent {
  score: number;
}

/** Valid answers, the newest first. */
function answers(of: (row: RawPollEvent) => boolean): Said[] {
  const polls = new Set(
    truth.subscription.guides.flatMap(({ polls }) =>
      polls.filter((poll) => /npsrating/i.test(poll.attributes?.type ?? poll.type ?? '')).map(({ id }) => id),
    ),
  );
  return truth.pollEvents
    .filter((row) => polls.has(row.pollId) && !row.excluded && !isExcluded(row.visitorId) && of(row))
    .flatMap((row) => (/^(\d|10)$/.test(String(row.pollResponse)) ? [{ ...row, score: Number(row.pollResponse) }] : []))
    .sort((a, b) => b.browserTime - a.browserTime);
}

function commentOf(answer: Said, of: (row: RawPollEvent) => boolean): string | null {
  const near = truth.pollEvents
    .filter(
      (row) => row.guideId === answer.guideId && row.pollId !== answer.pollId && row.visitorId === answer.visitorId,
    )
    .filter((row) => of(row) && !row.excluded && Math.abs(row.browserTime - answer.browserTime) <= 24 * hour)
    .filter(({ pollResponse }) => typeof pollResponse === 'string' && pollResponse.trim() !== '')
    .sort((a, b) => b.browserTime - a.browserTime);
  return near.length === 0 ? null : String(near[0]!.pollResponse);
}

const category = (score: number): string => (score >= 9 ? 'promoter' : score >= 7 ? 'passive' : 'detractor');
const written = (value: unknown): string | null =>
  value === null || value === undefined || value === '' ? null : String(value);

function ofVisitor({ id, metadata }: RawPendoRecord): Expected {
  const own = inUse().filter(({ visitorId }) => visitorId === id);
  const onPage = own.filter(({ pageId }) => pageId === page);
  const of = (row: RawPollEvent): boolean => row.visitorId === id;
  const newest = answers(of)[0];
  const [custom, agent, auto] = [metadata.custom ?? {}, metadata.agent ?? {}, metadata.auto ?? {}];
  const list = (value: unknown): string | null =>
    written((Array.isArray(value) ? value : [value]).filter((one) => written(one) !== null).join(';'));
  const renewal = custom.renewal;
  return {
    pendo_days_active_7d: useIn(own, 7).days!,
    pendo_days_active_30d: useIn(own, 30).days!,
    pendo_usage_trending_90d: trend(own, 90),
    pendo_time_on_app_180d: useIn(own, 180).minutes!,
    pendo_custom_region: written(custom.region),
    pendo_custom_seats: written(custom.seats),
    pendo_custom_renewal: typeof renewal === 'number' ? dayOf(renewal) : written(renewal),
    pendo_agent_language: list(agent.language),
    pendo_pendo_designerenabled: written(metadata.pendo?.designerenabled),
    pendo_auto_accountids: list(auto.accountids),
    pendo_seen_at: auto.lastvisit ? new Date(auto.lastvisit as number).toISOString() : null,
    ...named('pendo_p30', useIn(onPage, 30)),
    ...named('pendo_p180', useIn(onPage, 180)),
    pendo_feature: useIn(
      features.filter((row) => row.visitorId === id && row.featureId === feature),
      180,
    ).events!,
    pendo_track: useIn(
      tracks.filter((row) => row.visitorId === id && row.trackTypeId === track),
      180,
    ).days!,
    pendo_nps_category: newest === undefined ? null : category(newest.score),
    pendo_nps_comment: newest === undefined ? null : commentOf(newest, of),
    pendo_nps_answered_on: newest === undefined ? null : dayOf(newest.browserTime),
  };
}

function ofAccount({ id, metadata }: RawPendoRecord): Expected {
  const own = inUse().filter(({ accountId }) => accountId === id);
  const onPage = own.filter(({ pageId }) => pageId === page);
  const visitors = (days: number): string =>
    String(new Set(own.filter(({ day }) => day >= start(days)).map(({ visitorId }) => visitorId)).size);
  const of = (row: RawPollEvent): boolean => row.accountId === id;
  const all = answers(of);
  const scores = [...Map.groupBy(all, ({ visitorId }) => visitorId).values()].map(([newest]) => newest!.score);
  const share = (dividend: number): string | null =>
    scores.length === 0
      ? null
      : String((Math.sign(dividend) * Math.round((Math.abs(dividend) * 10) / scores.length)) / 10 + 0);
  const balance = scores.reduce((sum, score) => sum + (score >= 9 ? 1 : score <= 6 ? -1 : 0), 0);
  return {
    pendo_days_active_30d: useIn(own, 30).days!,
    pendo_usage_trending_180d: trend(own, 180),
    pendo_usage_trending_30d: trend(own, 30),
    pendo_custom_arr: written(metadata.custom?.arr),
    pendo_active_visitors_7d: visitors(7),
    pendo_active_visitors_180d: visitors(180),
    ...named('pendo_p90', useIn(onPage, 90)),
    pendo_feature: useIn(
      features.filter((row) => row.accountId === id && row.featureId === feature),
      30,
    ).days!,
    pendo_nps_category: all[0] === undefined ? null : category(all[0].score),
    pendo_nps_comment: all[0] === undefined ? null : commentOf(all[0], of),
    pendo_nps_average_score: share(scores.reduce((sum, score) => sum + score, 0)),
    pendo_nps_net_promoter_score: share(100 * balance),
    pendo_nps_answers: String(scores.length),
  };
}

/** What HubSpot holds of every matched record, and what it should. */
async function heldAndExpected(
  object: SyncObject,
): Promise<{ held: Record<string, Expected>; wanted: Record<string, Expected> }> {
  const { contacts, companies } = await tenant.seen();
  const [targets, sources] = object === 'visitor' ? [contacts, truth.visitors] : [companies, truth.accounts];
  const key = tenant.world.joinKeys[object];
  const held: Record<string, Expected> = {};
  const wanted: Record<string, Expected> = {};
  for (const source of sources) {
    const found = targets.filter(({ archived, properties }) => !archived && properties[key] === source.id);
    if (found.length !== 1 || (object === 'visitor' && isExcluded(source.id))) continue;
    wanted[source.id] = object === 'visitor' ? ofVisitor(source) : ofAccount(source);
    held[source.id] = Object.fromEntries(
      Object.keys(wanted[source.id]!).map((name) => [name, found[0]!.properties[name] ?? null]),
    );
  }
  return { held, wanted };
}

async function runs(object: SyncObject, how: 'enable' | 'run' = 'run') {
  const run = await tenant.ended(await tenant.start(object, how));
  expect([run.state, run.reason]).toEqual(['succeeded', null]);
  return run;
}

const syncOf = (object: SyncObject) => stack.api.get<{ config: SyncConfig }>(`${tenant.path}/syncs/${object}`);

describe('push fields with a source', { timeout: 120_000 }, () => {
  test.each(['visitor', 'account'] as const)(
    'each %s gets what the raw rows say, and an unchanged day writes nothing',
    async (object) => {
      await tenant.configure(object, { push: object === 'visitor' ? visitorPush() : accountPush() });
      await runs(object, 'enable');
      const { held, wanted } = await heldAndExpected(object);
      expect(Object.keys(wanted).length).toBeGreaterThan(10);
      // Every field says something of somebody.
      for (const name of Object.keys(Object.values(wanted)[0]!))
        expect([name, Object.values(wanted).some((fields) => fields[name] !== null && fields[name] !== '0')]).toEqual([
          name,
          true,
        ]);
      expect(held).toEqual(wanted);
      const from = (await tenant.log()).at(-1)?.seq ?? 0;
      const again = await runs(object);
      expect((await tenant.log(from)).filter((call) => call.writes !== undefined)).toEqual([]);
      expect(again.counts.legs?.push?.written ?? 0).toBe(0);
    },
  );

  test('properties have the type, the options and the words of what they hold', async () => {
    const { properties } = (await tenant.seen()).portal;
    const of = (name: string) => properties.contacts.find((one) => one.name === name);
    expect(of('pendo_nps_category')).toMatchObject({ type: 'enumeration', fieldType: 'select' });
    expect(of('pendo_nps_category')?.options.map(({ value }) => value)).toEqual(['promoter', 'passive', 'detractor']);
    expect(of('pendo_nps_comment')).toMatchObject({ type: 'string', fieldType: 'text' });
    expect(of('pendo_pendo_designerenabled')).toMatchObject({ type: 'bool', fieldType: 'booleancheckbox' });
    expect(of('pendo_p30_events')?.description).toMatch(/30 whole days up to yesterday.*time zone/);
  });

  test('an item that is renamed keeps its property, and the label follows unless somebody wrote another', async () => {
    await tenant.configure('visitor', {
      push: [
        { source: 'page', id: page, measure: 'events', window: 7 },
        { source: 'page', id: page, measure: 'days', window: 7 },
      ],
    });
    const { push } = (await syncOf('visitor')).config;
    const [uses, days] = push.map(({ property }) => property!);
    expect(uses).toMatch(/^pendo_page_page_\d+_events_7d$/);
    await runs('visitor');
    await relabel(days!, 'Ours');
    const renamed = [{ path: ['results', '*', 'name'], where: { path: ['id'], equals: page }, set: 'Billing' }];
    await tenant.fault({ vendor: 'pendo', kind: 'changeAnswer', source: '^pages$', edits: renamed });
    await runs('visitor');
    const { properties } = (await tenant.seen()).portal;
    const labels = [uses, days].map((name) => properties.contacts.find((one) => one.name === name)?.label);
    expect(labels).toEqual(['Page Billing: events (7 days)', 'Ours']);
    await tenant.configure('visitor', { push: push.map(({ property: _, ...entry }) => entry as never) });
    expect((await syncOf('visitor')).config.push).toEqual(push);
    await tenant.noFaults();
  });

  test('an item that is deleted stops its field, and nothing else', async () => {
    const gone = [{ path: ['results', '*'], where: { path: ['id'], equals: page }, remove: true as const }];
    await tenant.fault({ vendor: 'pendo', kind: 'changeAnswer', source: '^pages$', edits: gone });
    const run = await runs('visitor');
    expect((run.counts as { stopped?: unknown[] }).stopped).toEqual([
      expect.objectContaining({ leg: 'push', reason: 'gone' }),
      expect.objectContaining({ leg: 'push', reason: 'gone' }),
    ]);
    await tenant.noFaults();
    const back = await runs('visitor');
    expect((back.counts as { stopped?: unknown[] }).stopped).toBeUndefined();
  });

  test('the seven fields are stored as they are written, and what names nothing in Pendo is refused', async () => {
    const push: Push = [{ metric: 'lastVisit' }, { metric: 'daysActive' }];
    await tenant.configure('visitor', { push });
    expect((await syncOf('visitor')).config.push).toEqual(push);
    const refused = async (entry: Push[number]): Promise<unknown> =>
      stack.api
        .put(`${tenant.path}/syncs/visitor`, { ...tenant.configs.visitor, push: [...push, entry] })
        .then(() => 'stored')
        .catch((error: Error) => error.message);
    expect(await refused({ source: 'page', id: 'page-none', measure: 'days' })).toContain('Pendo lists no page');
    expect(await refused({ source: 'segment', id: 'none' })).toContain('Pendo lists no segment');
    expect(await refused({ source: 'metadata', group: 'custom', field: 'nowhere' })).toContain(
      'Pendo has no metadata field',
    );
    expect((await syncOf('visitor')).config.push).toEqual(push);
  });
});

/** As somebody does in HubSpot. */
async function relabel(name: string, label: string): Promise<void> {
  const reply = await fetch(`${stack.sandbox.hubspotUrl}/crm/properties/2026-03/contacts/${name}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tenant.world.hubspotToken}` },
    body: JSON.stringify({ label }),
  });
  expect(reply.status).toBe(200);
}
