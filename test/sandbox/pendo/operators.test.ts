import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { everyApp, type PendoWorld, startPendoWorld } from './world.ts';

let world: PendoWorld;
beforeAll(async () => {
  world = await startPendoWorld({ visitors: 60, accounts: 12, companies: 12 });
});
afterAll(() => world[Symbol.asyncDispose]());

const rows = [
  { visitorId: 'c', accountId: 'x', n: 3, tags: ['t1', 't2'] },
  { visitorId: 'a', accountId: 'y', n: 1, tags: [] },
  { visitorId: '_PENDO_T_1', accountId: 'x', n: 5, tags: null },
  { visitorId: 'b', accountId: 'x', tags: ['t3'] },
];
const over = (...steps: unknown[]) => world.rows({ source: { const: rows } }, ...steps);

describe('each operator does its work on rows', () => {
  test.each<[string, unknown[], unknown[]]>([
    ['filter', [{ filter: 'n >= 3' }, { select: { n: 'n' } }], [{ n: 3 }, { n: 5 }]],
    ['identified', [{ identified: 'visitorId' }, { count: null }], [{ count: 3 }]],
    ['identified, turned round', [{ identified: '!visitorId' }, { count: null }], [{ count: 1 }]],
    [
      'select drops the rest and makes nested fields',
      [{ limit: 1 }, { select: { 'a.b': 'n', 'Big Name': 'visitorId' } }],
      [{ a: { b: 3 }, 'Big Name': 'c' }],
    ],
    [
      'eval keeps the rest and sees the row as it came',
      [{ limit: 1 }, { eval: { n: 'n + 1', m: 'n' } }, { select: { n: 'n', m: 'm' } }],
      [{ n: 4, m: 3 }],
    ],
    ['set', [{ limit: 1 }, { set: { state: 'new' } }, { select: { state: 'state' } }], [{ state: 'new' }]],
    [
      'sort puts nothing first, then by value',
      [{ sort: ['n'] }, { select: { n: 'n' } }],
      [{ n: null }, { n: 1 }, { n: 3 }, { n: 5 }],
    ],
    [
      'sort by several, one descending',
      [{ sort: ['-accountId', 'visitorId'] }, { select: { v: 'visitorId' } }],
      [{ v: 'a' }, { v: '_PENDO_T_1' }, { v: 'b' }, { v: 'c' }],
    ],
    ['skip and limit', [{ skip: 1 }, { limit: 2 }, { select: { v: 'visitorId' } }], [{ v: 'a' }, { v: '_PENDO_T_1' }]],
    ['count', [{ count: null }], [{ count: 4 }]],
    ['cat', [{ cat: null }, { limit: 1 }, { select: { v: 'visitorId' } }], [{ v: 'c' }]],
    [
      'unwind',
      [{ unwind: { field: 'tags', index: 'i' } }, { select: { v: 'visitorId', t: 'tags', i: 'i' } }],
      [
        { v: 'c', t: 't1', i: 0 },
        { v: 'c', t: 't2', i: 1 },
        { v: 'b', t: 't3', i: 0 },
      ],
    ],
    ['unwind that keeps the empty', [{ unwind: { field: 'tags', keepEmpty: true } }, { count: null }], [{ count: 5 }]],
    [
      'unwind by prefixes',
      [{ limit: 1 }, { unwind: { field: 'tags', prefix: true } }, { select: { t: 'tags' } }],
      [{ t: ['t1'] }, { t: ['t1', 't2'] }],
    ],
    ['unwind of a plain value', [{ limit: 1 }, { unwind: { field: 'visitorId' } }, { count: null }], [{ count: 1 }]],
    [
      'reduce',
      [{ reduce: { rows: { count: null }, accounts: { count: 'accountId' }, sum: { sum: 'n' } } }],
      [{ rows: 4, accounts: 2, sum: 9 }],
    ],
    [
      'reduce of nothing',
      [{ filter: 'n > 99' }, { reduce: { rows: { count: null }, sum: { sum: 'n' }, most: { max: 'n' } } }],
      [{ rows: 0, sum: 0, most: null }],
    ],
    [
      'group, fields as a list',
      [
        { group: { group: ['accountId'], fields: [{ n: { sum: 'n' } }, { who: { list: 'visitorId' } }] } },
        { sort: ['accountId'] },
      ],
      [
        { accountId: 'x', n: 8, who: ['c', '_PENDO_T_1', 'b'] },
        { accountId: 'y', n: 1, who: ['a'] },
      ],
    ],
    [
      'group without fields',
      [{ group: { group: ['accountId'] } }, { sort: ['accountId'] }],
      [{ accountId: 'x' }, { accountId: 'y' }],
    ],
    [
      'group with forced keys',
      [
        { group: { group: ['accountId'], fields: { n: { count: null } }, forceKeys: { accountId: 'list("x", "z")' } } },
        { sort: ['accountId'] },
      ],
      [
        { accountId: 'x', n: 3 },
        { accountId: 'y', n: 1 },
        { accountId: 'z', n: 0 },
      ],
    ],
    [
      'fork and join',
      [
        {
          fork: [
            [{ group: { group: ['accountId'], fields: { n: { sum: 'n' } } } }],
            [{ group: { group: ['accountId'], fields: { rows: { count: null } } } }],
          ],
        },
        { join: { fields: ['accountId'], width: 2 } },
        { sort: ['accountId'] },
      ],
      [
        { accountId: 'x', n: 8, rows: 3 },
        { accountId: 'y', n: 1, rows: 1 },
      ],
    ],
    [
      'join hands on keys with too few rows at the end',
      [{ join: { fields: ['accountId'], width: 3 } }, { select: { a: 'accountId' } }],
      [{ a: 'x' }, { a: 'y' }],
    ],
    [
      'merge with mappings',
      [
        {
          merge: {
            fields: ['accountId'],
            mappings: { owner: 'who.name' },
            pipeline: [{ source: { const: [{ accountId: 'y', who: { name: 'Ed' } }] } }, { cat: null }],
          },
        },
        { select: { v: 'visitorId', o: 'owner' } },
        { limit: 2 },
      ],
      [
        { v: 'c', o: null },
        { v: 'a', o: 'Ed' },
      ],
    ],
    [
      'merge of all fields',
      [
        { filter: 'accountId == "y"' },
        {
          merge: { fields: ['accountId'], pipeline: [{ source: { const: [{ accountId: 'y', plan: 'pro', n: 9 }] } }] },
        },
        { select: { n: 'n', plan: 'plan' } },
      ],
      [{ n: 1, plan: 'pro' }],
    ],
  ])('%s', async (_name, steps, expected) => {
    expect(await over(...steps)).toEqual(expected);
  });
});

describe('each aggregator makes one value of many', () => {
  const numbers = [4, 1, 3, null, 2].map((n, i) => ({ n, i, l: [i], s: i % 2 ? 'odd' : 'even' }));
  test.each<[string, unknown, unknown]>([
    ['count of rows', { count: null }, 5],
    ['count of distinct values, nothing left out', { count: 'n' }, 4],
    ['count of distinct pairs', { count: ['s', 'n'] }, 5],
    ['countIf', { countIf: { count: 'n', if: 'n > 2' } }, 2],
    ['countIf of rows', { countIf: { count: null, if: 's == "odd"' } }, 2],
    ['sum of an expression', { sum: 'if(n > 2, n * 10, 0)' }, 70],
    ['avg', { avg: 'n' }, 2.5],
    ['min', { min: 'n' }, 1],
    ['max', { max: 's' }, 'odd'],
    ['median', { median: 'n' }, 2.5],
    ['first that is something', { first: 'if(i > 1, n, null)' }, 3],
    ['list', { list: 'n' }, [4, 1, 3, 2]],
    ['listIf', { listIf: { list: 'i', if: 'n < 3' } }, [1, 4]],
    ['concat', { concat: 'l' }, [0, 1, 2, 3, 4]],
    ['percentiles', { percentiles: { field: 'n', low: 0, mid: 50, high: 100 } }, { low: 1, mid: 2.5, high: 4 }],
  ])('%s', async (_name, aggregator, expected) => {
    expect(await world.rows({ source: { const: numbers } }, { reduce: { v: aggregator } })).toEqual([{ v: expected }]);
  });
});

test('spawn puts the rows of several sources behind each other', async () => {
  const branch = (x: number) => [{ source: { const: [{ x }] } }, { eval: { y: 'x * 2' } }];
  expect(await world.rows({ spawn: [branch(1), branch(2)] }, { filter: 'y > 0' })).toEqual([
    { x: 1, y: 2 },
    { x: 2, y: 4 },
  ]);
});

test('bulkExpand adds the metadata of the visitor and the account that a row names', async () => {
  const [visitor] = (await world.records('visitors')).filter(({ metadata }) => metadata.agent);
  const [account] = await world.records('accounts');
  const [row] = await world.rows(
    { source: { const: [{ visitorId: visitor!.id, accountId: account!.id }] } },
    { bulkExpand: { v: { visitor: 'visitorId' } } },
    { bulkExpand: { a: { account: 'accountId' } } },
    { select: { name: 'v.agent.full_name', company: 'a.agent.name' } },
  );
  expect(row).toEqual({ name: visitor!.metadata.agent!.full_name, company: account!.metadata.agent!.name });
});

describe('a pipeline that is not understood is a 400 with text', () => {
  const source = { source: { const: rows } };
  test.each<[string, unknown[]]>([
    ['no pipeline', []],
    ['no source', [{ limit: 1 }]],
    ['unknown operator', [source, { shuffle: null }]],
    ['unknown source', [{ source: { clicks: null } }]],
    ['two keys in one operator', [source, { limit: 1, skip: 2 }]],
    ['a stray key beside the source', [{ source: { visitors: null, filter: 'n' } }]],
    ['a stray source parameter', [{ source: { visitors: { colour: 'red' } } }]],
    ['a source in the middle', [source, source]],
    ['unknown aggregator', [source, { reduce: { n: { guess: 'n' } } }]],
    ['two aggregators for one field', [source, { reduce: { n: { sum: 'n', avg: 'n' } } }]],
    ['a limit that is no number', [source, { limit: '10' }]],
    ['a sort by nothing', [source, { sort: [] }]],
    ['a group by an expression', [source, { group: { group: ['n + 1'] } }]],
    ['an unknown key of group', [source, { group: { group: ['n'], having: 'n > 1' } }]],
    ['an empty fork', [source, { fork: [[]] }]],
    ['an unknown segment', [source, { segment: { id: 'abc' } }]],
    ['events without a time series', [{ source: { events: null } }]],
    [
      'visitors with one',
      [{ source: { visitors: null, timeSeries: { period: 'dayRange', first: 'now()', count: -1 } } }],
    ],
    [
      'an unknown blacklist',
      [{ source: { events: { blacklist: 'maybe' }, timeSeries: { period: 'dayRange', first: 'now()', count: -1 } } }],
    ],
    ['pollsSeenEver without a poll', [{ source: { pollsSeenEver: { guideId: 'g' } } }]],
    ['apps that are no numbers', [{ source: { guides: { appId: '"all"' } } }]],
  ])('%s', async (_name, pipeline) => {
    const answer = await world.ask(...pipeline);
    expect([answer.status, answer.text.length > 10]).toEqual([400, true]);
  });
});

describe('the envelope', () => {
  const pipeline = [{ source: { const: [{ a: 1, b: { c: 'x,"y"' } }] } }];
  test('passes an empty response and stray keys beside the pipeline', async () => {
    const answer = await world.call('POST', 'aggregation', {
      response: {},
      request: { requestId: '1', name: 'n', sort: ['a'], pipeline },
    });
    expect(answer.json).toEqual({ results: [{ a: 1, b: { c: 'x,"y"' } }] });
  });
  test('gives CSV when asked', async () => {
    const answer = await world.call('POST', 'aggregation', {
      response: { mimeType: 'text/csv' },
      request: { pipeline },
    });
    expect(answer.headers.get('content-type')).toContain('text/csv');
    expect(answer.text).toBe('a,b.c\n1,"x,""y"""\n');
  });
  test('carries startTime for a time series only', async () => {
    const series = { period: 'dayRange', first: 'now()', count: -2 };
    const timed = await world.ask({ source: { events: { appId: everyApp }, timeSeries: series } }, { count: null });
    expect(timed.json.startTime).toBe(Date.UTC(2026, 5, 13, 4));
    expect((await world.ask({ source: { visitors: null } }, { count: null })).json).not.toHaveProperty('startTime');
  });
  test.each([
    '{"request":',
    '[]',
    '{"request":{"pipeline":"x"}}',
    '{"requests":[]}',
    '{"response":{"mimeType":"text/xml"},"request":{"pipeline":[]}}',
  ])('%s is a 400', async (body) => {
    const url = (await world.admin('GET', 'health')).json.pendoUrl as string;
    const answer = await fetch(`${url}/api/v1/aggregation`, {
      method: 'POST',
      headers: { 'x-pendo-integration-key': world.world.pendoKey },
      body,
    });
    expect(answer.status).toBe(400);
  });
});
