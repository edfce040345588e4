import { describe, expect, test } from 'vitest';
import { compare, expect as expectRun, remember } from '../../oracle/index.ts';
import type { SyncConfigInput } from '../../src/sync/config.ts';
import { crm, NOON, type Parts, pendo, property, setup, truth } from './fixtures.ts';

function matchOf(parts: Parts, config: Partial<SyncConfigInput> = {}, forgotten = {}) {
  const { match } = expectRun(truth(parts), setup(config, { forgotten }));
  return {
    pairs: Object.fromEntries(match.pairs),
    hubspot: Object.fromEntries(match.hubspot.states),
    pendo: Object.fromEntries(match.pendo.states),
    nearMisses: match.nearMisses,
    match,
  };
}

describe('matching', () => {
  test('is by exact value: neither case nor spaces are forgiven, and near misses are named', () => {
    const result = matchOf({
      contacts: [crm(1, { email: 'a@x' }), crm(2, { email: 'B@x' }), crm(3, { email: 'c@x ' })],
      visitors: [pendo('a@x'), pendo('b@x'), pendo('c@x'), pendo('d@x')],
    });
    expect(result.pairs).toEqual({ 1: 'a@x' });
    expect(result.hubspot).toEqual({ 1: 'matched', 2: 'unmatched', 3: 'unmatched' });
    expect(result.pendo['d@x']).toBe('unmatched');
    expect(result.nearMisses).toEqual([
      { hubspot: '2', pendo: 'b@x', loose: 'b@x' },
      { hubspot: '3', pendo: 'c@x', loose: 'c@x' },
    ]);
  });

  test('folded, the near misses match and what then collides is ambiguous', () => {
    const result = matchOf(
      {
        contacts: [crm(1, { email: 'A@x' }), crm(2, { email: ' b@x\t' })],
        visitors: [pendo('a@x'), pendo('b@x'), pendo('B@x')],
      },
      { keyFolding: 'fold' },
    );
    expect(result.pairs).toEqual({ 1: 'a@x' });
    expect(result.hubspot['2']).toBe('ambiguous');
    expect(result.pendo).toEqual({ 'a@x': 'matched', 'b@x': 'ambiguous', 'B@x': 'ambiguous' });
    expect(result.nearMisses).toEqual([]);
  });

  test('keys that look the same are near misses, pair by pair, folded ones too; the excluded take no part', () => {
    const parts: Parts = {
      contacts: [
        crm(1, { email: 'Zoe\u0308@x' }),
        crm(2, { email: 'mailto:ann@x' }),
        crm(3, { email: 'b\u200bob@x' }),
        crm(4, { email: 'ｄan@x' }),
        crm(5, { email: 'twin@x' }),
        crm(6, { email: 'gone@X' }),
      ],
      visitors: [
        pendo('zo\u00eb@x'),
        pendo('ann@x'),
        pendo('Ann@x'),
        pendo('bob@x'),
        pendo('dan@x\u00a0'),
        pendo('twin@x'),
        pendo('gone@x', { pendo: { donotprocess: 'true' } }),
      ],
    };
    const near = (it: { hubspot: string; pendo: string }) => `${it.hubspot} ${it.pendo}`;
    expect(matchOf(parts).nearMisses.map(near)).toEqual([
      '1 zo\u00eb@x',
      '2 ann@x',
      '2 Ann@x',
      '3 bob@x',
      '4 dan@x\u00a0',
    ]);
    const folded = matchOf(parts, { keyFolding: 'fold' });
    expect(folded.pairs).toEqual({ 5: 'twin@x' });
    expect(folded.pendo).toMatchObject({ 'ann@x': 'ambiguous', 'Ann@x': 'ambiguous' });
    expect(folded.nearMisses).toHaveLength(5);
  });

  test('a number as join property has the canonical form as its key; text that is none is an invalid key', () => {
    const properties = [property('no', { type: 'number' })];
    const contacts = ['13.0', '1e3', '7', '7.00', ' ', 'x7'].map((no, n) => crm(n + 1, { no }));
    const visitors = ['13', '1000', '7', '13.0', 'x7'].map((id) => pendo(id));
    const result = matchOf({ properties, contacts, visitors }, { joinKey: { property: 'no' } });
    expect(result.pairs).toEqual({ 1: '13', 2: '1000' });
    expect(result.hubspot).toMatchObject({ 3: 'ambiguous', 4: 'ambiguous', 5: 'blank', 6: 'invalidKey' });
    // An id of Pendo's is an exact string.
    expect(result.pendo).toMatchObject({ 7: 'ambiguous', '13.0': 'unmatched', x7: 'unmatched' });
  });

  test('a do-not-process account is excluded, and its company unmatched', () => {
    const world = truth({
      companies: [crm(1, { key: 'acme' }), crm(2, { key: 'bolt' })],
      accounts: [pendo('acme', { pendo: { donotprocess: true } }), pendo('bolt')],
    });
    const { match } = expectRun(world, setup({ joinKey: { property: 'key' } }, { object: 'account' }));
    expect(Object.fromEntries(match.hubspot.states)).toEqual({ 1: 'unmatched', 2: 'matched' });
    expect(Object.fromEntries(match.pendo.states)).toEqual({ acme: 'excluded', bolt: 'matched' });
  });

  test('forgetting covers every spelling of the key on both sides, and the additional e-mails', () => {
    const contacts = [
      crm(1, { email: 'ann@x', hs_additional_emails: 'ann.b@x' }),
      crm(2, { email: 'mailto:ANN@x' }),
      crm(3, { email: 'free@x' }),
    ];
    const visitors = ['Ann@x', 'ann.B@x', 'a\u00adnn@x', 'free@x', 'LEFT@x'].map((id) => pendo(id));
    const result = matchOf({ contacts, visitors }, {}, { hubspot: ['1'], keys: ['left@x'] });
    expect(result.hubspot).toEqual({ 1: 'excluded', 2: 'excluded', 3: 'matched' });
    expect(Object.values(result.pendo)).toEqual(['excluded', 'excluded', 'excluded', 'matched', 'excluded']);
    expect(result.nearMisses).toEqual([]);
  });

  test('additional e-mails that HubSpot leaves out match nobody', () => {
    const contacts = [crm(1, { email: 'm@x', hs_additional_emails: 'n@x' })];
    const hidden = { hubspotAdditionalEmails: 'hidden' } as const;
    const parts: Parts = { contacts, visitors: [pendo('n@x')], switches: hidden };
    expect(matchOf(parts, { secondaryEmails: true }).pairs).toEqual({});
  });

  test('blank, invalid and doubled keys are told apart; none of them takes a partner away from others', () => {
    const long = 'é'.repeat(512);
    const result = matchOf(
      {
        contacts: [
          crm(1),
          crm(2, { key: ' \u00a0\ufeff' }),
          crm(3, { key: `${long}e` }),
          crm(4, { key: 'n\u0000' }),
          crm(5, { key: '\udc00' }),
          crm(6, { key: 'twice' }),
          crm(7, { key: 'twice' }),
          crm(8, { key: long }),
          crm(9, { key: 'nobody' }),
          crm(10, { key: 'nobody' }),
        ],
        visitors: [pendo('twice'), pendo('  '), pendo(long), pendo('lone')],
      },
      { joinKey: { property: 'key' } },
    );
    expect(result.hubspot).toEqual({
      1: 'blank',
      2: 'blank',
      3: 'invalidKey',
      4: 'invalidKey',
      5: 'invalidKey',
      6: 'ambiguous',
      7: 'ambiguous',
      8: 'matched',
      9: 'ambiguous',
      10: 'ambiguous',
    });
    expect(result.pendo).toEqual({ twice: 'ambiguous', '  ': 'blank', [long]: 'matched', lone: 'unmatched' });
    expect(result.match.hubspot.counts).toEqual({
      matched: 1,
      excluded: 0,
      blank: 2,
      invalidKey: 3,
      ambiguous: 4,
      unmatched: 0,
    });
  });

  test('anonymous visitors and archived contacts are not read; excluded people are counted and leave no trace', () => {
    const result = matchOf(
      {
        contacts: [
          { ...crm(1, { email: 'a@x' }), archived: true },
          crm(2, { email: 'a@x' }),
          crm(3, { email: 'dnp@x' }),
          crm(4, { email: 'gone@x' }),
          crm(5, { email: 'twin@x' }),
          crm(6, { email: 'gone@x' }),
        ],
        visitors: [
          pendo('_PENDO_T_1'),
          pendo('a@x'),
          pendo('dnp@x', { pendo: { donotprocess: true } }),
          pendo('gone@x'),
          pendo('twin@x', { pendo: { donotprocess: false } }),
        ],
      },
      {},
      { hubspot: ['4', '6'] },
    );
    expect(result.match.hubspot.read).toBe(5);
    expect(result.match.pendo.read).toBe(4);
    expect(result.hubspot).toEqual({ 2: 'matched', 3: 'unmatched', 4: 'excluded', 5: 'matched', 6: 'excluded' });
    expect(result.pendo).toEqual({ 'a@x': 'matched', 'dnp@x': 'excluded', 'gone@x': 'excluded', 'twin@x': 'matched' });
  });

  test('additional e-mails match leftovers that nothing else links, and tangle the rest', () => {
    const contacts = [
      crm(1, { email: 'a@x', hs_additional_emails: 'b@x;c@x' }),
      crm(2, { email: 'm@x', hs_additional_emails: 'n@x' }),
      crm(3, { email: 'o@x', hs_additional_emails: 'p@x;q@x' }),
      crm(4, { email: 'r@x', hs_additional_emails: 's@x' }),
      crm(5, { email: 't@x', hs_additional_emails: 's@x' }),
      crm(6, { email: 'u@x' }),
    ];
    const visitors = ['a@x', 'b@x', 'n@x', 'p@x', 'q@x', 's@x', 'z@x'].map((id) => pendo(id));
    const off = matchOf({ contacts, visitors });
    expect(off.pairs).toEqual({ 1: 'a@x' });
    const on = matchOf({ contacts, visitors }, { secondaryEmails: true });
    // Contact 1 is not left over, so b@x stays alone.
    expect(on.pairs).toEqual({ 1: 'a@x', 2: 'n@x' });
    expect(on.hubspot).toMatchObject({ 3: 'ambiguous', 4: 'ambiguous', 5: 'ambiguous', 6: 'unmatched' });
    expect(on.pendo).toMatchObject({
      'b@x': 'unmatched',
      'p@x': 'ambiguous',
      'q@x': 'ambiguous',
      's@x': 'ambiguous',
      'z@x': 'unmatched',
    });
    const otherKey = matchOf({ contacts, visitors }, { secondaryEmails: true, joinKey: { property: 'key' } });
    expect(otherKey.pairs).toEqual({});
  });
});

describe('creation', () => {
  const parts: Parts = {
    properties: [property('code', { hasUniqueValue: true }), property('plan')],
    contacts: [
      crm(1, { email: 'Near@x.test', code: 'c1', plan: 'pro', hs_additional_emails: 'extra@x.test' }),
      crm(2, { email: 'only@x.test', plan: 'free' }),
      crm(3, { email: 'dnp@x.test', plan: 'free' }),
      crm(4, { email: 'forgotten@x.test' }),
      crm(5, { email: '_PENDO_T_5' }),
    ],
    visitors: [
      pendo('near@x.test'),
      pendo('extra@x.test'),
      pendo('Upper@x.test'),
      pendo('new@x.test', { auto: { lastvisit: Date.UTC(2026, 5, 1) } }),
      pendo('forgotten@x.test'),
      pendo('dnp@x.test', { pendo: { donotprocess: true } }),
    ],
  };
  const both: Partial<SyncConfigInput> = {
    pull: [{ property: 'plan' }],
    push: [{ metric: 'lastVisit' }, { metric: 'daysActive' }, { metric: 'latestNps' }],
  };
  const forgotten = { hubspot: ['4'] };

  test('nobody is created unless the sync says so', () => {
    expect(expectRun(truth(parts), setup(both)).creates).toEqual([]);
  });

  test('in HubSpot: only a plain, lower-case key that belongs to nobody; empty fields are left out', () => {
    const run = expectRun(truth(parts), setup({ ...both, create: 'hubspot' }, { forgotten }));
    expect(run.creates).toMatchObject([
      {
        side: 'hubspot',
        key: 'new@x.test',
        fields: { pendo_last_visit: '2026-06-01', pendo_days_active_180d: 0 },
        accepted: true,
      },
    ]);
    expect(run.push?.counts).toMatchObject({ written: 1, unmatched: 3, excluded: 2 });
    expect(run.push?.records.get('extra@x.test')?.reason).toMatch(/additional/);
    expect(run.push?.records.get('Upper@x.test')?.reason).toMatch(/case/);
    expect(run.push?.records.get('near@x.test')?.reason).toMatch(/looks the same/);
  });

  test('in HubSpot by e-mail: what is no address is refused, what would be trimmed is not sent', () => {
    const visitors = [pendo('user-17'), pendo(' spaced@x.test'), pendo('ok@x.test')];
    const run = expectRun(truth({ visitors }), setup({ ...both, create: 'hubspot', pull: [] }));
    expect(run.creates.map(({ key, accepted }) => [key, accepted])).toEqual([
      ['user-17', false],
      ['ok@x.test', true],
    ]);
    expect(run.push!.counts).toMatchObject({ written: 1, rejected: 1, unmatched: 1 });
    expect(run.push!.created).toBe(1);
  });

  test('in HubSpot by a property without unique values: nobody', () => {
    const run = expectRun(truth(parts), setup({ ...both, create: 'hubspot', joinKey: { property: 'plan' } }));
    expect(run.creates).toEqual([]);
    const unique = expectRun(truth(parts), setup({ ...both, create: 'hubspot', joinKey: { property: 'code' } }));
    // By `code` no contact matches; extra@x.test is an additional e-mail all the same.
    expect(unique.creates.map((it) => it.key)).toEqual([
      'near@x.test',
      'Upper@x.test',
      'new@x.test',
      'forgotten@x.test',
    ]);
  });

  test('in Pendo: neither do-not-process, forgotten, nor anonymous ids', () => {
    const run = expectRun(truth(parts), setup({ ...both, create: 'pendo' }, { forgotten }));
    expect(run.creates).toMatchObject([{ side: 'pendo', key: 'only@x.test', fields: { hubspot_plan: 'free' } }]);
    expect(run.pull?.counts).toMatchObject({ written: 1, unmatched: 3, excluded: 1 });
  });

  test('a forgotten address that a contact gets as an additional one later forgets nobody else', () => {
    const world = truth({
      contacts: [crm(1, { email: 'a@x.test', hs_additional_emails: 'gone@x.test' })],
      visitors: [pendo('a@x.test'), pendo('gone@x.test'), pendo('GONE@x.test')],
    });
    const names = { keys: ['gone@x.test'] };
    const run = expectRun(world, setup({ ...both, create: 'hubspot', secondaryEmails: true }, { forgotten: names }));
    expect(run.match.hubspot.states.get('1')).toBe('matched');
    expect(run.match.pendo.counts).toMatchObject({ matched: 1, excluded: 2 });
    expect(run.creates).toEqual([]);
    const byId = expectRun(world, setup(both, { forgotten: { hubspot: ['1'] } }));
    expect(byId.match.hubspot.counts).toMatchObject({ excluded: 1 });
    expect(byId.match.pendo.counts).toMatchObject({ excluded: 3 });
  });

  const push: Partial<SyncConfigInput> = { push: [{ metric: 'daysActive' }], create: 'hubspot' };

  test('folded, a key is created trimmed and otherwise as its source holds it; HubSpot files it in lower case', () => {
    const visitors = [pendo(' New@X.test'), pendo('plain@x.test')];
    const run = expectRun(truth({ visitors }), setup({ ...push, keyFolding: 'fold' }));
    expect(run.creates.map(({ key, storedKey, accepted }) => [key, storedKey, accepted])).toEqual([
      ['New@X.test', 'new@x.test', true],
      ['plain@x.test', 'plain@x.test', true],
    ]);
    const companies = [crm(1, { key: ' ACC-1 ', plan: 'pro' })];
    const inPendo = setup({
      joinKey: { property: 'key' },
      keyFolding: 'fold',
      create: 'pendo',
      pull: [{ property: 'plan' }],
    });
    const accounts = expectRun(truth({ properties: [property('plan')], companies }), { ...inPendo, object: 'account' });
    expect(accounts.creates).toMatchObject([{ side: 'pendo', key: 'ACC-1', accepted: true }]);
  });

  test('nobody is created where additional e-mails are not known; companies have none', () => {
    const hidden = { hubspotAdditionalEmails: 'hidden' } as const;
    const parts: Parts = {
      contacts: [crm(1, { email: 'a@x.test' })],
      visitors: [pendo('new@x.test')],
      switches: hidden,
    };
    const run = expectRun(truth(parts), setup(push));
    expect(run.creates).toEqual([]);
    expect(run.push!.records.get('new@x.test')).toMatchObject({
      outcome: 'unmatched',
      reason: 'ADDITIONAL_EMAILS_UNKNOWN',
    });
    const company = { companies: [crm(1, { key: 'c' })], accounts: [pendo('acme')], switches: hidden };
    const keyed = { ...setup({ ...push, joinKey: { property: 'key' } }), object: 'account' as const };
    const world = truth(company);
    world.portal.properties.companies.find(({ name }) => name === 'key')!.hasUniqueValue = true;
    expect(expectRun(world, keyed).creates).toHaveLength(1);
  });

  describe('where HubSpot files an address under another one', () => {
    const visitors = [pendo('jos\u00e9@x.test')];
    const world = (hubspotEmailFolding: 'none' | 'accents' | 'accentsOnWrite', owner: boolean) =>
      truth({
        visitors,
        contacts: owner ? [crm(1, { email: 'jose@x.test' })] : [],
        switches: { hubspotEmailFolding },
      });

    test('a key that HubSpot finds belongs to somebody: nothing is written', () => {
      const run = expectRun(world('accents', true), setup(push));
      expect(run).toMatchObject({ creates: [], writes: [] });
      expect(run.push!.records.get('jos\u00e9@x.test')).toMatchObject({ outcome: 'unmatched', reason: 'KEY_TAKEN' });
      expect(expectRun(world('none', true), setup(push)).creates).toMatchObject([{ accepted: true, elsewhere: false }]);
    });

    test('a dry run asks nobody: what HubSpot would find, refuse or file elsewhere is shown as written', () => {
      const dry = { dryRun: true };
      for (const folding of ['accents', 'accentsOnWrite'] as const) {
        const run = expectRun(world(folding, true), setup(push, dry));
        expect(run.push!.records.get('jos\u00e9@x.test')).toMatchObject({ outcome: 'written' });
      }
      const nobody = expectRun(truth({ visitors: [pendo('no address')] }), setup(push, dry));
      expect(nobody.push!.records.get('no address')).toMatchObject({ outcome: 'written' });
    });

    test.each([
      ['accents', false],
      ['accentsOnWrite', false],
      ['accentsOnWrite', true],
    ] as const)('%s, somebody has it: %j: rejected, once, until the mapping changes', (folding, owner) => {
      const before = world(folding, owner);
      const run = expectRun(before, setup(push));
      expect(run.push!.records.get('jos\u00e9@x.test')).toMatchObject({
        outcome: 'rejected',
        reason: 'FILED_ELSEWHERE',
      });
      expect(run.creates).toMatchObject([
        { storedKey: 'jose@x.test', elsewhere: true, ...(owner ? { into: '1' } : {}) },
      ]);
      const after = world(folding, true);
      after.contacts[0]!.properties.pendo_days_active_180d = '0';
      const own = property('pendo_days_active_180d', { type: 'number', groupName: 'pendo', description: 'Days' });
      after.portal.properties.contacts.push(own);
      after.portal.groups.contacts.push({ name: 'pendo', label: 'Pendo', archived: false });
      expect(compare(after, before, run)).toEqual([]);
      const memory = remember(undefined, run, NOON, after);
      expect(memory.sent.size).toBe(0);
      const later = (version: number) => expectRun(before, setup(push, { mappingVersion: version }), memory);
      expect(later(0).push!.records.get('jos\u00e9@x.test')).toMatchObject({
        outcome: 'unmatched',
        reason: 'FILED_ELSEWHERE',
      });
      expect(later(0).creates).toEqual([]);
      expect(later(1).creates).toHaveLength(1);
    });
  });
});
