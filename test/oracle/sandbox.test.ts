import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  agree,
  calls,
  compare,
  compareLog,
  type Expectation,
  elsewhereOnly,
  expectedWrites,
  expect as expectRun,
  type OracleSetup,
  remember,
  snapshot,
  type Truth,
} from '../../oracle/index.ts';
import { occurrenceSnapshot } from '../../oracle/occurrences/index.ts';
import type { RawCrmRecord, RawPendoRecord, Switches, World, WorldRequest } from '../../sandbox/contract.ts';
import { startSandbox } from '../../sandbox/index.ts';
import { type SyncConfigInput, syncConfigSchema, syncObjects } from '../../src/sync/config.ts';
import { pushMetrics } from '../../src/sync/push-mapping.ts';
import { everyPushSource } from './every-push-source.ts';
import { type HubSpotVersion, play } from './player.ts';

const NOW = Date.UTC(2026, 5, 15, 16);
let sandbox: Awaited<ReturnType<typeof startSandbox>>;

beforeAll(async () => {
  sandbox = await startSandbox({ now: NOW, running: false });
});
afterAll(() => sandbox.close());

async function admin(method: string, path: string, body: unknown): Promise<unknown> {
  const response = await fetch(`${sandbox.adminUrl}/admin/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function makeWorld(size: number, more: Partial<WorldRequest> = {}): Promise<World> {
  const world = `w${Math.random().toString(36).slice(2)}`;
  const request = {
    world,
    seed: 11,
    contacts: size,
    companies: size,
    visitors: size,
    accounts: size,
    tier: 0,
    beyondSources: true,
    ...more,
  };
  const made = (await admin('POST', 'worlds', request)) as World;
  await admin('PUT', `worlds/${world}/switches`, { hubspotPropertyLagMs: 0 });
  return made;
}

type Push = NonNullable<SyncConfigInput['push']>;

const metrics = (object: OracleSetup['object']): Push =>
  pushMetrics.filter((it) => object === 'account' || it !== 'totalVisitors').map((metric) => ({ metric }));

/** Every property that can be mapped, except what HubSpot changes with each write, and all push fields. */
function setupFor(
  truth: Truth,
  world: World,
  object: OracleSetup['object'],
  config: Partial<SyncConfigInput> = {},
  more: Partial<OracleSetup> = {},
): OracleSetup {
  const properties = truth.portal.properties[object === 'visitor' ? 'contacts' : 'companies'];
  const mapped = properties.filter(
    ({ name, type }) =>
      !['json', 'object_coordinates'].includes(type) &&
      !name.endsWith('lastmodifieddate') &&
      !name.startsWith('pendo_days') &&
      !/^pendo_(first|last|time|usage|total|latest)/.test(name),
  );
  return {
    object,
    asOf: truth.takenAt,
    pendo: { zone: world.zone, clear: 'null' },
    ...more,
    syncConfig: syncConfigSchema.parse({
      joinKey: { property: world.joinKeys[object] },
      pull: mapped.map(({ name }) => ({ property: name })),
      push: [...metrics(object), ...everyPushSource(truth, object)],
      ...config,
    }),
  };
}

const seen = (world: World) => snapshot(sandbox.adminUrl, world.world);
const run = (expectation: Expectation, world: World, version?: HubSpotVersion) =>
  play(expectation, { ...sandbox, world, ...(version ? { version } : {}) });

/** Gives every matched pair something old to replace, and something that must go. */
async function soil(truth: Truth, world: World, expectation: Expectation): Promise<void> {
  const pairs = [...expectation.match.pairs];
  const visitors = pairs.map(([, id]) => ({
    id,
    metadata: { custom: { hubspot_firstname: 'old', hubspot_call_notes: 'old', hubspot_seats: 5 } },
  }));
  await admin('PATCH', `worlds/${world.world}/subscription`, {
    schema: {
      ...truth.subscription.schema,
      visitor: {
        ...truth.subscription.schema.visitor,
        custom: {
          ...truth.subscription.schema.visitor.custom,
          hubspot_firstname: { type: 'string', displayName: 'HubSpot: First Name', isDeleted: false },
          hubspot_call_notes: { type: 'string', displayName: 'HubSpot: Call notes', isDeleted: true },
          hubspot_seats: { type: 'float', displayName: 'HubSpot: Seats', isDeleted: false },
        },
      },
    },
  });
  await admin('PATCH', `worlds/${world.world}/visitors`, visitors);
}

describe('a generated world of 300 and 300', () => {
  let world: World;
  let truth: Truth;

  beforeAll(async () => {
    world = await makeWorld(300);
    truth = await seen(world);
  });

  test('has figures that add up, leg by leg', () => {
    for (const object of syncObjects) {
      const setup = setupFor(truth, world, object);
      const expectation = expectRun(truth, setup);
      const records: (RawCrmRecord | RawPendoRecord)[][] =
        object === 'visitor' ? [truth.contacts, truth.visitors] : [truth.companies, truth.accounts];
      const read = [
        (records[0] as RawCrmRecord[]).filter((it) => !it.archived).length,
        records[1]!.filter((it) => !it.id.startsWith('_PENDO_T_')).length,
      ];
      expect([expectation.pull!.read, expectation.push!.read]).toEqual(read);
      const { match } = expectation;
      expect(match.pairs.size).toBeGreaterThan(100);
      expect(new Set(match.pairs.values()).size).toBe(match.pairs.size);
      for (const side of [match.hubspot, match.pendo]) {
        expect(Object.values(side.counts).reduce((sum, it) => sum + it)).toBe(side.read);
        expect(side.counts.matched).toBe(match.pairs.size);
      }
      for (const leg of [expectation.pull!, expectation.push!]) {
        expect(Object.values(leg.counts).reduce((sum, it) => sum + it)).toBe(leg.read);
        for (const counts of Object.values(leg.fieldCounts)) {
          expect(Object.values(counts).reduce((sum, it) => sum + it)).toBe(match.pairs.size);
        }
      }
      // The oddities that the generator plants are all met.
      expect(match.hubspot.counts).toMatchObject({
        blank: expect.any(Number),
        ambiguous: expect.any(Number),
        invalidKey: expect.any(Number),
      });
      expect(match.hubspot.counts.ambiguous).toBeGreaterThan(0);
      expect(match.nearMisses.length).toBeGreaterThan(0);
    }
  });

  test('has minutes that add up to the raw events', () => {
    const expectation = expectRun(truth, setupFor(truth, world, 'visitor'));
    const matched = new Set(expectation.match.pairs.values());
    let minutes = 0;
    const from = Date.parse('2025-12-17T05:00:00Z'); // 180 days before 15 June, in New York's winter
    const to = Date.parse('2026-06-15T04:00:00Z');
    for (const event of truth.events) {
      if (matched.has(event.visitorId) && !event.blacklisted && event.day >= from && event.day < to) {
        minutes += event.minutes;
      }
    }
    let wanted = 0;
    for (const record of expectation.push!.records.values()) {
      const field = record.fields.find((it) => it.source === 'timeOnApp');
      if (field?.wanted.state === 'value') wanted += Number(field.wanted.value);
    }
    expect(minutes).toBeGreaterThan(0);
    expect(wanted).toBe(minutes);
  });
});

test('a generated world has something of every pushed kind, and something that cannot be read', async () => {
  const world = await makeWorld(300);
  const truth = await seen(world);
  for (const object of syncObjects) {
    const setup = setupFor(truth, world, object);
    const states = new Map<string, Set<string>>();
    for (const { fields } of expectRun(truth, setup).push!.records.values()) {
      for (const { source, wanted } of fields) {
        const value =
          wanted.state === 'value' ? (wanted.value === 0 || wanted.value === false ? 'zero' : 'value') : wanted.state;
        const kind = source.replace(/ (page|feature|track)-[a-z0-9]+/, '').replace(/segment-[a-z0-9]+/, 'id');
        states.set(kind, (states.get(kind) ?? new Set()).add(value));
      }
    }
    const seenOf = (kind: string) => [...(states.get(kind) ?? [])].sort();
    for (const kind of ['page events', 'page minutes', 'feature days', 'trackType events', 'segment id'])
      expect([kind, seenOf(kind)]).toEqual([kind, ['value', 'zero']]);
    for (const kind of ['page firstUse', 'feature lastUse', 'nps category', 'nps answeredOn'])
      expect([kind, seenOf(kind)]).toEqual([kind, ['empty', 'value']]);
    expect(seenOf('nps comment')).toContain('value');
    const poisoned =
      object === 'visitor'
        ? ['agent.bio', 'agent.tags', 'custom.misc', 'custom.vip', 'salesforce.closes']
        : ['agent.tags', 'custom.misc'];
    for (const name of poisoned)
      expect([name, seenOf(`metadata ${name}`)]).toEqual([name, expect.arrayContaining(['unreadable', 'value'])]);
  }
});

describe('carried out to the letter, nothing is found', () => {
  test('both objects, with the log and the counts; then nothing is left to do', async () => {
    const world = await makeWorld(80);
    const before = await seen(world);
    const setups = syncObjects.map((object) => setupFor(before, world, object));
    const expectations = setups.map((setup) => expectRun(before, setup));
    for (const expectation of expectations) await run(expectation, world);
    const after = await seen(world);
    expect(compare(after, before, expectations)).toEqual([]);
    const log = await calls(sandbox.adminUrl, world.world);
    for (const expectation of expectations) {
      expect(compareLog(log, expectation)).toEqual([]);
      const reported = (leg: 'pull' | 'push') => ({
        read: expectation[leg]!.read,
        outcomes: expectation[leg]!.counts,
      });
      const { object } = expectation;
      expect(agree(log, { object, pull: reported('pull'), push: reported('push') })).toEqual([]);
    }
    for (const setup of setups) expect(expectedWrites(expectRun(after, setup))).toEqual([]);

    // A day on, without new events: what changes is what leaves the windows.
    await admin('PUT', 'clock', { now: NOW + 86_400_000, running: false });
    const nextSetups = setups.map((setup) => ({ ...setup, asOf: NOW + 86_400_000 }));
    const memory = expectations.map((it) => remember(undefined, it, NOW, after));
    const next = nextSetups.map((setup, at) => expectRun(after, setup, memory[at]));
    for (const expectation of next) await run(expectation, world);
    expect(compare(await seen(world), after, next)).toEqual([]);
    await admin('PUT', 'clock', { now: NOW, running: false });
  });

  test.each<[string, Partial<Switches>, Partial<OracleSetup>, Partial<SyncConfigInput>]>([
    ['defaults', {}, {}, {}],
    ['null ignored', { pendoNull: 'ignore' }, {}, {}],
    ['null refused', { pendoNull: 'error', pendoErrorShape: 'object' }, {}, {}],
    ['empty string stored', { pendoNull: 'error' }, { pendo: { zone: '', clear: 'emptyString' } }, {}],
    ['empty string clears', { pendoEmptyString: 'clear' }, { pendo: { zone: '', clear: 'emptyString' } }, {}],
    [
      'empty string, strict types',
      { pendoTypeClash: 'rowError' },
      { pendo: { zone: '', clear: 'emptyString' } },
      { pull: [{ property: 'firstname' }, { property: 'call_notes' }, { property: 'seats' }] },
    ],
    ['no clearing', {}, { pendo: { zone: '', clear: 'cannot' } }, {}],
    ['cleared reads null', { pendoClearedReads: 'null', pendoEmptyLists: 'absent' }, {}, {}],
    ['numbers as integers', { pendoNumberType: 'integer', pendoNumber: 'float', pendoTypeClash: 'rowError' }, {}, {}],
    ['times as text', { pendoTime: 'rfc3339' }, {}, {}],
    ['HubSpot rounds', { hubspotNormalise: 'roundNumbers' }, {}, {}],
    [
      'labels, times, the agent group',
      {},
      {},
      {
        pendoGroup: 'agent',
        visitType: 'datetime',
        window: 30,
        pull: ['plan_tier', 'product_interests', 'lifecyclestage'].map((it) => ({ property: it, options: 'label' })),
      },
    ],
    ['folded keys', {}, {}, { keyFolding: 'fold' }],
    ['additional e-mails', {}, {}, { secondaryEmails: true }],
    ['creating in HubSpot', {}, {}, { create: 'hubspot' }],
    ['creating in Pendo', {}, {}, { create: 'pendo' }],
  ])('%s', async (_name, switches, more, config) => {
    const world = await makeWorld(70);
    await admin('PUT', `worlds/${world.world}/switches`, switches);
    const clean = await seen(world);
    if (config.pendoGroup !== 'agent')
      await soil(clean, world, expectRun(clean, setupFor(clean, world, 'visitor', config)));
    const before = await seen(world);
    const pendo = more.pendo && { pendo: { ...more.pendo, zone: world.zone } };
    // What the soil took from everybody may all go.
    const setup = setupFor(before, world, 'visitor', config, { ...more, ...pendo, approved: ['pull', 'push'] });
    const expectation = expectRun(before, setup);
    expect(expectation.writes.length).toBeGreaterThan(20);
    await run(expectation, world);
    const after = await seen(world);
    expect(compare(after, before, [expectation])).toEqual([]);
    const memory = remember(undefined, expectation, NOW, after);
    const again = expectRun(after, { ...setup, asOf: NOW + 3 * 3_600_000 }, memory);
    // Who was created is matched only now: the other leg has something to say to it for the first time.
    const created = new Set(expectation.creates.map((it) => it.sourceId));
    expect(expectedWrites(again).filter((it) => !created.has(it.id))).toEqual([]);
  });

  test.each<HubSpotVersion>(['2026-03', '2026-09'])(
    'addresses that are none, and validation rules in %s',
    async (version) => {
      const world = await makeWorld(40);
      const ids = ['user-17', ' spaced@x.test ', 'a@b', 'a b@x.test', 'plain@x.test', "o'neil@x.test"];
      await admin(
        'PATCH',
        `worlds/${world.world}/visitors`,
        ids.map((id) => ({ id, metadata: { auto: { id, lastvisit: NOW - 1 } } })),
      );
      await admin('PATCH', `worlds/${world.world}/portal`, {
        validationRules: [
          { object: 'contacts', property: 'city', when: { property: 'lifecyclestage', value: 'opportunity' } },
          ...(version === '2026-09' ? [{ object: 'contacts', property: 'pendo_last_visit' }] : []),
        ],
      });
      const before = await seen(world);
      const setup = setupFor(before, world, 'visitor', { create: 'hubspot', pull: [], push: metrics('visitor') });
      const expectation = expectRun(before, { ...setup, ignoresValidationRules: version === '2026-03' });
      const rejected = expectation.writes.filter((it) => !it.accepted).length;
      expect(rejected > 0).toBe(version === '2026-09');
      expect(expectation.creates.filter((it) => ids.includes(it.key) && it.accepted).map((it) => it.key)).toEqual([
        "o'neil@x.test",
        'plain@x.test',
      ]);
      await run(expectation, world, version);
      expect(compare(await seen(world), before, [expectation])).toEqual([]);
      const log = await calls(sandbox.adminUrl, world.world);
      const { read, counts } = expectation.push!;
      expect(agree(log, { object: 'visitor', push: { read, outcomes: counts } })).toEqual([]);
    },
  );

  test.each(['accents', 'accentsOnWrite'] as const)(
    'addresses that HubSpot files under others: %s',
    async (hubspotEmailFolding) => {
      const world = await makeWorld(40, { tame: true });
      await admin('PUT', `worlds/${world.world}/switches`, { hubspotEmailFolding });
      const owner = (await seen(world)).contacts.find(({ archived }) => !archived)!;
      const address = owner.properties.email!;
      const ids = [address.replace(/[aeiou]/, (letter) => `${letter}\u0301`), 'jos\u00e9@new.test', 'plain@new.test'];
      await admin(
        'PATCH',
        `worlds/${world.world}/visitors`,
        ids.map((id) => ({ id, metadata: { auto: { id, lastvisit: NOW - 1 } } })),
      );
      const before = await seen(world);
      const setup = setupFor(before, world, 'visitor', { create: 'hubspot', pull: [], push: metrics('visitor') });
      const expectation = expectRun(before, setup);
      const reasons = ids.map((id) => expectation.push!.records.get(id)!.reason);
      const first = hubspotEmailFolding === 'accents' ? 'KEY_TAKEN' : 'FILED_ELSEWHERE';
      expect(reasons).toEqual([first, 'FILED_ELSEWHERE', 'created']);
      await run(expectation, world);
      expect(compare(await seen(world), before, [expectation])).toEqual([]);
      const log = await calls(sandbox.adminUrl, world.world);
      expect(compareLog(log, expectation)).toEqual([]);
      const { read, counts } = expectation.push!;
      const elsewhere = elsewhereOnly(expectation, 'push');
      expect(elsewhere).toBe(1);
      expect(agree(log, { object: 'visitor', push: { read, outcomes: counts, elsewhere } })).toEqual([]);
      expect(agree(log, { object: 'visitor', push: { read, outcomes: counts } })).not.toEqual([]);
    },
  );

  test('items that are renamed, deleted and used late, and segments that lose people', async () => {
    const world = await makeWorld(60);
    const before = await seen(world);
    const setup = setupFor(before, world, 'visitor', { pull: [] }, { approved: ['push'] });
    const first = expectRun(before, setup);
    await run(first, world);
    const after = await seen(world);
    const memory = remember(undefined, first, NOW, after);

    const [renamed, deleted] = [after.subscription.pages[0]!, after.subscription.features[0]!];
    const segments = after.subscription.segments.slice(0, 2);
    await admin('PATCH', `worlds/${world.world}/subscription`, {
      pages: after.subscription.pages.map((it) => (it === renamed ? { ...it, name: 'Renamed' } : it)),
      features: after.subscription.features.map((it) => (it === deleted ? { ...it, deleted: true } : it)),
      segments: [{ ...segments[0]!, visitors: { ids: [] } }, segments[1]],
    });
    const [visitorId] = [...first.match.pairs.values()];
    const row = [...after.events].find((it) => it.visitorId === visitorId) ?? [...after.events][0]!;
    const late = {
      day: Date.UTC(2026, 5, 14, 4),
      firstTime: Date.UTC(2026, 5, 14, 9),
      lastTime: Date.UTC(2026, 5, 14, 9),
    };
    const where = { server: 's', remoteIp: 'r', userAgent: 'u', appId: row.appId, accountId: '' };
    await admin('POST', `worlds/${world.world}/events`, [
      { ...where, ...late, visitorId, pageId: renamed.id, featureId: deleted.id, numEvents: 1_000, numMinutes: 7 },
    ]);
    const changed = await seen(world);
    const next = expectRun(changed, setup, memory);
    const stoppedOf = (id: string) => next.push!.stopped.filter(({ source }) => source.includes(id)).length;
    expect([stoppedOf(renamed.id), stoppedOf(deleted.id), next.push!.stopped.length]).toEqual([0, 4, 5]);
    const used = next
      .push!.records.get(visitorId!)!
      .fields.find(({ source }) => source === `page ${renamed.id} events`)!;
    expect(used).toMatchObject({ outcome: 'written', wanted: { state: 'value' } });
    await run(next, world);
    const end = await seen(world);
    expect(compare(end, changed, [next])).toEqual([]);
    const label = end.portal.properties.contacts.find(({ name }) => name === used.field)!.label;
    expect(label).toBe('Pendo: Renamed');
    expect(expectedWrites(expectRun(end, setup, remember(memory, next, NOW, end)))).toEqual([]);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('any combination of switches and settings, seed %d', async (seed) => {
    let state = seed * 2_654_435_761;
    const pick = <T>(...choices: T[]): T => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return choices[Math.floor((state / 2 ** 32) * choices.length)]!;
    };
    const world = await makeWorld(60, {
      seed,
      zone: pick('America/New_York', 'Africa/Cairo', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC'),
      activityDays: pick(60, 400),
    });
    const object = pick(...syncObjects);
    await admin('PUT', `worlds/${world.world}/switches`, {
      pendoNull: pick('clear', 'ignore', 'error'),
      pendoEmptyString: pick('store', 'clear'),
      pendoClearedReads: pick('absent', 'null', 'empty'),
      pendoUnknownField: pick('call400', 'rowError', 'ignore'),
      pendoTypeClash: pick('coerce', 'rowError', 'call400'),
      pendoList: pick('all', 'distinct'),
      pendoErrorShape: pick('string', 'object'),
      pendoEmptyLists: pick('present', 'absent'),
      pendoNumber: pick('asSent', 'float'),
      pendoTime: pick('number', 'text', 'rfc3339'),
      pendoStringOrder: pick('utf8', 'utf16', 'caseless'),
      pendoDoNotProcessWrite: pick('accept', 'rowError'),
      pendoNumberType: pick('float', 'integer'),
      hubspotBadRow: pick('multiStatus', 'batch400'),
      hubspotMissingId: pick('multiStatus', 'silent'),
      hubspotNormalise: pick('none', 'roundNumbers'),
      hubspotBoolOptions: pick('optional', 'required'),
      hubspotResultOrder: pick('shuffled', 'asSent'),
    });
    const clean = await seen(world);
    if (object === 'visitor') await soil(clean, world, expectRun(clean, setupFor(clean, world, 'visitor')));
    const before = await seen(world);
    const apps = before.subscription.apps.map(({ id }) => id);
    const setup = setupFor(
      before,
      world,
      object,
      {
        keyFolding: pick('exact', 'fold'),
        secondaryEmails: pick(true, false),
        window: pick(7, 30, 90, 180),
        apps: pick(null, apps.slice(0, 1), apps.slice(1)),
        nps: pick('newestAnswer', 'newestSurvey'),
        visitType: pick('date', 'datetime'),
      },
      {
        pendo: { zone: world.zone, clear: pick('null', 'emptyString', 'cannot') },
        approved: ['pull', 'push'],
        forgotten: { hubspot: [before.contacts[3]!.id], pendo: [before.visitors[40]!.id] },
      },
    );
    const expectation = expectRun(before, setup);
    await run(expectation, world);
    const after = await seen(world);
    expect(compare(after, before, [expectation])).toEqual([]);
    expect(compareLog(await calls(sandbox.adminUrl, world.world), expectation)).toEqual([]);
    const memory = remember(undefined, expectation, NOW, after);
    for (const asOf of [NOW, NOW + 3 * 3_600_000]) {
      expect(expectedWrites(expectRun(after, { ...setup, asOf }, memory))).toEqual([]);
    }
  });
});

test('a snapshot has what the portal took of custom events, and a world begins without any', async () => {
  const { world } = await makeWorld(3);
  const truth = await occurrenceSnapshot(sandbox.adminUrl, world, { events: false });
  expect([truth.occurrences, truth.portal.eventDefinitions]).toEqual([[], []]);
});
