import { describe, expect, test } from 'vitest';
import { expect as expectRun, type Memory, remember } from '../../oracle/index.ts';
import type { SyncConfigInput } from '../../src/sync/config.ts';
import { crm, event, NOON, type Parts, pairOf, pendo, property, setup, truth } from './fixtures.ts';

const plan: Partial<SyncConfigInput> = { pull: [{ property: 'plan' }] };
const nothing: Memory = {
  sent: new Map(),
  fields: new Map(),
  rejected: new Set(),
  filedElsewhere: new Map(),
  types: new Map(),
  mirrorStands: false,
};
const range = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Pairs whose visitors all hold `pro`; the first `emptied` contacts give nothing any more. */
function emptied(count: number, of: number): Parts {
  const pairs = range(of).map((n) => pairOf(n, n <= count ? {} : { plan: 'pro' }, { custom: { hubspot_plan: 'pro' } }));
  return {
    properties: [property('plan')],
    contacts: pairs.map((it) => it.contact),
    visitors: pairs.map((it) => it.visitor),
  };
}

describe('the value guard', () => {
  test('holds above both the share and the floor, not at them', () => {
    const status = (count: number, of: number) => expectRun(truth(emptied(count, of)), setup(plan)).status;
    expect(status(25, 100)).toBe('succeeded');
    expect(status(26, 100)).toBe('held');
    expect(status(26, 260)).toBe('succeeded');
    expect(status(27, 260)).toBe('held');
  });

  test('a held leg writes nothing, the other goes on, and approval lets it through', () => {
    const world = truth(emptied(30, 100));
    const config = { ...plan, push: [{ metric: 'daysActive' as const }] };
    const run = expectRun(world, setup(config));
    expect(run.pull!.counts).toMatchObject({ held: 30, unchanged: 70 });
    expect(run.push!.counts.written).toBe(100);
    expect(run.writes.every((it) => it.leg === 'push')).toBe(true);
    expect(run.guards.find((it) => it.held)).toMatchObject({ subject: 'hubspot_plan', figure: 30, of: 100 });
    const approved = expectRun(world, setup(config, { approved: ['pull'] }));
    expect(approved.pull!.counts.written).toBe(30);
    expect(approved.status).toBe('succeeded');
  });

  test('a 0 is nothing to lose, and no loss in place of a score or a trend', () => {
    const pairs = range(60).map((n) =>
      pairOf(n, { pendo_days_active_180d: '5', pendo_usage_trending_180d: '7', pendo_time_on_app_180d: '0' }),
    );
    const world = truth({ contacts: pairs.map((it) => it.contact), visitors: pairs.map((it) => it.visitor) });
    const metrics = (...names: ('daysActive' | 'timeOnApp' | 'usageTrending')[]) =>
      expectRun(world, setup({ push: names.map((metric) => ({ metric })) }));
    expect(metrics('daysActive').status).toBe('held'); // 5 -> 0
    expect(metrics('timeOnApp').writes).toEqual([]); // 0 -> 0
    expect(metrics('usageTrending').status).toBe('held'); // 7 % -> empty
    for (const contact of world.contacts) contact.properties.pendo_usage_trending_180d = '0';
    expect(metrics('usageTrending').status).toBe('succeeded'); // 0 % -> empty
    for (const contact of world.contacts) contact.properties.pendo_usage_trending_180d = '7';
    world.events = world.visitors.flatMap(({ id }) => [event(id, 1, 3), event(id, 200, 3)]);
    expect(metrics('usageTrending').status).toBe('succeeded'); // 7 % -> 0 %
  });

  test('a share is the decimal as written', () => {
    const guards = { valueShare: 0.57 };
    const status = (count: number) => expectRun(truth(emptied(count, 100)), setup({ ...plan, guards })).status;
    expect(status(57)).toBe('succeeded'); // 0.57 × 100 is 56.99… in doubles
    expect(status(58)).toBe('held');
  });

  test('kept fields and unreadable sources destroy nothing', () => {
    const parts = emptied(60, 100);
    expect(expectRun(truth(parts), setup({ pull: [{ property: 'plan', onEmpty: 'keep' }] })).status).toBe('succeeded');
    for (const contact of parts.contacts!) contact.properties.plan = '\u0000';
    expect(expectRun(truth(parts), setup(plan)).status).toBe('succeeded');
  });
});

describe('the count guard', () => {
  const memory = (hubspot: number, pendoRead: number, matched: number): Memory => ({
    ...nothing,
    baseline: { hubspot, pendo: pendoRead, matched, create: 'none', mapping: '', definitions: '' },
  });
  const world = truth({
    properties: [property('plan')],
    contacts: range(80).map((n) => crm(n, { email: `p${n}@x.test`, plan: 'pro' })),
    visitors: range(80).map((n) => pendo(`p${n}@x.test`)),
  });
  const config = { ...plan, push: [{ metric: 'daysActive' as const }] };
  const status = (it: Memory | undefined) => expectRun(world, setup(config), it).status;

  test('holds both legs below four fifths of the baseline, from 100 on', () => {
    expect(status(undefined)).toBe('succeeded');
    expect(status(memory(100, 100, 100))).toBe('succeeded');
    expect(status(memory(101, 80, 80))).toBe('held');
    expect(status(memory(80, 101, 80))).toBe('held');
    expect(status(memory(80, 80, 101))).toBe('held');
    expect(status(memory(99, 99, 99))).toBe('succeeded');
    const run = expectRun(world, setup(config), memory(200, 200, 200));
    expect(run.writes).toEqual([]);
    expect([run.pull!.counts.held, run.push!.counts.held]).toEqual([80, 80]);
  });

  test('takes its baseline from the last run that was neither dry nor held', () => {
    const good = expectRun(world, setup(config));
    expect(remember(undefined, good, NOON).baseline).toMatchObject({ hubspot: 80, pendo: 80, matched: 80 });
    const dry = expectRun(world, setup(config, { dryRun: true }));
    expect(remember(undefined, dry, NOON).baseline).toBeUndefined();
    const before = memory(200, 200, 200);
    expect(remember(before, expectRun(world, setup(config), before), NOON).baseline).toEqual(before.baseline);
  });
});

describe('the creation guard', () => {
  const config: Partial<SyncConfigInput> = { push: [{ metric: 'daysActive' }], create: 'hubspot' };
  const world = (matched: number, alone: number) =>
    truth({
      contacts: range(matched).map((n) => crm(n, { email: `p${n}@x.test` })),
      visitors: range(matched + alone).map((n) => pendo(`p${n}@x.test`)),
    });
  const good = (first: Partial<SyncConfigInput>) =>
    remember(undefined, expectRun(world(300, 0), setup({ ...config, ...first })), NOON);
  const run = (alone: number, memory: Memory | undefined, more = {}) =>
    expectRun(world(300, alone), setup(config, more), memory);

  test('holds its leg above a tenth of the baseline and above 25, deltas too', () => {
    expect(run(31, good({})).status).toBe('held');
    expect(run(31, good({}), { delta: true })).toMatchObject({ status: 'held', scope: 'delta', creates: [] });
    expect(run(30, good({})).status).toBe('succeeded');
    expect(run(31, good({})).guards.find(({ guard }) => guard === 'creations')).toEqual({
      guard: 'creations',
      subject: 'created',
      legs: ['push'],
      figure: 31,
      of: 300,
      held: true,
    });
    expect(run(31, good({}), { approved: ['push'] }).creates).toHaveLength(31);
  });

  test('asks only a baseline that created on the same side', () => {
    expect(run(31, undefined).status).toBe('succeeded');
    expect(run(31, good({ create: 'none' })).status).toBe('succeeded');
  });
});

describe('the mirror stands on the last good full run', () => {
  const config: Partial<SyncConfigInput> = { ...plan, push: [{ metric: 'daysActive' }] };
  const parts = emptied(30, 100);
  const good = truth({ ...parts, contacts: parts.contacts!.slice(30), visitors: parts.visitors!.slice(30) });
  const first = remember(undefined, expectRun(good, setup(config)), NOON);
  const scope = (memory: Memory | undefined, config_: Partial<SyncConfigInput> = config, world = good) =>
    expectRun(world, setup(config_, { delta: true }), memory).scope;

  test('a delta reads everything where no run stands behind it, or the mapping or a definition has changed', () => {
    expect(scope(undefined)).toBe('full');
    expect(scope(first)).toBe('delta');
    expect(scope(first, plan)).toBe('full');
    const changed = structuredClone({ ...good, events: [] });
    changed.portal.properties.contacts.find(({ name }) => name === 'plan')!.type = 'number';
    expect(scope(first, config, changed)).toBe('full');
  });

  test.each([
    ['a held one', truth(parts), {}],
    ['a dry one', good, { dryRun: true }],
    ['one that did not read to the end', good, { unfinishedRead: true }],
  ])('not after another full run began to read: %s; its baseline stays', (_name, world, more) => {
    const memory = remember(first, expectRun(world, setup(config, more), first), NOON);
    expect(scope(memory)).toBe('full');
    expect(memory.baseline).toEqual(first.baseline);
    const healed = remember(memory, expectRun(good, setup(config), memory), NOON);
    expect(scope(healed)).toBe('delta');
  });

  test('an unfinished delta changes nothing of it, and a delta is no baseline', () => {
    const failed = expectRun(good, setup(config, { delta: true, unfinishedRead: true }), first);
    expect(scope(remember(first, failed, NOON))).toBe('delta');
    const fewer = truth({ ...parts, contacts: parts.contacts!.slice(70), visitors: parts.visitors!.slice(70) });
    const delta = expectRun(fewer, setup(config, { delta: true }), first);
    expect(delta.guards.filter(({ guard }) => guard === 'counts')).toEqual([]);
    expect(remember(first, delta, NOON).baseline).toEqual(first.baseline);
  });
});

describe('degraded', () => {
  const rule = { object: 'contacts', property: 'jobtitle', when: { property: 'city', value: 'Nowhere' } } as const;
  /** Pairs of which some are refused, and some hold already what they should. */
  const world = (refused: number, pairs: number, quiet = 0) => {
    const made = range(pairs).map((n) =>
      pairOf(n, {
        ...(n <= refused ? { city: 'Nowhere' } : {}),
        ...(n > pairs - quiet ? { pendo_days_active_180d: '0' } : {}),
      }),
    );
    const it = truth({ contacts: made.map(({ contact }) => contact), visitors: made.map(({ visitor }) => visitor) });
    it.portal.validationRules = [rule];
    return it;
  };
  const config = setup({ push: [{ metric: 'daysActive' }] });
  const first = (refused: number) => remember(undefined, expectRun(world(refused, 100), config), NOON);

  test('goes by what is newly rejected, of the rows that were not rejected before', () => {
    expect(expectRun(world(4, 100), config).status).toBe('succeeded');
    expect(expectRun(world(5, 100), config).status).toBe('degraded');
    // Four hopeless rows are all that a quiet day sends.
    expect(expectRun(world(4, 100, 96), config).status).toBe('degraded');
    expect(expectRun(world(4, 100, 96), config, first(4)).status).toBe('succeeded');
    // One more is all of the new rows.
    expect(expectRun(world(4, 100, 96), config, first(3)).status).toBe('degraded');
  });

  test('or by all that is rejected, of the pairs', () => {
    expect(expectRun(world(5, 100, 95), config, first(5)).status).toBe('degraded');
    expect(expectRun(world(5, 101, 96), config, first(5)).status).toBe('succeeded');
  });

  test('a run that reached nobody in between rejected nobody', () => {
    const failed = expectRun(world(4, 100), { ...config, unfinishedRead: true }, first(4));
    const memory = remember(first(4), failed, NOON);
    expect(expectRun(world(4, 100, 96), config, memory).status).toBe('degraded');
  });
});
