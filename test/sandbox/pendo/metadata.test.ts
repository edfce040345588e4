import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PendoWorld, startPendoWorld } from './world.ts';

let world: PendoWorld;
beforeAll(async () => {
  world = await startPendoWorld({ visitors: 40, accounts: 6, companies: 6 });
  await world.edit('visitors', { id: 'ana@x.example' }, { id: 'Bo/%?@x.example' });
  await world.edit('accounts', { id: 'acme' });
  await define(
    'visitor',
    { name: 'plan', type: 'string' },
    { name: 'since', type: 'time' },
    { name: 'fit', type: 'number' },
    { name: 'vip', type: 'boolean' },
  );
});
afterAll(() => world[Symbol.asyncDispose]());

const define = (kind: string, ...fields: object[]) =>
  world.call(
    'POST',
    `metadata/schema/${kind}/custom`,
    fields.map((field) => ({ displayname: 'Some field', ...field })),
  );
const write = (values: object, visitorId = 'ana@x.example') =>
  world.call('POST', 'metadata/visitor/custom/value', [{ visitorId, values }]);
const read = async (field: string, id = 'ana@x.example') =>
  (await world.call('GET', `visitor/${encodeURIComponent(id)}`)).json.metadata.custom?.[field];
const stored = async (field: string) =>
  (await world.records('visitors')).find(({ id }) => id === 'ana@x.example')!.metadata.custom?.[field];

describe('the schema', () => {
  test('shows every group and field with its type, deleted ones marked', async () => {
    const schema = (await world.call('GET', 'metadata/schema/visitor')).json;
    expect(schema.auto.firstvisit).toMatchObject({
      Type: 'time',
      DisplayName: 'Firstvisit',
      isDeleted: false,
      isPerApp: false,
    });
    expect(schema.custom.old_score.isDeleted).toBe(true);
    expect(Object.keys(schema)).toEqual(
      expect.arrayContaining(['auto', 'auto__323232', 'agent', 'custom', 'pendo', 'salesforce']),
    );
    expect(Object.keys((await world.call('GET', 'metadata/schema/account')).json)).toContain('pendo_hubspot');
  });

  test('folds a new name to lower case, and takes the same field twice', async () => {
    const made = await define('account', { name: 'HubSpot_Tier', type: 'string', displayname: 'HubSpot: Tier' });
    expect([made.status, Object.keys(made.json)]).toEqual([200, ['hubspot_tier']]);
    expect(
      (await define('account', { name: 'hubspot_tier', type: 'string', displayname: 'HubSpot: Level' })).status,
    ).toBe(200);
    expect((await world.call('GET', 'metadata/schema/account')).json.custom.hubspot_tier).toMatchObject({
      Type: 'string',
      DisplayName: 'HubSpot: Level',
    });
    expect((await define('account', { name: 'hubspot_tier', type: 'boolean' })).status).toBe(400);
  });

  test('deletes a field, and brings it back', async () => {
    await define('account', { name: 'gone', type: 'string' });
    const deleted = async () => (await world.call('GET', 'metadata/schema/account')).json.custom.gone.isDeleted;
    expect((await world.call('DELETE', 'metadata/schema/account/custom/gone')).status).toBe(200);
    expect(await deleted()).toBe(true);
    expect((await world.call('DELETE', 'metadata/schema/account/custom/gone')).status).toBe(404);
    await define('account', { name: 'gone', type: 'string' });
    expect(await deleted()).toBe(false);
  });

  test.each(['1st', 'with space', 'da-sh', '', 'ünï'])('refuses the name %j', async (name) => {
    expect((await define('visitor', { name, type: 'string' })).status).toBe(400);
  });

  test.each(['text', 'object', ''])('refuses the type %j', async (type) => {
    expect((await define('visitor', { name: 'ok', type })).status).toBe(400);
  });

  test.each(['auto', 'salesforce', 'hubspot', 'pendo_hubspot', 'pendo'])(
    'does not let group %s be changed',
    async (group) => {
      expect(
        (
          await world.call('POST', `metadata/schema/visitor/${group}`, [
            { name: 'x', displayname: 'X', type: 'string' },
          ])
        ).status,
      ).toBe(400);
      expect(
        (await world.call('POST', `metadata/visitor/${group}/value`, [{ visitorId: 'ana@x.example', values: {} }]))
          .status,
      ).toBe(400);
    },
  );

  test('has no kind but visitor and account', async () => {
    expect((await world.call('GET', 'metadata/schema/parentAccount')).status).toBe(404);
  });

  test.each(['float', 'integer'] as const)('reports a number as %s under that switch', async (pendoNumberType) => {
    await world.switches({ pendoNumberType });
    await define('visitor', { name: `n_${pendoNumberType}`, type: 'number' });
    expect((await world.call('GET', 'metadata/schema/visitor')).json.custom[`n_${pendoNumberType}`].Type).toBe(
      pendoNumberType,
    );
    expect((await write({ [`n_${pendoNumberType}`]: 1.5 })).json.updated).toBe(1);
    expect(await read(`n_${pendoNumberType}`)).toBe(1.5);
    await world.switches({ pendoNumberType: 'float' });
  });
});

describe('a bulk write', () => {
  test('answers 200 with what became of the rows, and skips ids that do not exist', async () => {
    const answer = await world.call('POST', 'metadata/visitor/custom/value', [
      { visitorId: 'ana@x.example', values: { plan: 'pro', vip: true } },
      { visitorId: 'ghost@x.example', values: { plan: 'free' } },
    ]);
    expect([answer.status, answer.json]).toEqual([
      200,
      { total: 2, updated: 1, failed: 1, missing: ['ghost@x.example'], errors: [] },
    ]);
    expect(await read('plan')).toBe('pro');
    expect((await world.call('GET', 'visitor/ghost%40x.example')).status).toBe(404);
  });

  test('creates them when told to', async () => {
    const answer = await world.call('POST', 'metadata/account/agent/value?create=true', [
      { accountId: 'new-one', values: { name: 'New' } },
    ]);
    expect(answer.json).toMatchObject({ total: 1, updated: 1, failed: 0 });
    expect((await world.call('GET', 'account/new-one')).json).toEqual({
      id: 'new-one',
      metadata: { agent: { name: 'New' } },
    });
    expect((await world.rows({ source: { accounts: null } }, { filter: 'accountId == "new-one"' })).length).toBe(1);
  });

  test('folds keys, leaves other fields and groups alone', async () => {
    await write({ plan: 'a', vip: false });
    await write({ PLAN: 'b' });
    expect([await read('plan'), await read('vip')]).toEqual(['b', false]);
  });

  test('lets agent fields come into being with their first value', async () => {
    const answer = await world.call('POST', 'metadata/visitor/agent/value', [
      { visitorId: 'ana@x.example', values: { Shoe_Size: 42 } },
    ]);
    expect(answer.json.updated).toBe(1);
    expect((await world.call('GET', 'metadata/schema/visitor')).json.agent.shoe_size.Type).toBe('integer');
  });

  test.each<[unknown]>([
    [{}],
    [[{ values: {} }]],
    [[{ groupId: 'acme', values: {} }]],
    [[{ visitorId: 'ana@x.example' }]],
    [[{ visitorId: 7, values: {} }]],
  ])('of %j is a 400', async (body) => {
    expect((await world.call('POST', 'metadata/visitor/custom/value', body)).status).toBe(400);
  });

  test('is seen by aggregations', async () => {
    await write({ plan: 'seen' });
    const rows = await world.rows(
      { source: { visitors: null } },
      { filter: 'metadata.custom.plan == "seen"' },
      { select: { id: 'visitorId' } },
    );
    expect(rows).toEqual([{ id: 'ana@x.example' }]);
  });

  test('tells the log what was done to which record', async () => {
    await world.admin('DELETE', 'worlds/w/log');
    await world.call('POST', 'metadata/visitor/custom/value', [
      { visitorId: 'ana@x.example', values: { PLAN: 'log' } },
      { visitorId: 'ghost@x.example', values: { plan: 'log' } },
    ]);
    const [call] = (await world.admin('GET', 'worlds/w/log')).text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    expect(call).toMatchObject({
      operation: 'metadataWrite:visitor',
      records: 1,
      writes: [
        { id: 'ana@x.example', created: false, accepted: true, fields: { plan: 'log' } },
        { id: 'ghost@x.example', created: false, accepted: false, fields: { plan: 'log' } },
      ],
    });
  });

  test('that is turned into a no-op answers alike and changes nothing', async () => {
    await write({ plan: 'before' });
    await world.admin('POST', 'worlds/w/faults', { vendor: 'pendo', kind: 'noop200', count: 1 });
    expect((await write({ plan: 'after' })).json.updated).toBe(1);
    expect(await read('plan')).toBe('before');
    await world.admin('DELETE', 'worlds/w/faults');
  });
});

describe('single values', () => {
  const path = (field: string, id = 'ana@x.example', group = 'custom') =>
    `metadata/visitor/${group}/value/${encodeURIComponent(id)}/${field}`;
  test('are set with a bare JSON value and read back', async () => {
    for (const [field, value] of [
      ['plan', 'solo'],
      ['fit', 42.5],
      ['vip', true],
    ] as const) {
      expect((await world.call('PUT', path(field, 'Bo/%?@x.example'), value)).status).toBe(200);
      expect((await world.call('GET', path(field, 'Bo/%?@x.example'))).json).toBe(value);
    }
  });
  test('of unknown ids are a 404', async () => {
    expect((await world.call('PUT', path('plan', 'ghost'), 'x')).status).toBe(404);
    expect((await world.call('GET', path('plan', 'ghost'))).status).toBe(404);
  });
  test('do-not-process takes away what Pendo gathered itself', async () => {
    const visitor = (await world.records('visitors')).find(({ metadata }) => metadata.auto?.firstvisit)!;
    expect((await world.call('PUT', path('donotprocess', visitor.id, 'pendo'), true)).status).toBe(200);
    const { metadata } = (await world.call('GET', `visitor/${encodeURIComponent(visitor.id)}`)).json;
    expect(metadata.pendo.donotprocess).toBe(true);
    expect(Object.keys(metadata).filter((group) => group.startsWith('auto'))).toEqual([]);
    expect((await world.call('PUT', path('blacklistguides', visitor.id, 'pendo'), true)).status).toBe(200);
    expect((await world.call('PUT', path('designerenabled', visitor.id, 'pendo'), true)).status).toBe(400);
  });
});

describe('one record', () => {
  test('is found by its id and by the base64 of it', async () => {
    const id = 'Bo/%?@x.example';
    const plain = await world.call('GET', `visitor/${encodeURIComponent(id)}`);
    expect(plain.json.id).toBe(id);
    const encoded = await world.call('GET', `visitor/${encodeURIComponent(Buffer.from(id).toString('base64'))}`);
    expect(encoded.json).toEqual(plain.json);
  });
  test('has its accounts and last start', async () => {
    const visitor = (await world.records('visitors')).find(
      ({ metadata }) => Array.isArray(metadata.auto?.accountids) && metadata.auto.lastvisit,
    )!;
    const { accountIds, account, lastStartTime } = (
      await world.call('GET', `visitor/${encodeURIComponent(visitor.id)}`)
    ).json;
    expect([accountIds, account.id, lastStartTime]).toEqual([
      visitor.metadata.auto!.accountids,
      visitor.metadata.auto!.accountid ?? '',
      visitor.metadata.auto!.lastvisit,
    ]);
  });
  test.each(['visitor', 'visitor/', 'visitor/nobody', 'account/nobody', 'nothing/here'])(
    'GET %s is a 404',
    async (path) => {
      expect((await world.call('GET', path)).status).toBe(404);
    },
  );
});

describe('guides', () => {
  test('of every app are listed with expand=*, those of the default app without', async () => {
    const all = (await world.call('GET', 'guide?expand=*')).json;
    const own = (await world.call('GET', 'guide')).json;
    expect(own.length).toBeLessThan(all.length);
    expect(new Set(own.map((guide: { appId: number }) => guide.appId))).toEqual(new Set([-323232]));
    const asked = (await world.call('GET', `guide?id=${all[0].id},${all.at(-1).id}`)).json;
    expect(asked.map((guide: { id: string }) => guide.id)).toEqual([all[0].id, all.at(-1).id]);
    expect((await world.call('GET', `guide/${all[0].id}`)).status).toBe(404);
  });
});

test('a bulk delete takes the records and every trace of them', async () => {
  const [event] = await world.events();
  const { visitorId } = event!;
  const answer = await world.call('POST', 'bulkdelete/visitor', { visitors: [visitorId] });
  expect(answer.status).toBe(200);
  expect((await world.events()).some((row) => row.visitorId === visitorId)).toBe(false);
  expect((await world.call('GET', `visitor/${encodeURIComponent(visitorId)}`)).status).toBe(404);
  expect((await world.call('GET', `bulkdelete/${answer.json.id}`)).json.status).toBe('completed');
  const many = Array.from({ length: 501 }, (_, i) => `v${i}`);
  expect((await world.call('POST', 'bulkdelete/visitor', { visitors: many })).status).toBe(400);
});

describe('keys', () => {
  test('verify, and a read-only one reads', async () => {
    const { pendoReadKey } = world.world;
    expect((await world.call('GET', 'token/verify')).status).toBe(200);
    expect((await world.call('GET', 'token/verify', undefined, pendoReadKey)).status).toBe(200);
    expect(
      (await world.call('POST', 'aggregation', { request: { pipeline: [{ source: { apps: null } }] } }, pendoReadKey))
        .status,
    ).toBe(200);
  });
  test.each([
    ['POST', 'metadata/visitor/custom/value'],
    ['POST', 'metadata/schema/visitor/custom'],
    ['PUT', 'metadata/visitor/custom/value/a/b'],
    ['DELETE', 'metadata/schema/visitor/custom/plan'],
    ['POST', 'bulkdelete/visitor'],
  ])('a read-only one gets 403 on %s %s', async (method, path) => {
    expect((await world.call(method, path, [], world.world.pendoReadKey)).status).toBe(403);
  });
  test('a wrong one gets 403', async () => {
    expect((await world.call('GET', 'token/verify', undefined, 'ffffffff-ffff-4fff-afff-ffffffffffff')).status).toBe(
      403,
    );
  });
  test.each([
    ['json', /^\{/],
    ['text', /^Forbidden/],
    ['empty', /^$/],
  ] as const)('the body of a 403 is %s under that switch', async (pendoForbiddenBody, body) => {
    await world.switches({ pendoForbiddenBody });
    expect((await world.call('POST', 'bulkdelete/visitor', {}, world.world.pendoReadKey)).text).toMatch(body);
    await world.switches({ pendoForbiddenBody: 'json' });
  });
});

describe('what no source tells is a switch:', () => {
  const under = async (change: Parameters<PendoWorld['switches']>[0], work: () => Promise<void>) => {
    const before = (await world.admin('GET', 'worlds/w/switches')).json;
    await world.switches(change);
    try {
      await work();
    } finally {
      await world.switches(before);
    }
  };

  test.each([
    ['clear', undefined, 1],
    ['ignore', 'old', 1],
    ['error', 'old', 0],
  ] as const)('pendoNull %s', (pendoNull, left, updated) =>
    under({ pendoNull }, async () => {
      await write({ plan: 'old' });
      expect((await write({ plan: null })).json.updated).toBe(updated);
      expect(await stored('plan')).toBe(left);
    }),
  );

  test.each([
    ['store', ''],
    ['clear', undefined],
  ] as const)('pendoEmptyString %s', (pendoEmptyString, left) =>
    under({ pendoEmptyString }, async () => {
      await write({ plan: 'old', fit: 3 });
      expect((await write({ plan: '', fit: '' })).json.updated).toBe(1);
      expect([await stored('plan'), await stored('fit')]).toEqual([left, left]);
    }),
  );

  test.each([
    ['absent', undefined],
    ['null', null],
    ['empty', ''],
  ] as const)('pendoClearedReads %s', (pendoClearedReads, shown) =>
    under({ pendoClearedReads }, async () => {
      await write({ plan: 'old' });
      await write({ plan: null });
      expect(await read('plan')).toBe(shown);
      const [row] = await world.rows({ source: { visitors: null } }, { filter: 'visitorId == "ana@x.example"' });
      expect(row!.metadata.custom.plan).toBe(shown);
    }),
  );

  test.each([
    ['call400', 400, undefined],
    ['rowError', 200, 0],
    ['ignore', 200, 1],
  ] as const)('pendoUnknownField %s', (pendoUnknownField, status, updated) =>
    under({ pendoUnknownField }, async () => {
      await write({ plan: 'old' });
      const answer = await write({ plan: 'new', no_such: 1 });
      expect([answer.status, answer.json?.updated]).toEqual([status, updated]);
      expect(await stored('plan')).toBe(updated === 1 ? 'new' : 'old');
    }),
  );

  test.each([
    ['coerce', 200, '7'],
    ['rowError', 200, 'old'],
    ['call400', 400, 'old'],
  ] as const)('pendoTypeClash %s', (pendoTypeClash, status, left) =>
    under({ pendoTypeClash }, async () => {
      await write({ plan: 'old' });
      expect((await write({ plan: 7 })).status).toBe(status);
      expect(await stored('plan')).toBe(left);
    }),
  );

  test('pendoTypeClash coerce, where nothing can be made of it, refuses the row', async () => {
    await write({ plan: 'old' });
    expect((await write({ plan: 'new', fit: 'many' })).json).toMatchObject({ updated: 0, failed: 1, missing: [] });
    expect(await stored('plan')).toBe('old');
  });

  test.each(['string', 'object'] as const)('pendoErrorShape %s', (pendoErrorShape) =>
    under({ pendoErrorShape }, async () => {
      const { errors } = (await write({ fit: 'many' })).json;
      if (pendoErrorShape === 'string') expect(errors[0]).toMatch(/^ana@x\.example: /);
      else expect(errors[0]).toMatchObject({ visitorId: 'ana@x.example', error: expect.any(String) });
    }),
  );

  test.each(['present', 'absent'] as const)('pendoEmptyLists %s', (pendoEmptyLists) =>
    under({ pendoEmptyLists }, async () => {
      expect(Object.keys((await write({ plan: 'x' })).json)).toEqual([
        'total',
        'updated',
        'failed',
        ...(pendoEmptyLists === 'present' ? ['missing', 'errors'] : []),
      ]);
    }),
  );

  test.each([
    ['asSent', '"fit":42'],
    ['float', '"fit":42.0'],
  ] as const)('pendoNumber %s', (pendoNumber, text) =>
    under({ pendoNumber }, async () => {
      await write({ fit: 42 });
      expect((await world.call('GET', 'visitor/ana@x.example')).text).toContain(text);
      expect(
        (await world.ask({ source: { visitors: null } }, { filter: 'visitorId == "ana@x.example"' })).text,
      ).toContain(text);
    }),
  );

  test.each([
    ['number', 1767225600000],
    ['text', '1767225600000'],
    ['rfc3339', '2026-01-01T00:00:00.000Z'],
  ] as const)('pendoTime %s', (pendoTime, shown) =>
    under({ pendoTime }, async () => {
      for (const sent of [1767225600000, '2026-01-01', '2026-01-01T01:00:00+01:00']) {
        await write({ since: sent });
        expect([await read('since'), await stored('since')]).toEqual([shown, 1767225600000]);
      }
      const [visitor] = await world.rows(
        { source: { visitors: null } },
        { filter: 'metadata.auto.firstvisit > 0' },
        { limit: 1 },
      );
      expect(typeof visitor!.metadata.auto.firstvisit).toBe('number');
    }),
  );

  test('pendoReadLagMs: a written value is read back only after the lag, on the sandbox’s clock', () =>
    under({ pendoReadLagMs: 60_000 }, async () => {
      const { now } = (await world.admin('GET', 'clock')).json;
      await under({ pendoReadLagMs: 0 }, async () => void (await write({ plan: 'first' })));
      await write({ plan: 'second' });
      await world.clock({ now: now + 30_000 });
      await write({ plan: 'third' });
      const seen = [await read('plan')];
      await world.clock({ now: now + 60_001 });
      seen.push(await read('plan'));
      await world.clock({ now: now + 90_001 });
      seen.push(await read('plan'));
      expect(seen).toEqual(['first', 'second', 'third']);
      expect(await stored('plan')).toBe('third');
      await world.clock({ now });
    }));

  test.each([
    ['array', []],
    ['null', null],
    ['absent', undefined],
  ] as const)('pendoEmptyResults %s', (pendoEmptyResults, results) =>
    under({ pendoEmptyResults }, async () => {
      const answer = await world.ask({ source: { visitors: null } }, { filter: 'visitorId == "nobody"' });
      expect([answer.status, answer.json.results]).toEqual([200, results]);
    }),
  );

  test.each([
    ['accept', 1],
    ['rowError', 0],
  ] as const)('pendoDoNotProcessWrite %s', (pendoDoNotProcessWrite, updated) =>
    under({ pendoDoNotProcessWrite }, async () => {
      await world.edit('visitors', { id: 'dnp@x.example', metadata: { pendo: { donotprocess: true } } });
      expect((await write({ plan: 'x' }, 'dnp@x.example')).json.updated).toBe(updated);
    }),
  );
});
