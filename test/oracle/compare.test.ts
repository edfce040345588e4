import { describe, expect, test } from 'vitest';
import { compare, expectedWrites, expect as expectRun, remember, type Truth } from '../../oracle/index.ts';
import { crm, event, NOON, pairOf, pendo, property, setup, truth } from './fixtures.ts';

const config = {
  pull: [{ property: 'plan' }, { property: 'seats' }],
  push: [{ metric: 'daysActive' as const }, { metric: 'usageTrending' as const }],
};

/** Three pairs, two loners, and what a correct run makes of them. */
function world(): { before: Truth; after: Truth } {
  const pairs = [
    pairOf(1, { plan: 'pro', seats: '5', note: 'mine' }, { agent: { role: 'admin' } }),
    pairOf(2, { plan: 'free', seats: '7' }, { custom: { hubspot_plan: 'pro', own: 1 } }),
    pairOf(3, { pendo_usage_trending_180d: '12' }, { custom: { hubspot_plan: 'pro' }, auto: { lastupdated: 1 } }),
  ];
  const before = truth({
    properties: [property('plan'), property('seats', { type: 'number' }), property('note')],
    contacts: [...pairs.map((it) => it.contact), crm(9, { email: 'nobody@x.test', plan: 'pro' })],
    visitors: [...pairs.map((it) => it.visitor), pendo('lone', { custom: { hubspot_plan: 'hand' } })],
    events: [event('p1@x.test', 1, 30), event('p1@x.test', 200, 20), event('p2@x.test', 5, 4)],
  });
  const after = structuredClone(before);
  after.portal.groups.contacts.push({ name: 'pendo', label: 'Pendo', archived: false });
  for (const name of ['pendo_days_active_180d', 'pendo_usage_trending_180d']) {
    after.portal.properties.contacts.push(
      property(name, { type: 'number', fieldType: 'number', groupName: 'pendo', description: 'What it measures' }),
    );
  }
  const custom = after.subscription.schema.visitor.custom!;
  custom.hubspot_plan = { type: 'string', displayName: 'HubSpot: plan', isDeleted: false };
  custom.hubspot_seats = { type: 'float', displayName: 'HubSpot: seats', isDeleted: false };
  Object.assign(after.contacts[0]!.properties, {
    pendo_days_active_180d: '1',
    pendo_usage_trending_180d: '50',
    lastmodifieddate: 'now',
  });
  Object.assign(after.contacts[1]!.properties, { pendo_days_active_180d: '1' });
  Object.assign(after.contacts[2]!.properties, { pendo_days_active_180d: '0' });
  delete after.contacts[2]!.properties.pendo_usage_trending_180d;
  after.visitors[0]!.metadata.custom = { hubspot_plan: 'pro', hubspot_seats: 5 };
  after.visitors[1]!.metadata.custom = { hubspot_plan: 'free', hubspot_seats: 7, own: 1 };
  after.visitors[2]!.metadata = { custom: {}, auto: { lastupdated: 2 } };
  return { before, after };
}

function verdict(corrupt: (after: Truth) => void = () => {}) {
  const { before, after } = world();
  corrupt(after);
  return compare(after, before, expectRun(before, setup(config)));
}

const contact = (after: Truth, index: number) => after.contacts[index]!.properties;
const custom = (after: Truth, index: number) => after.visitors[index]!.metadata.custom!;

describe('the comparison', () => {
  test('finds nothing where everything is as it must be', () => {
    expect(verdict()).toEqual([]);
  });

  test('finds a wrong zero', () => {
    const findings = verdict((after) => {
      contact(after, 0).pendo_days_active_180d = '0';
    });
    expect(findings).toEqual([
      { side: 'hubspot', id: '1', field: 'pendo_days_active_180d', expected: 1, actual: '0', kind: 'wrong' },
    ]);
  });

  test('finds a swapped match', () => {
    const findings = verdict((after) => {
      const first = after.visitors[0]!.metadata.custom!;
      const second = after.visitors[1]!.metadata.custom!;
      [first.hubspot_seats, second.hubspot_seats] = [second.hubspot_seats, first.hubspot_seats];
    });
    expect(findings).toMatchObject([
      { side: 'pendo', id: 'p1@x.test', field: 'custom.hubspot_seats', expected: 5, actual: 7, kind: 'wrong' },
      { side: 'pendo', id: 'p2@x.test', field: 'custom.hubspot_seats', expected: 7, actual: 5, kind: 'wrong' },
    ]);
  });

  test('finds a stale value', () => {
    const findings = verdict((after) => {
      custom(after, 1).hubspot_plan = 'pro';
    });
    expect(findings).toMatchObject([{ id: 'p2@x.test', expected: 'free', actual: 'pro', kind: 'stale' }]);
  });

  test('finds a missing value, also where nothing had to be written', () => {
    const findings = verdict((after) => {
      delete custom(after, 0).hubspot_seats;
      delete contact(after, 2).pendo_days_active_180d;
      custom(after, 3).hubspot_plan = null;
    });
    expect(findings.map(({ id, field, kind }) => [id, field, kind])).toEqual([
      ['3', 'pendo_days_active_180d', 'missing'],
      ['p1@x.test', 'custom.hubspot_seats', 'missing'],
      ['lone', 'custom.hubspot_plan', 'missing'],
    ]);
  });

  test.each<[string, (after: Truth) => void]>([
    ['a property of the customer', (after) => Object.assign(contact(after, 0), { note: 'ours' })],
    ['a property that appears', (after) => Object.assign(contact(after, 3), { fresh: 'x' })],
    ['a metadata field', (after) => Object.assign(custom(after, 1), { own: 2 })],
    ['another group', (after) => Object.assign(after.visitors[0]!.metadata, { agent: { role: 'user' } })],
    ['a group that appears', (after) => Object.assign(after.visitors[0]!.metadata, { salesforce: { x: 1 } })],
    ['an archived contact', (after) => Object.assign(after.contacts[3]!, { archived: true })],
  ])('finds a foreign field touched: %s', (_what, corrupt) => {
    expect(verdict(corrupt).map((it) => it.kind)).toEqual(['foreign']);
  });

  test('finds an owned field written on a record that has no partner', () => {
    const findings = verdict((after) => {
      contact(after, 3).pendo_days_active_180d = '0';
      custom(after, 3).hubspot_plan = 'pro';
    });
    expect(findings.map(({ id, kind }) => [id, kind])).toEqual([
      ['9', 'wrong'],
      ['lone', 'wrong'],
    ]);
  });

  test('finds records that came or went', () => {
    const findings = verdict((after) => {
      after.contacts.pop();
      after.visitors.push(pendo('new', { custom: { hubspot_plan: 'pro' } }));
    });
    expect(findings.map(({ id, kind }) => [id, kind])).toEqual([
      ['9', 'missing'],
      ['new', 'created'],
    ]);
  });

  test.each<[string, (after: Truth) => void]>([
    ['a property that was not made', (after) => after.portal.properties.contacts.pop()],
    ['a wrong type', (after) => Object.assign(after.portal.properties.contacts.at(-1)!, { type: 'string' })],
    ['the wrong group', (after) => Object.assign(after.portal.properties.contacts.at(-1)!, { groupName: 'x' })],
    ['no description', (after) => Object.assign(after.portal.properties.contacts.at(-1)!, { description: '' })],
    ['a property of the customer', (after) => Object.assign(after.portal.properties.contacts[0]!, { label: 'x' })],
    ['a property too many', (after) => after.portal.properties.contacts.push(property('pendo_extra'))],
    ['the group unmade', (after) => after.portal.groups.contacts.pop()],
    ['a group too many', (after) => after.portal.groups.contacts.push({ name: 'x', label: 'x', archived: false })],
    [
      'a deleted field',
      (after) => Object.assign(after.subscription.schema.visitor.custom!.hubspot_plan!, { isDeleted: true }),
    ],
    [
      'a display name',
      (after) => Object.assign(after.subscription.schema.visitor.custom!.hubspot_plan!, { displayName: 'x' }),
    ],
    [
      'a field too many',
      (after) =>
        Object.assign(after.subscription.schema.visitor.custom!, {
          extra: { type: 'string', displayName: '', isDeleted: false },
        }),
    ],
  ])('finds a definition astray: %s', (_what, corrupt) => {
    expect(verdict(corrupt).map((it) => it.kind)).toEqual(['definition']);
  });

  test('expects nothing at all of a dry run', () => {
    const { before, after } = world();
    const dry = expectRun(before, setup(config, { dryRun: true }));
    expect(dry.pull!.counts.written).toBe(3);
    expect(compare(structuredClone(before), before, dry)).toEqual([]);
    expect(compare(after, before, dry).length).toBeGreaterThan(0);
  });

  test('of the whole world also watches the object that is not synced', () => {
    const { before, after } = world();
    before.companies.push(crm(50, { name: 'Acme' }));
    after.companies.push(crm(50, { name: 'Acme Inc' }));
    const expectation = expectRun(before, setup(config));
    expect(compare(after, before, expectation)).toEqual([]);
    expect(compare(after, before, [expectation])).toMatchObject([{ id: '50', field: 'name', kind: 'foreign' }]);
  });

  test('takes the created records that are expected, each once and with nothing else in it', () => {
    const before = truth({ visitors: [pendo('new@x.test')] });
    const expectation = expectRun(before, setup({ push: [{ metric: 'daysActive' }], create: 'hubspot' }));
    const after = structuredClone(before);
    after.portal = world().after.portal;
    after.portal.properties.contacts = after.portal.properties.contacts.filter((it) =>
      ['email', 'key', 'hs_additional_emails', 'pendo_days_active_180d'].includes(it.name),
    );
    const created = { email: 'new@x.test', pendo_days_active_180d: '0', createdate: 'x', hs_object_id: '77' };
    expect(compare(after, before, expectation)).toMatchObject([{ id: 'new@x.test', kind: 'missing' }]);
    after.contacts.push(crm(77, created));
    expect(compare(after, before, expectation)).toEqual([]);
    after.contacts.push(crm(78, created));
    expect(compare(after, before, expectation)).toMatchObject([{ id: '78', kind: 'created' }]);
    after.contacts[1] = crm(78, { email: 'other@x.test' });
    expect(compare(after, before, expectation)).toMatchObject([{ id: '78', kind: 'created' }]);
    after.contacts.splice(0, 2, crm(77, { ...created, firstname: 'New', pendo_days_active_180d: '1' }));
    expect(compare(after, before, expectation).map((it) => it.kind)).toEqual(['wrong', 'foreign']);
  });
});

describe('a second run', () => {
  test('at an unmoved clock writes nothing', () => {
    const { before, after } = world();
    const first = expectRun(before, setup(config));
    const memory = remember(undefined, first, NOON);
    expect(expectedWrites(first)).toHaveLength(10);
    expect(expectedWrites(expectRun(after, setup(config)))).toEqual([]);
    expect(expectRun(after, setup(config), memory).writes).toEqual([]);
  });

  test('a day on, without new events, writes what left the windows and nothing else', () => {
    const { before, after } = world();
    before.events = after.events = [event('p1@x.test', 180, 30), event('p1@x.test', 200, 20), event('p2@x.test', 5, 4)];
    const memory = remember(undefined, expectRun(before, setup(config)), NOON);
    const run = expectRun(after, setup(config, { asOf: NOON + 86_400_000 }), memory);
    // The day that was 180 days ago is now in the earlier window: no minute against 50.
    expect(expectedWrites(run).map(({ id, field, expected }) => [id, field, expected])).toEqual([
      ['1', 'pendo_days_active_180d', 0],
      ['1', 'pendo_usage_trending_180d', -100],
    ]);
  });
});
