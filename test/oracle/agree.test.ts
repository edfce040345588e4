import { describe, expect, test } from 'vitest';
import { agree, compareLog, expect as expectRun } from '../../oracle/index.ts';
import type { Call } from '../../sandbox/contract.ts';
import { pairOf, property, setup, truth } from './fixtures.ts';

const call = (more: Partial<Call>): Call => ({
  seq: 1,
  at: 0,
  endedAt: 0,
  vendor: 'hubspot',
  method: 'POST',
  path: '/crm/objects/2026-03/contacts/batch/update',
  operation: 'batchUpdate',
  status: 200,
  overLimit: false,
  records: 0,
  ...more,
});
const write = (id: string, fields: Record<string, unknown>, accepted = true) => ({
  id,
  created: false,
  accepted,
  fields,
});

const log: Call[] = [
  call({ method: 'GET', path: '/crm/objects/2026-03/contacts', operation: 'list', records: 3 }),
  call({ writes: [write('1', { pendo_days_active_180d: '0' }), write('2', { pendo_days_active_180d: '0' }, false)] }),
  call({ writes: [write('2', { pendo_days_active_180d: '0' })] }),
  call({
    vendor: 'pendo',
    path: '/api/v1/metadata/visitor/custom/value',
    operation: 'metadataWrite:visitor',
    writes: [write('p1@x.test', { hubspot_plan: 'pro' }), write('p2@x.test', { hubspot_plan: null }, false)],
  }),
  // The other object's calls are no concern of this one.
  call({ path: '/crm/objects/2026-03/companies/batch/update', writes: [write('1', { pendo_days_active_180d: '9' })] }),
];

const counts = () => ({
  object: 'visitor' as const,
  pull: { read: 3, outcomes: { written: 1, rejected: 1, unchanged: 1 } },
  push: { read: 2, outcomes: { written: 2, unmatched: 0 } },
});

describe('reported counts', () => {
  test('agree when they add up and the log bears them out', () => {
    expect(agree(log, counts())).toEqual([]);
  });

  test.each<[string, (it: ReturnType<typeof counts>) => void, RegExp]>([
    ['outcomes that do not add up', (it) => Object.assign(it.pull, { read: 4 }), /add up to 3/],
    ['a write that the log lacks', (it) => Object.assign(it.push, { read: 3, outcomes: { written: 3 } }), /log has 2/],
    [
      'a refusal left out',
      (it) => Object.assign(it.pull, { outcomes: { written: 1, rejected: 0, unchanged: 2 } }),
      /refused/,
    ],
    ['a leg left out', (it) => Object.assign(it, { push: undefined }), /not reported/],
  ])('do not with %s', (_what, change, message) => {
    const reported = counts();
    change(reported);
    expect(agree(log, reported).join()).toMatch(message);
  });

  test('take a record that was made for taken, whatever was refused before under its key', () => {
    const path = '/crm/objects/2026-03/contacts/batch/upsert';
    const row = (key: string, accepted: boolean, id = key) => ({
      ...write(id, { email: key, pendo_days_active_180d: '0' }, accepted),
      created: accepted,
    });
    const made: Call[] = [
      call({ path, operation: 'batchUpsert', status: 400, writes: [row('a@x.test', false), row('b@x.test', false)] }),
      call({ path, operation: 'batchUpsert', writes: [row('a@x.test', true, '7')] }),
    ];
    const reported = (outcomes: Record<string, number>) => ({
      object: 'visitor' as const,
      push: { read: 2, outcomes },
    });
    expect(agree(made, reported({ written: 1, rejected: 1 }))).toEqual([]);
    expect(agree(made, reported({ written: 1, unmatched: 1 })).join()).toMatch(/the log has 1 refused/);
  });

  test('count cleared records apart', () => {
    const reported = { ...counts(), push: { read: 2, outcomes: { written: 1, unmatched: 1 }, cleared: 1 } };
    expect(agree(log, reported)).toEqual([]);
  });
});

describe('the call log', () => {
  function expected() {
    const one = pairOf(1, { plan: 'pro' });
    const two = pairOf(2, {}, { custom: { hubspot_plan: 'x' } });
    const world = truth({
      properties: [property('plan')],
      contacts: [one.contact, two.contact],
      visitors: [one.visitor, two.visitor],
      switches: { pendoNull: 'error' },
    });
    return expectRun(world, setup({ pull: [{ property: 'plan' }], push: [{ metric: 'daysActive' }] }));
  }

  test('holds exactly the expected writes', () => {
    expect(compareLog(log, expected())).toEqual([]);
  });

  test('shows a write that nobody expected, one that is missing, and one with another value', () => {
    const extra = call({ writes: [write('1', { phone: '5' })] });
    expect(compareLog([...log, extra], expected())).toMatchObject([{ id: '1', field: 'phone', kind: 'foreign' }]);
    expect(compareLog(log.slice(0, 3), expected())).toMatchObject([{ id: 'p1@x.test', kind: 'missing' }]);
    const other = call({ writes: [write('1', { pendo_days_active_180d: '7' })] });
    expect(compareLog([...log, other], expected())).toMatchObject([{ id: '1', actual: '7', kind: 'wrong' }]);
  });

  test('of a dry run holds no write', () => {
    const dry = expected();
    dry.setup.dryRun = true;
    expect(compareLog([], dry)).toEqual([]);
    expect(compareLog(log, dry)).toHaveLength(3);
  });
});
