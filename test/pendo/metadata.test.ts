import { describe, expect, test } from 'vitest';
import { json } from '../egress/http-server.ts';
import { openPendo } from './open-pendo.ts';

test('the schema is read with its mixed spelling, deleted fields and empty groups', async () => {
  const { client } = await openPendo((_, response) =>
    json(response, 200, {
      auto: { firstvisit: { Type: 'time', DisplayName: 'First visit', ElementType: '', isHidden: false } },
      custom: { hubspot_plan: { Type: 'string', DisplayName: 'HubSpot: Plan', isDeleted: true }, odd: { Type: '' } },
      pendo_hubspot: null,
    }),
  );
  expect(await client.schema('visitor')).toEqual({
    auto: [{ name: 'firstvisit', type: 'time', displayName: 'First visit', isDeleted: false }],
    custom: [
      { name: 'hubspot_plan', type: 'string', displayName: 'HubSpot: Plan', isDeleted: true },
      { name: 'odd', type: '', displayName: '', isDeleted: false },
    ],
    pendo_hubspot: [],
  });
});

const plan = { name: 'hubspot_plan', displayName: 'HubSpot: Plan', type: 'string' } as const;
const planListed = { custom: { hubspot_plan: { Type: 'string', DisplayName: 'HubSpot: Plan', isDeleted: false } } };

test('fields are created in one call, whatever Pendo answers it with, and looked at afterwards', async () => {
  const { client, server } = await openPendo((request, response) =>
    request.method === 'GET' ? json(response, 200, planListed) : void response.writeHead(200).end(),
  );
  await client.createFields('account', 'custom', [plan]);
  await client.createFields('account', 'custom', []);
  expect(server.seen.map((request) => [request.method, request.url])).toEqual([
    ['POST', '/api/v1/metadata/schema/account/custom'],
    ['GET', '/api/v1/metadata/schema/account'],
  ]);
  expect(JSON.parse(server.seen[0]?.body ?? '')).toEqual([
    { name: 'hubspot_plan', displayname: 'HubSpot: Plan', type: 'string' },
  ]);
});

test('an empty success that created nothing is not believed: the field is asked for again', async () => {
  let posts = 0;
  const { client } = await openPendo((request, response) => {
    if (request.method === 'POST') posts += 1;
    if (request.method === 'GET') return json(response, 200, posts < 2 ? { custom: null } : planListed);
    return void response.writeHead(200).end();
  });
  await client.createFields('visitor', 'custom', [plan]);
  expect(posts).toBe(2);
});

test('polls are found wherever Pendo puts their type', async () => {
  const { client } = await openPendo((_, response) =>
    json(response, 200, [
      {
        id: 'g1',
        state: 'disabled',
        appId: -323232,
        polls: [
          { id: 'p1', attributes: { type: 'NPSRating' } },
          { id: 'p2', type: 'npsrating', attributes: null },
          { id: 'p3' },
        ],
      },
      { id: 'g2', state: 'public', polls: null },
    ]),
  );
  expect(await client.guides()).toEqual([
    {
      id: 'g1',
      name: '',
      state: 'disabled',
      appId: -323232,
      polls: [
        { id: 'p1', type: 'NPSRating' },
        { id: 'p2', type: 'npsrating' },
        { id: 'p3', type: '' },
      ],
    },
    { id: 'g2', name: '', state: 'public', polls: [] },
  ]);
});

test('a key is good if Pendo says so, and a 403 names both of its causes', async () => {
  const good = await openPendo((_, response) => json(response, 200, {}));
  await good.client.verify();
  expect(good.server.seen[0]!.url).toBe('/api/v1/token/verify');
  const bad = await openPendo((_, response) => void response.writeHead(403).end('Forbidden'));
  await expect(bad.client.verify()).rejects.toMatchObject({
    kind: 'forbidden',
    message: 'Pendo does not accept the key, or the key has no write access.',
    detail: 'Forbidden',
  });
});

test('a limit is waited for as long as Pendo says', async () => {
  let calls = 0;
  const { client, reports } = await openPendo((_, response) => {
    calls += 1;
    if (calls === 1) response.writeHead(429, { 'retry-after': '1' }).end('Too Many Requests');
    else json(response, 200, {});
  });
  const started = performance.now();
  await client.verify();
  expect(performance.now() - started).toBeGreaterThan(900);
  expect(reports.map(({ status, limit }) => [status, limit])).toEqual([
    [429, 'window'],
    [200, undefined],
  ]);
});

describe('an error in a 200', () => {
  const answers = [
    { error: { custom: 'boom' } },
    { errors: [{ message: 'boom' }] },
    { status: 'error', custom: null },
    { error: 'boom', results: null },
  ];
  test.each(answers)('%j is no schema, and no list of guides', async (answer) => {
    const { client } = await openPendo((_, response) => json(response, 200, answer));
    const expected = { vendor: 'pendo', kind: 'transient', code: 'ERROR_IN_REPLY' };
    await expect(client.schema('visitor')).rejects.toMatchObject(expected);
    await expect(client.guides()).rejects.toMatchObject(expected);
  });

  test.each([
    { error: 'boom', updated: 1 },
    { status: 'error', message: 'boom', updated: 1 },
  ])('%j says of no value that it was written', async (answer) => {
    const { client } = await openPendo((_, response) => json(response, 200, answer));
    const writing = client.writeValues('visitor', 'custom', [{ id: 'v', values: { hubspot_plan: 'pro' } }]);
    await expect(writing).rejects.toMatchObject({ vendor: 'pendo', kind: 'transient', code: 'ERROR_IN_REPLY' });
  });
});
