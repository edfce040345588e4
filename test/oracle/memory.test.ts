import { describe, expect, test } from 'vitest';
import { expect as expectRun, type Memory, type OracleSetup, remember, type Truth } from '../../oracle/index.ts';
import type { SyncConfigInput } from '../../src/sync/config.ts';
import { crm, DAY, field, NOON, type Parts, pairOf, pendo, property, setup, truth } from './fixtures.ts';

const MINUTE = 60_000;
const SETTLED = 120 * MINUTE;
const plan: Partial<SyncConfigInput> = { pull: [{ property: 'plan' }] };
/** The fields that the mappings of these tests own, as the first run made them. */
const custom = { hubspot_plan: field('string') };
const pushed = property('pendo_days_active_180d', { type: 'number', groupName: 'pendo' });

/** One pair: the contact gives `given`, the visitor holds `held`. */
function world(held: unknown, given = 'pro', parts: Parts = {}): Truth {
  return truth({
    properties: [property('plan')],
    contacts: [crm(1, { email: 'p1@x.test', plan: given })],
    visitors: [pendo('p1@x.test', held === undefined ? {} : { custom: { hubspot_plan: held } })],
    custom,
    ...parts,
  });
}

/** Runs one after another, each on what it is said to find. */
class History {
  memory: Memory | undefined;

  run(before: Truth, at: number, more: Partial<Omit<OracleSetup, 'syncConfig'>> = {}, config = plan) {
    const expectation = expectRun(before, setup(config, { asOf: at, ...more }), this.memory);
    this.memory = remember(this.memory, expectation, at, before);
    const record = expectation.pull?.records.get('1');
    return { expectation, field: record?.fields[0], outcome: record?.outcome };
  }
}

/** A run that wrote `pro`; perhaps one more that read it back. */
function sent(confirmed = false): History {
  const history = new History();
  history.run(world(undefined), NOON);
  if (confirmed) history.run(world('pro'), NOON + MINUTE);
  return history;
}

/** Sent twice, and read back as `PRO` each time. */
function altered(): History {
  const history = sent();
  expect(history.run(world('PRO'), NOON + SETTLED).outcome).toBe('written');
  expect(history.run(world('PRO'), NOON + 2 * SETTLED).outcome).toBe('altered');
  return history;
}

describe('what was sent before', () => {
  test('is held while it settles, whatever is read', () => {
    expect(sent().run(world(undefined), NOON + 119 * MINUTE).outcome).toBe('unchanged');
    expect(sent().run(world('other'), NOON - 5 * MINUTE).outcome).toBe('unchanged');
    expect(sent().run(world(undefined, 'free'), NOON + 119 * MINUTE).field).toMatchObject({
      outcome: 'written',
      held: { state: 'value', value: 'pro' },
    });
  });

  test('confirmed once: someone changed it, and it is repaired', () => {
    const { field, expectation } = sent(true).run(world('hand'), NOON + 2 * MINUTE);
    expect(field).toMatchObject({ outcome: 'written', drift: true });
    expect(expectation.pull!.drift).toBe(1);
    expect(sent(true).run(world('pro'), NOON + 2 * MINUTE).outcome).toBe('unchanged');
  });

  test('never confirmed, it is owed once more; the same value again is how the vendor stores it', () => {
    const history = sent();
    const { expectation, field: again } = history.run(world('hand'), NOON + SETTLED);
    expect(again).toMatchObject({ outcome: 'written' });
    expect(again?.drift).toBeUndefined();
    expect(expectation.writes).toHaveLength(1);
    expect(history.run(world('hand'), NOON + SETTLED + MINUTE).outcome).toBe('unchanged');
    const last = history.run(world('hand'), NOON + 2 * SETTLED);
    expect(last.outcome).toBe('altered');
    expect(last.expectation.writes).toEqual([]);
    expect(history.run(world('hand'), NOON + 3 * SETTLED).outcome).toBe('altered');
  });

  test('another value than the one seen is owed again, and one that is read back then is confirmed', () => {
    const history = sent();
    history.run(world('hand'), NOON + SETTLED);
    expect(history.run(world('other hand'), NOON + 2 * SETTLED).outcome).toBe('written');
    expect(history.run(world('pro'), NOON + 3 * SETTLED).outcome).toBe('unchanged');
    expect(history.run(world('hand'), NOON + 4 * SETTLED).field).toMatchObject({ outcome: 'written', drift: true });
    // Repaired, it has never been read back again: once more it is owed before it is altered.
    expect(history.run(world('hand'), NOON + 5 * SETTLED).outcome).toBe('written');
    expect(history.run(world('hand'), NOON + 6 * SETTLED).outcome).toBe('altered');
  });

  test('a second time that was refused is no acceptance', () => {
    const history = new History();
    const clears = (pendoNull: 'ignore' | 'error') =>
      world('old', '', { switches: { pendoNull }, contacts: [crm(1, { email: 'p1@x.test' })] });
    history.run(clears('ignore'), NOON);
    expect(history.run(clears('error'), NOON + SETTLED).outcome).toBe('rejected');
    expect(history.run(clears('ignore'), NOON + 2 * SETTLED).outcome).toBe('written');
    expect(history.run(clears('ignore'), NOON + 3 * SETTLED).outcome).toBe('altered');
  });

  test('altered is tried again when wanted changes, in a retry, after each edit of the mapping, and after 30 days', () => {
    expect(altered().run(world('PRO', 'free'), NOON + 3 * SETTLED).outcome).toBe('written');
    expect(altered().run(world('PRO'), NOON + 3 * SETTLED, { retry: true }).outcome).toBe('written');
    const edited = altered();
    expect(edited.run(world('PRO'), NOON + 3 * SETTLED, { mappingVersion: 2 }).outcome).toBe('written');
    expect(edited.run(world('PRO'), NOON + 4 * SETTLED, { mappingVersion: 2 }).outcome).toBe('altered');
    const more: Partial<SyncConfigInput> = { pull: [{ property: 'plan' }, { property: 'email' }] };
    expect(altered().run(world('PRO'), NOON + 3 * SETTLED, {}, more).field?.outcome).toBe('written');
    const old = altered();
    expect(old.run(world('PRO'), NOON + SETTLED + 30 * DAY - 1).outcome).toBe('altered');
    expect(old.run(world('PRO'), NOON + SETTLED + 30 * DAY).outcome).toBe('written');
    expect(old.run(world('PRO'), NOON + 2 * SETTLED + 30 * DAY).outcome).toBe('altered');
  });

  test('is read late by a vendor that lags: quiet while it settles; sent once more if the lag is longer, then shown', () => {
    const slow = (held: unknown) => world(held, 'pro', { switches: { pendoReadLagMs: 180 * MINUTE } });
    const history = new History();
    history.run(slow('old'), NOON);
    expect(history.run(slow('pro'), NOON + 60 * MINUTE).outcome).toBe('unchanged');
    expect(history.run(slow('pro'), NOON + 150 * MINUTE).outcome).toBe('written');
    expect(history.run(slow('pro'), NOON + 180 * MINUTE).outcome).toBe('unchanged');
    expect(history.memory?.sent.values().next().value?.confirmed).toBe(true);
  });

  test('is not remembered when it was refused', () => {
    const { contact, visitor } = pairOf(1, {}, { custom: { hubspot_plan: 'pro' } });
    const parts: Parts = { contacts: [contact], visitors: [visitor], switches: { pendoNull: 'error' } };
    const history = new History();
    history.run(world(undefined, '', parts), NOON);
    expect(history.memory?.sent.size).toBe(0);
    expect(history.run(world(undefined, '', parts), NOON + 500 * MINUTE).outcome).toBe('rejected');
  });

  test('a property that changes its type stops its field, a join property the sync', () => {
    const memory = sent(true).memory!;
    const changed = truth({ properties: [property('plan', { type: 'number' })], custom });
    expect(expectRun(changed, setup(plan), memory).pull!.stopped).toMatchObject([{ source: 'plan' }]);
    const edited = setup({ pull: [{ property: 'plan', onEmpty: 'keep', field: 'hubspot_plan_size' }] });
    expect(expectRun(changed, edited, memory).pull!.stopped).toEqual([]);
    const joined = world('pro');
    joined.portal.properties.contacts[0]!.type = 'number';
    expect(expectRun(joined, setup(plan), memory)).toMatchObject({ status: 'paused', reason: /email/ });
  });
});

describe('memory is about the field of the target, whichever source it was written for', () => {
  test('a later write for another source is what was sent last', () => {
    const history = sent(true);
    // For a day the visitor is another contact's.
    const other = world('pro', 'free', { contacts: [crm(2, { email: 'p1@x.test', plan: 'free' })] });
    expect(history.run(other, NOON + SETTLED).expectation.writes).toHaveLength(1);
    history.run({ ...other, visitors: world('free').visitors }, NOON + 2 * SETTLED);
    const { field: back } = history.run(world('free'), NOON + 3 * SETTLED);
    expect(back).toMatchObject({ outcome: 'written' });
    expect(back?.drift).toBeUndefined();
  });

  test('an unmatched target that is read confirms what was sent', () => {
    const history = sent();
    history.run({ ...world('pro'), contacts: [] }, NOON + MINUTE);
    expect(history.run(world('hand'), NOON + SETTLED).field).toMatchObject({ drift: true });
  });

  test.each<[string, (it: Truth) => Truth]>([
    ['another subscription', (it) => ({ ...it, subscription: { ...it.subscription, id: 'production' } })],
    ['another portal', (it) => ({ ...it, portal: { ...it.portal, portalId: 2 } })],
  ])('%s is told nothing by it', (_name, elsewhere) => {
    const history = altered();
    const { outcome, expectation } = history.run(elsewhere(world('PRO')), NOON + 3 * SETTLED);
    expect(outcome).toBe('written');
    expect(expectation.recalled).toBeUndefined();
    expect(history.run(elsewhere(world('PRO')), NOON + 4 * SETTLED).outcome).toBe('written');
    expect(history.run(elsewhere(world('PRO')), NOON + 5 * SETTLED).outcome).toBe('altered');
  });

  test.each<[string, Parts]>([
    ['deleted', { custom: { hubspot_plan: { ...field('string'), isDeleted: true } } }],
    ['gone', { custom: {} }],
  ])('a Pendo field that was %s is another one', (_name, parts) => {
    expect(altered().run(world('PRO', 'pro', parts), NOON + 3 * SETTLED).outcome).toBe('written');
  });

  test('a record of Pendo that was gone when it was looked for is another one when it comes back', () => {
    const history = altered();
    history.run({ ...world('PRO'), visitors: [] }, NOON + 3 * SETTLED);
    expect(history.run(world('PRO'), NOON + 4 * SETTLED).outcome).toBe('written');
    const delta = altered();
    delta.run(world('PRO'), NOON + 3 * SETTLED);
    delta.run({ ...world('PRO'), visitors: [] }, NOON + 3 * SETTLED, { delta: true });
    expect(delta.run(world('PRO'), NOON + 4 * SETTLED).outcome).toBe('altered');
  });

  test('a HubSpot property that was made anew is another one', () => {
    const config: Partial<SyncConfigInput> = { push: [{ metric: 'daysActive' }] };
    const { contact, visitor } = pairOf(1, { pendo_days_active_180d: '0' });
    const at = (days: string, createdAt = 0) =>
      truth({
        contacts: [{ ...contact, properties: { ...contact.properties, pendo_days_active_180d: days } }],
        visitors: [visitor],
        properties: [{ ...pushed, createdAt }],
      });
    const history = new History();
    history.run(at('5'), NOON, {}, config);
    history.run(at('0'), NOON + MINUTE, {}, config);
    const drift = (before: Truth) =>
      expectRun(before, setup(config, { asOf: NOON + SETTLED }), history.memory).push!.drift;
    expect(drift(at('5'))).toBe(1);
    expect(drift(at('5', 99))).toBe(0);
  });

  test('the other group of Pendo has fields of its own', () => {
    const history = sent(true);
    const agent = { ...plan, pendoGroup: 'agent' as const };
    expect(history.run(world('hand'), NOON + SETTLED, {}, agent).field?.drift).toBeUndefined();
    expect(history.run(world('hand'), NOON + 2 * SETTLED).field).toMatchObject({ drift: true });
  });
});

describe('a lost match', () => {
  const both = { ...plan, push: [{ metric: 'daysActive' as const }] };
  const properties = [property('plan'), pushed];

  function lost(config: Partial<SyncConfigInput>, clear: 'null' | 'cannot' = 'null') {
    const pendoSettings = { pendo: { zone: 'UTC', clear } };
    const { contact, visitor } = pairOf(1, { plan: 'pro' });
    const history = new History();
    history.run(truth({ properties, custom, contacts: [contact], visitors: [visitor] }), NOON, pendoSettings, {
      ...both,
      ...config,
    });
    // The contact's address changed; someone else's visitor holds the same field, but not from us.
    const contacts = [crm(1, { email: 'new@x.test', plan: 'pro', pendo_days_active_180d: '0' })];
    const visitors = [
      pendo(visitor.id, { custom: { hubspot_plan: 'pro', other: 'x' } }),
      pendo('stranger', { custom: { hubspot_plan: 'pro' } }),
    ];
    const apart = truth({ properties, custom, contacts, visitors });
    const run = history.run(apart, NOON + SETTLED, pendoSettings, { ...both, ...config });
    return { run: run.expectation, history, apart };
  }

  test('leaves what was written, by default', () => {
    expect(lost({}).run.writes).toEqual([]);
  });

  test('clears exactly what we wrote, on both sides, counted apart, over `keep`', () => {
    const { run } = lost({ onLostMatch: 'clear', pull: [{ property: 'plan', onEmpty: 'keep' }] });
    expect(run.writes).toMatchObject([
      { side: 'pendo', targetId: 'p1@x.test', fields: { hubspot_plan: { old: 'pro', new: null } }, why: 'lostMatch' },
      { side: 'hubspot', targetId: '1', fields: { pendo_days_active_180d: { old: 0, new: null } }, why: 'lostMatch' },
    ]);
    expect(run.pull).toMatchObject({ cleared: 1, counts: { unmatched: 1, written: 0 } });
    expect(run.push).toMatchObject({ cleared: 1, counts: { unmatched: 2, written: 0 } });
    expect(lost({ onLostMatch: 'clear' }, 'cannot').run.pull!.cleared).toBe(0);
  });

  test('what a person writes after our clear is theirs, until the target matches again', () => {
    const config: Partial<SyncConfigInput> = { ...both, onLostMatch: 'clear' };
    const { history, apart } = lost({ onLostMatch: 'clear' });
    expect(history.run(apart, NOON + 2 * SETTLED, {}, config).expectation.writes).toEqual([]);
    const back = { ...apart, contacts: [crm(1, { email: 'p1@x.test', plan: 'free' })] };
    const { expectation } = history.run(back, NOON + 3 * SETTLED, {}, config);
    expect(expectation.pull!.counts.written).toBe(1);
    expect(expectation.pull!.drift).toBe(0);
  });
});
