import { describe, expect, test } from 'vitest';
import { expectedWrites, expect as expectRun } from '../../oracle/index.ts';
import type { SyncConfigInput } from '../../src/sync/config.ts';
import { crm, field, type Parts, pairOf, pendo, property, setup, truth } from './fixtures.ts';

const plan: SyncConfigInput['pull'] = [{ property: 'plan' }];

/** One pair: the contact gives `given`, the visitor holds `held` in `hubspot_plan`. */
function onePair(given: string | undefined, held: unknown, config: Partial<SyncConfigInput> = {}, parts: Parts = {}) {
  const { contact, visitor } = pairOf(1, given === undefined ? {} : { plan: given }, {
    custom: { hubspot_plan: held },
  });
  const world = truth({ properties: [property('plan')], contacts: [contact], visitors: [visitor], ...parts });
  return expectRun(world, setup({ pull: plan, ...config }));
}

describe('a pulled field', () => {
  test.each([
    ['pro', undefined, 'written', 'pro'],
    ['pro', 'pro', 'unchanged', undefined],
    ['pro', 'free', 'written', 'pro'],
    ['pro', 5, 'written', 'pro'],
    [undefined, 'pro', 'written', null],
    [undefined, undefined, 'unchanged', undefined],
    [undefined, '', 'unchanged', undefined],
    [undefined, null, 'unchanged', undefined],
    ['pro ', 'pro', 'written', 'pro '],
    ['a\u0000b', 'pro', 'invalidField', undefined],
  ])('given %j, held %j: %s', (given, held, outcome, sent) => {
    const run = onePair(given, held);
    expect(run.pull!.records.get('1')!.outcome).toBe(outcome);
    expect(run.writes[0]?.fields.hubspot_plan?.new).toBe(sent);
  });

  test('is kept where the mapping says keep, or Pendo cannot clear; a value is written all the same', () => {
    const keep: Partial<SyncConfigInput> = { pull: [{ property: 'plan', onEmpty: 'keep' }] };
    expect(onePair(undefined, 'pro', keep).pull!.counts.kept).toBe(1);
    expect(onePair(undefined, undefined, keep).pull!.counts.unchanged).toBe(1);
    expect(onePair('free', 'pro', keep).pull!.counts.written).toBe(1);
    const { contact, visitor } = pairOf(1, {}, { custom: { hubspot_plan: 'pro' } });
    const world = truth({ properties: [property('plan')], contacts: [contact], visitors: [visitor] });
    const cannot = expectRun(world, setup({ pull: plan }, { pendo: { zone: 'UTC', clear: 'cannot' } }));
    expect(cannot.pull!.records.get('1')).toMatchObject({ outcome: 'kept', fields: [{ reason: /no way/ }] });
  });

  test('goes by the canonical form of its type, however Pendo reads it back', () => {
    const properties = [
      property('n', { type: 'number' }),
      property('d', { type: 'date' }),
      property('t', { type: 'datetime' }),
      property('m', { type: 'enumeration', fieldType: 'checkbox' }),
      property('b', { type: 'bool' }),
    ];
    const given = { n: '1.50', d: '2026-01-02', t: '2026-01-02T03:04:05Z', m: 'b;a', b: 'true' };
    const ms = Date.UTC(2026, 0, 2, 3, 4, 5);
    for (const held of [
      { hubspot_n: 1.5, hubspot_d: Date.UTC(2026, 0, 2), hubspot_t: ms, hubspot_m: 'a;b', hubspot_b: true },
      {
        hubspot_n: '1.5',
        hubspot_d: String(Date.UTC(2026, 0, 2)),
        hubspot_t: String(ms),
        hubspot_m: 'b;a',
        hubspot_b: true,
      },
      {
        hubspot_n: 1.5,
        hubspot_d: '2026-01-02T00:00:00Z',
        hubspot_t: '2026-01-02T03:04:05.000Z',
        hubspot_m: 'a;b;a',
        hubspot_b: true,
      },
    ]) {
      const { contact, visitor } = pairOf(1, given, { custom: held });
      const run = expectRun(
        truth({ properties, contacts: [contact], visitors: [visitor] }),
        setup({ pull: properties.map(({ name }) => ({ property: name })) }),
      );
      expect(run.writes).toEqual([]);
      expect(run.pull!.counts.unchanged).toBe(1);
    }
  });

  test('stops where the property is gone, cannot be mapped, or Pendo has another type; the others go on', () => {
    const properties = [
      property('plan'),
      property('old', { archived: true }),
      property('secret', { dataSensitivity: 'sensitive' }),
      property('shape', { type: 'json' }),
      property('seats', { type: 'number' }),
      property('size', { type: 'number' }),
    ];
    const pull = ['plan', 'gone', 'old', 'secret', 'shape', 'seats', 'size'].map((it) => ({ property: it }));
    const { contact, visitor } = pairOf(1, { plan: 'pro', seats: '5', size: '6', secret: 's' });
    const custom = { hubspot_seats: field('string'), hubspot_size: field('integer') };
    const parts: Parts = { properties, contacts: [contact], visitors: [visitor], custom };
    const run = expectRun(truth(parts), setup({ pull }));
    expect(run.pull!.stopped.map((it) => it.source)).toEqual(['gone', 'old', 'secret', 'shape', 'seats']);
    expect(run.writes).toMatchObject([{ fields: { hubspot_plan: { new: 'pro' }, hubspot_size: { new: 6 } } }]);
    const scoped = expectRun(truth({ ...parts, scopes: ['crm.objects.contacts.sensitive.read.v2'] }), setup({ pull }));
    expect(scoped.pull!.stopped.map((it) => it.source)).not.toContain('secret');
  });

  test('is named after its property in Pendo letters; a collision needs a resolution', () => {
    const properties = [property('Plan-A'), property('plan_a')];
    const { contact, visitor } = pairOf(1, { 'Plan-A': 'x', plan_a: 'y' });
    const world = truth({ properties, contacts: [contact], visitors: [visitor] });
    const pull = [{ property: 'Plan-A' }, { property: 'plan_a' }];
    expect(() => expectRun(world, setup({ pull }))).toThrow(/hubspot_plan_a/);
    const resolvedFields = { plan_a: 'hubspot_plan_a_2' };
    expect(expectRun(world, setup({ pull }, { resolvedFields })).writes[0]!.fields).toMatchObject({
      hubspot_plan_a: { new: 'x' },
      hubspot_plan_a_2: { new: 'y' },
    });
  });
});

describe('a pushed field', () => {
  const push: SyncConfigInput['push'] = [
    { metric: 'lastVisit' },
    { metric: 'daysActive' },
    { metric: 'usageTrending' },
  ];
  const run = (properties: Record<string, string>, extra: Parts = {}) => {
    const { contact, visitor } = pairOf(1, properties);
    return expectRun(truth({ contacts: [contact], visitors: [visitor], ...extra }), setup({ push }));
  };

  test('with nothing to say: visits are kept, days become 0, the trend is cleared', () => {
    const held = { pendo_last_visit: '2026-01-01', pendo_days_active_180d: '3', pendo_usage_trending_180d: '4.5' };
    const result = run(held);
    expect(result.writes).toMatchObject([
      {
        targetId: '1',
        fields: { pendo_days_active_180d: { old: 3, new: 0 }, pendo_usage_trending_180d: { new: null } },
      },
    ]);
    expect(result.push!.fieldCounts).toEqual({
      pendo_last_visit: { kept: 1 },
      pendo_days_active_180d: { written: 1 },
      pendo_usage_trending_180d: { written: 1 },
    });
    expect(result.push!.counts.written).toBe(1);
  });

  test('is owed as an explicit 0 where HubSpot holds nothing', () => {
    expect(run({}).writes).toMatchObject([{ fields: { pendo_days_active_180d: { old: null, new: 0 } } }]);
  });

  test('stops where HubSpot has another type, or will not let it be written', () => {
    const properties = [
      property('pendo_last_visit', { type: 'string' }),
      property('pendo_days_active_180d', { type: 'number', readOnlyValue: true }),
      property('pendo_usage_trending_180d', { type: 'number' }),
    ];
    const result = run({ pendo_usage_trending_180d: '1' }, { properties });
    expect(result.push!.stopped.map((it) => it.source)).toEqual(['lastVisit', 'daysActive']);
    expect(result.push!.counts.written).toBe(1);
    expect(result.push!.fieldCounts.pendo_days_active_180d).toBeUndefined();
    const alone = run({}, { properties });
    expect(alone.push!.counts.unchanged).toBe(1);
    expect(alone.writes).toEqual([]);
  });
});

describe('the outcomes', () => {
  test('partition the records of the source', () => {
    const contacts = [
      crm(1),
      crm(2, { email: '\u0000' }),
      crm(3, { email: 'twin@x' }),
      crm(4, { email: 'twin@x' }),
      crm(5, { email: 'nobody@x' }),
      crm(6, { email: 'forgotten@x' }),
      crm(7, { email: 'a@x', plan: 'pro' }),
      crm(8, { email: 'b@x', plan: 'pro' }),
    ];
    const visitors = [pendo('a@x'), pendo('b@x', { custom: { hubspot_plan: 'pro' } }), pendo('c@x')];
    const world = truth({ properties: [property('plan')], contacts, visitors });
    const config = { pull: plan, push: [{ metric: 'daysActive' as const }] };
    const run = expectRun(world, setup(config, { forgotten: { hubspot: ['6'] } }));
    expect(run.pull).toMatchObject({
      read: 8,
      counts: { excluded: 1, blank: 1, invalidKey: 1, ambiguous: 2, unmatched: 1, written: 1, unchanged: 1 },
    });
    expect(run.push).toMatchObject({ read: 3, counts: { unmatched: 1, written: 2 } });
  });

  test('of a record with several fields is the first that applies', () => {
    const properties = ['a', 'b', 'c'].map((it) => property(it, it === 'b' ? { type: 'number' } : {}));
    const pull = [{ property: 'a' }, { property: 'b' }, { property: 'c', onEmpty: 'keep' as const }];
    const outcome = (given: Record<string, string>, held: Record<string, unknown>) => {
      const { contact, visitor } = pairOf(1, given, { custom: held });
      const run = expectRun(truth({ properties, contacts: [contact], visitors: [visitor] }), setup({ pull }));
      return run.pull!.records.get('1')!.outcome;
    };
    expect(outcome({ a: 'x', b: 'many' }, { hubspot_c: 'z' })).toBe('written');
    expect(outcome({ b: 'many' }, { hubspot_c: 'z' })).toBe('invalidField');
    expect(outcome({ b: '1' }, { hubspot_b: 1, hubspot_c: 'z' })).toBe('kept');
    expect(outcome({ b: '1' }, { hubspot_b: 1 })).toBe('unchanged');
  });
});

describe('a run that needs a person delivers nothing', () => {
  test('nor does one that could not read a side to the end: whoever has a valid key is not reached', () => {
    const emails = ['a@x', 'a@x', 'nobody@x', ' ', '\u0000'];
    const contacts = emails.map((email, n) => crm(n + 1, { email }));
    const parts: Parts = { properties: [property('plan')], contacts, visitors: [pendo('a@x'), pendo('b@x')] };
    const both: Partial<SyncConfigInput> = { pull: plan, push: [{ metric: 'daysActive' }] };
    const run = expectRun(truth(parts), setup(both, { unfinishedRead: true, forgotten: { pendo: ['b@x'] } }));
    expect(run).toMatchObject({ status: 'failed', writes: [], creates: [], definitions: [] });
    expect(run.pull!.counts).toMatchObject({ notReached: 3, blank: 1, invalidKey: 1, ambiguous: 0, unmatched: 0 });
    expect(run.push!.counts).toMatchObject({ notReached: 1, excluded: 1 });
  });

  test('an app that Pendo does not have', () => {
    const run = expectRun(truth({ properties: [property('plan')] }), setup({ pull: plan, apps: [42] }));
    expect(run).toMatchObject({ status: 'paused', reason: /42/ });
  });

  test('the join property is gone', () => {
    const run = expectRun(truth(), setup({ joinKey: { property: 'nope' }, pull: plan }));
    expect(run).toMatchObject({ status: 'paused', writes: [], definitions: [], reason: /nope/ });
  });

  test("the zone is not Pendo's", () => {
    const world = truth({ zone: 'America/New_York', properties: [property('plan')] });
    expect(expectRun(world, setup({ pull: plan })).status).toBe('paused');
    const right = setup({ pull: plan }, { pendo: { zone: 'America/Toronto', clear: 'null' } });
    expect(expectRun(world, right).status).toBe('succeeded');
  });
});

describe('switches', () => {
  const parts = (switches: Parts['switches']): Parts => {
    const clearing = pairOf(1, { other: 'new' }, { custom: { hubspot_plan: 'pro' } });
    const plain = pairOf(2, { other: 'new', plan: 'pro' });
    return {
      properties: [property('plan'), property('other')],
      contacts: [clearing.contact, plain.contact],
      visitors: [clearing.visitor, plain.visitor],
      switches: switches!,
    };
  };
  const config = { pull: [{ property: 'plan' }, { property: 'other' }] };

  test('a refused null is found out where anything else is taken, and the value is kept', () => {
    const run = expectRun(truth(parts({ pendoNull: 'error', pendoReadLagMs: 60_000 })), setup(config));
    expect(run.pull!.counts).toMatchObject({ rejected: 0, written: 2 });
    expect(run.pull!.fieldCounts).toMatchObject({
      hubspot_plan: { kept: 1, written: 1 },
      hubspot_other: { written: 2 },
    });
    expect(run.status).toBe('succeeded');
    expect(run.uncleared).toEqual(['text']);
  });

  test('where nothing else is sent, a refused null refuses its row', () => {
    const one = pairOf(1, { plan: '' }, { custom: { hubspot_plan: 'pro' } });
    const world = truth({
      properties: [property('plan')],
      contacts: [one.contact],
      visitors: [one.visitor],
      switches: { pendoNull: 'error' },
    });
    const run = expectRun(world, setup({ pull: [{ property: 'plan' }] }));
    expect(run.pull!.counts).toMatchObject({ rejected: 1, written: 0 });
    expect(run.status).toBe('degraded');
    expect(expectedWrites(run)).toEqual([]);
  });

  test('an ignored null is found out where other values are read back, and the value is kept', () => {
    const run = expectRun(truth(parts({ pendoNull: 'ignore' })), setup(config));
    expect(run.pull!.fieldCounts).toMatchObject({
      hubspot_plan: { kept: 1, written: 1 },
      hubspot_other: { written: 2 },
    });
    expect(Object.keys(run.writes[0]!.fields)).toEqual(['hubspot_other']);
    expect(run.uncleared).toContain('text');
  });

  test('where nothing can be read back soon, an ignored null is accepted and leaves the value where it was', () => {
    const run = expectRun(truth(parts({ pendoNull: 'ignore', pendoReadLagMs: 60_000 })), setup(config));
    expect(run.pull!.counts.written).toBe(2);
    expect(run.writes[0]!.fields).toMatchObject({
      hubspot_plan: { new: null, after: 'untouched' },
      hubspot_other: { new: 'new', after: 'new' },
    });
  });

  test('an empty string clears whatever null would do', () => {
    const pendoSettings = { pendo: { zone: 'UTC', clear: 'emptyString' as const } };
    const run = expectRun(truth(parts({ pendoNull: 'error' })), setup(config, pendoSettings));
    expect(run.pull!.counts.written).toBe(2);
    expect(run.writes[0]!.fields.hubspot_plan).toMatchObject({ old: 'pro', new: null, after: null });
  });

  test("a portal's validation rules refuse rows, where the API version knows them", () => {
    const pairs = [pairOf(1, { stage: 'won' }), pairOf(2, { stage: 'won', reason: 'price' }), pairOf(3)];
    const world = truth({
      contacts: pairs.map((it) => it.contact),
      visitors: [...pairs.map((it) => it.visitor), pendo('new@x.test')],
    });
    world.portal.validationRules = [
      { object: 'contacts', property: 'reason', when: { property: 'stage', value: 'won' } },
      { object: 'contacts', property: 'owner' },
      { object: 'companies', property: 'name' },
    ];
    const config = { push: [{ metric: 'daysActive' as const }], create: 'hubspot' as const };
    const run = expectRun(world, setup(config));
    expect(run.push!.counts).toMatchObject({ rejected: 2, written: 2 });
    expect(run.push!.records.get('p1@x.test')!.fields[0]!.reason).toMatch(/reason/);
    expect(run.push!.records.get('new@x.test')!.reason).toMatch(/owner/);
    const older = expectRun(world, setup(config, { ignoresValidationRules: true }));
    expect(older.push!.counts).toMatchObject({ rejected: 0, written: 4 });
  });

  test('a HubSpot that rounds stores what it rounds to', () => {
    const { contact, visitor } = pairOf(1);
    const events = [1, 181].map((daysAgo, index) => ({
      visitorId: visitor.id,
      accountId: '',
      appId: 1,
      day: Date.UTC(2026, 5, 15) - daysAgo * 86_400_000,
      minutes: index === 0 ? 4 : 3,
      blacklisted: false,
    }));
    const world = truth({
      contacts: [contact],
      visitors: [visitor],
      events,
      switches: { hubspotNormalise: 'roundNumbers' },
    });
    const run = expectRun(world, setup({ push: [{ metric: 'usageTrending' }] }));
    expect(run.writes[0]!.fields.pendo_usage_trending_180d).toMatchObject({ old: null, new: 33.3, after: 33 });
  });
});
