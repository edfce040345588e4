import { describe, expect, test } from 'vitest';
import { expect as expectRun, type Memory, remember } from '../../oracle/index.ts';
import type { SyncConfigInput } from '../../src/sync/config.ts';
import { crm, event, NOON, type Parts, pairOf, pendo, property, setup, truth } from './fixtures.ts';

const MINUTE = 60_000;
const plan: Partial<SyncConfigInput> = { pull: [{ property: 'plan' }] };
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

  test('kept fields and unreadable givers destroy nothing', () => {
    const parts = emptied(60, 100);
    expect(expectRun(truth(parts), setup({ pull: [{ property: 'plan', onEmpty: 'keep' }] })).status).toBe('succeeded');
    for (const contact of parts.contacts!) contact.properties.plan = '\u0000';
    expect(expectRun(truth(parts), setup(plan)).status).toBe('succeeded');
  });
});

describe('the count guard', () => {
  const memory = (hubspot: number, pendoRead: number, matched: number): Memory => ({
    sent: new Map(),
    written: new Map(),
    types: new Map(),
    baseline: { hubspot, pendo: pendoRead, matched },
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
    expect(remember(undefined, good, NOON).baseline).toEqual({ hubspot: 80, pendo: 80, matched: 80 });
    const dry = expectRun(world, setup(config, { dryRun: true }));
    expect(remember(undefined, dry, NOON).baseline).toBeUndefined();
    const before = memory(200, 200, 200);
    expect(remember(before, expectRun(world, setup(config), before), NOON).baseline).toEqual(before.baseline);
  });
});

describe('what was sent before', () => {
  /** A run that wrote `pro`, then another one `later` minutes on, when Pendo holds `held`. */
  function secondRun(held: unknown, later: number, options: { confirmed?: boolean; given?: string } = {}) {
    const first = pairOf(1, { plan: 'pro' });
    const world = (custom: Record<string, unknown>, given = 'pro') =>
      truth({
        properties: [property('plan')],
        contacts: [crm(1, { email: 'p1@x.test', plan: given })],
        visitors: [pendo(first.visitor.id, { custom })],
      });
    let memory = remember(undefined, expectRun(world({}), setup(plan)), NOON);
    if (options.confirmed) {
      const quiet = expectRun(world({ hubspot_plan: 'pro' }), setup(plan, { asOf: NOON + MINUTE }), memory);
      memory = remember(memory, quiet, NOON + MINUTE);
    }
    const run = expectRun(
      world({ hubspot_plan: held }, options.given),
      setup(plan, { asOf: NOON + later * MINUTE }),
      memory,
    );
    return { run, fields: run.pull!.records.get('1')!.fields[0]!, memory };
  }

  test('is held while it settles, whatever is read', () => {
    expect(secondRun(undefined, 119).fields.outcome).toBe('unchanged');
    expect(secondRun('other', -5).fields.outcome).toBe('unchanged');
    expect(secondRun(undefined, 119, { given: 'free' }).fields).toMatchObject({
      outcome: 'written',
      held: { state: 'value', value: 'pro' },
    });
  });

  test('later, never confirmed: the vendor stores it differently, and it is not sent again until wanted changes', () => {
    const { run, fields } = secondRun('PRO', 120);
    expect(fields.outcome).toBe('altered');
    expect(run.writes).toEqual([]);
    expect(run.pull!.counts.altered).toBe(1);
    expect(secondRun('PRO', 120, { given: 'free' }).fields.outcome).toBe('written');
  });

  test('confirmed once: someone changed it, and it is repaired', () => {
    const { run, fields } = secondRun('hand', 2, { confirmed: true });
    expect(fields).toMatchObject({ outcome: 'written', drift: true });
    expect(run.pull!.drift).toBe(1);
    expect(secondRun('pro', 2, { confirmed: true }).fields.outcome).toBe('unchanged');
  });

  test('is read late by a vendor that lags: quiet while it settles, taken for altered if the lag is longer', () => {
    const parts = (custom: Record<string, unknown>): Parts => ({
      properties: [property('plan')],
      contacts: [pairOf(1, { plan: 'pro' }).contact],
      visitors: [pairOf(1, {}, { custom }).visitor],
      switches: { pendoReadLagMs: 180 * MINUTE },
    });
    const memory = remember(undefined, expectRun(truth(parts({ hubspot_plan: 'old' })), setup(plan)), NOON);
    const outcomeAt = (minutes: number) =>
      expectRun(
        truth(parts({ hubspot_plan: 'pro' })),
        setup(plan, { asOf: NOON + minutes * MINUTE }),
        memory,
      ).pull!.records.get('1')!.outcome;
    expect(outcomeAt(60)).toBe('unchanged');
    expect(outcomeAt(150)).toBe('altered');
    expect(outcomeAt(180)).toBe('unchanged');
  });

  test('is not remembered when it was refused', () => {
    const { contact, visitor } = pairOf(1, {}, { custom: { hubspot_plan: 'pro' } });
    const world = truth({
      properties: [property('plan')],
      contacts: [contact],
      visitors: [visitor],
      switches: { pendoNull: 'error' },
    });
    const first = expectRun(world, setup(plan));
    const memory = remember(undefined, first, NOON);
    expect(memory.sent.size).toBe(0);
    expect(expectRun(world, setup(plan, { asOf: NOON + 500 * MINUTE }), memory).pull!.counts.rejected).toBe(1);
  });

  test('a property that changes its type stops its field, a join property the sync', () => {
    const { memory } = secondRun('pro', 1);
    const changed = (name: string) =>
      truth({ properties: [property('plan', name === 'plan' ? { type: 'number' } : {})] });
    expect(expectRun(changed('plan'), setup(plan), memory).pull!.stopped).toMatchObject([{ source: 'plan' }]);
    const edited = setup({ pull: [{ property: 'plan', onEmpty: 'keep' }] });
    expect(expectRun(changed('plan'), edited, memory).pull!.stopped).toEqual([]);
    const world = truth();
    world.portal.properties.contacts[0]!.type = 'number';
    expect(expectRun(world, setup(plan), memory)).toMatchObject({ status: 'paused', reason: /email/ });
  });
});

describe('a lost match', () => {
  function lost(config: Partial<SyncConfigInput>, clear: 'null' | 'cannot' = 'null') {
    const properties = [property('plan')];
    const pendoSettings = { pendo: { zone: 'UTC', clear } };
    const both = { ...plan, push: [{ metric: 'daysActive' as const }], ...config };
    const { contact, visitor } = pairOf(1, { plan: 'pro' });
    const first = expectRun(
      truth({ properties, contacts: [contact], visitors: [visitor] }),
      setup(both, pendoSettings),
    );
    const memory = remember(undefined, first, NOON);
    // The contact's address changed; someone else's visitor holds the same field, but not from us.
    const contacts = [crm(1, { email: 'new@x.test', plan: 'pro', pendo_days_active_180d: '0' })];
    const visitors = [
      pendo(visitor.id, { custom: { hubspot_plan: 'pro', other: 'x' } }),
      pendo('stranger', { custom: { hubspot_plan: 'pro' } }),
    ];
    return expectRun(truth({ properties, contacts, visitors }), setup(both, pendoSettings), memory);
  }

  test('leaves what was written, by default', () => {
    expect(lost({}).writes).toEqual([]);
  });

  test('clears exactly what we wrote, on both sides, counted apart, over `keep`', () => {
    const run = lost({ onLostMatch: 'clear', pull: [{ property: 'plan', onEmpty: 'keep' }] });
    expect(run.writes).toMatchObject([
      { side: 'pendo', takerId: 'p1@x.test', fields: { hubspot_plan: { old: 'pro', new: null } }, why: 'lostMatch' },
      { side: 'hubspot', takerId: '1', fields: { pendo_days_active_180d: { old: 0, new: null } }, why: 'lostMatch' },
    ]);
    expect(run.pull).toMatchObject({ cleared: 1, counts: { unmatched: 1, written: 0 } });
    expect(run.push).toMatchObject({ cleared: 1, counts: { unmatched: 2, written: 0 } });
    expect(lost({ onLostMatch: 'clear' }, 'cannot').pull!.cleared).toBe(0);
  });
});
