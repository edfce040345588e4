import { describe, expect, test } from 'vitest';
import { RunStopped } from '../../src/egress/types.ts';
import type { HubSpotClient } from '../../src/hubspot/index.ts';
import { needsPerson, type VendorError } from '../../src/sync/vendor-error.ts';
import { json } from '../egress/http-server.ts';
import { openBudget } from '../egress/open-budget.ts';
import { openHubSpot } from './open-hubspot.ts';

const details = {
  portalId: 62515,
  timeZone: 'US/Eastern',
  accountType: 'STANDARD',
  uiDomain: 'app.hubspot.com',
  dataHostingLocation: 'na1',
};

describe('an answer that is no success is cast to what is to be done about it', () => {
  test.each([
    [408, {}, { kind: 'transient', code: 'VENDOR_TIMEOUT' }],
    [401, { category: 'EXPIRED_AUTHENTICATION' }, { kind: 'unauthorised', code: 'UNAUTHORISED' }],
    [
      403,
      { category: 'MISSING_SCOPES', errors: [{ context: { requiredGranularScopes: ['crm.objects.contacts.read'] } }] },
      { kind: 'forbidden', code: 'MISSING_SCOPES', scopes: ['crm.objects.contacts.read'] },
    ],
    [404, { category: 'OBJECT_NOT_FOUND' }, { kind: 'rejected', code: 'OBJECT_NOT_FOUND' }],
    [400, { message: 'Unable to infer object type from: x' }, { kind: 'rejected', code: 'REJECTED', status: 400 }],
    [413, {}, { kind: 'tooMuch', code: 'BODY_TOO_LARGE' }],
    [500, { message: 'internal error' }, { kind: 'transient', code: 'OUTAGE' }],
    [521, 'a page of Cloudflare', { kind: 'transient', code: 'OUTAGE' }],
    [530, 'error code: 1016', { kind: 'transient', code: 'OUTAGE' }],
  ])('%i', async (status, body, expected) => {
    const { client } = await openHubSpot((_, response) => json(response, status, body));
    await expect(client.account()).rejects.toMatchObject({ vendor: 'hubspot', status, ...expected });
  });

  test('neither the message nor a cause quotes the answer', async () => {
    const { client } = await openHubSpot((_, response) =>
      json(response, 400, { message: 'Property values were not valid: ana@example.com', category: 'VALIDATION_ERROR' }),
    );
    const error = await client.account().catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: 'VALIDATION_ERROR', detail: expect.stringContaining('ana@example.com') });
    expect(`${(error as Error).message} ${(error as Error).stack} ${(error as Error).cause}`).not.toContain('ana@');
  });

  test('a move between regions is a wait as long as HubSpot says', async () => {
    const { client, server } = await openHubSpot((_, response) => json(response, 477, {}, { 'retry-after': '3600' }));
    const error = (await client.account().catch((thrown: unknown) => thrown)) as { until: number };
    expect(error).toMatchObject({ kind: 'wait', code: 'MIGRATION' });
    expect(Math.abs(error.until - Date.now() - 3_600_000)).toBeLessThan(5_000);
    expect(server.seen).toHaveLength(1);
  });

  test('a long outage with its end named is a wait', async () => {
    const { client } = await openHubSpot((_, response) => json(response, 503, {}, { 'retry-after': '120' }));
    await expect(client.account()).rejects.toMatchObject({ kind: 'wait', code: 'OUTAGE' });
  });
});

describe('a passing fault is met here', () => {
  test.each(['reset', '503 without content type', 'cut off'])('%s: the call is made again', async (fault) => {
    let calls = 0;
    const { client } = await openHubSpot((_, response) => {
      calls += 1;
      if (calls > 2) json(response, 200, details);
      else if (fault === 'reset') response.destroy();
      else if (fault === 'cut off')
        response.writeHead(200, { 'content-length': '99' }).write('{"po', () => response.destroy());
      else response.writeHead(503).end('busy');
    });
    expect(await client.account()).toEqual(details);
    expect(calls).toBe(3);
  });

  test('a 429 is reported with its limit, waited for and not counted as a fault', async () => {
    let calls = 0;
    const { client, reports } = await openHubSpot((_, response) => {
      calls += 1;
      if (calls > 4)
        return json(response, 200, details, { 'x-hubspot-ratelimit-max': '190', 'x-hubspot-ratelimit-remaining': '3' });
      return json(response, 429, {
        status: 'error',
        message: 'You have reached your ten_secondly_rolling limit.',
        errorType: 'RATE_LIMIT',
        policyName: 'TEN_SECONDLY_ROLLING',
      });
    });
    await client.account();
    expect(reports.map(({ status, limit }) => [status, limit])).toEqual([
      ...Array.from({ length: 4 }, () => [429, 'window']),
      [200, undefined],
    ]);
    expect(reports.at(-1)).toMatchObject({ max: 190, remaining: 3 });
  });

  test.each([
    ['You have reached your secondly limit.', undefined, 'second'],
    ['You have reached your daily limit.', 'DAILY', 'day'],
  ])('which limit it is, is told from policy or message: %s', async (message, policyName, limit) => {
    let calls = 0;
    const { client, reports } = await openHubSpot((_, response) => {
      calls += 1;
      return calls === 1 ? json(response, 429, { message, policyName }) : json(response, 200, details);
    });
    await client.account();
    expect(reports[0]!.limit).toBe(limit);
  });
});

/** As HubSpot says it, in all that it answers. */
const expired = {
  status: 'error',
  message: 'The OAuth token used to make this call expired.',
  category: 'EXPIRED_AUTHENTICATION',
};
const page = '<!DOCTYPE html><html><head><title>Access denied</title></head><body>Incident 1234</body></html>';

/** Every call of a run, of a connection test and of the estimate. */
const everyCall: [string, (client: HubSpotClient) => Promise<unknown>][] = [
  ['account', (client) => client.account()],
  ['token', (client) => client.tokenInfo()],
  ['properties', (client) => client.listProperties('contacts')],
  ['groups', (client) => client.listGroups('companies')],
  ['making the group', (client) => client.createGroup('contacts', { name: 'pendo', label: 'Pendo' })],
  ['list', (client) => client.listPage('contacts', { properties: ['email'] })],
  ['batch read', (client) => client.readRecords('contacts', ['1'], ['email'])],
  ['search', (client) => client.countRecords('companies')],
  ['batch update', (client) => client.batchUpdate('contacts', [{ id: '1', properties: { a: '1' } }])],
  [
    'batch upsert',
    (client) => client.batchUpsert('contacts', { idProperty: 'email', inputs: [{ key: 'a@b.c', properties: {} }] }),
  ],
];
const strangeAnswers: [string, number, unknown, Record<string, string>?][] = [
  ['a firewall’s 403', 403, page],
  ['a captive portal’s 401', 401, page],
  ['a 404 of a proxy', 404, page],
  ['an empty 400', 400, ''],
  ['an empty 403', 403, ''],
  ['JSON that is not HubSpot’s', 403, { error: 'blocked' }],
  ['a redirect', 302, '', { location: 'https://login.example.com/' }],
  ['Misdirected Request', 421, { status: 'error', message: 'x' }],
  ['Too Early', 425, { status: 'error', message: 'x' }],
  ['Request Timeout', 408, { status: 'error', message: 'x' }],
];

describe('what HubSpot does not clearly say of credential, scope or mapping is nobody’s matter', () => {
  test.each(strangeAnswers)('%s, at every call', async (_, status, body, headers) => {
    const { client } = await openHubSpot((_request, response) =>
      typeof body === 'string'
        ? void response.writeHead(status, { 'content-type': 'text/html', ...headers }).end(body)
        : json(response, status, body, headers),
    );
    await Promise.all(
      everyCall.map(async ([name, call]) => {
        const error = await call(client).then(
          () => 'taken for an answer',
          (thrown: unknown) => thrown,
        );
        expect(error, name).toMatchObject({ kind: 'transient' });
        expect(needsPerson(error as VendorError), name).toBe(false);
      }),
    );
  });

  test.each([
    [401, expired],
    [403, { status: 'error', message: 'no', category: 'MISSING_SCOPES', errors: [] }],
    [400, { status: 'error', message: 'Bad request', category: 'VALIDATION_ERROR' }],
    [404, { status: 'error', message: 'resource not found', category: 'OBJECT_NOT_FOUND' }],
  ])('a refusal (%i) is believed only when it is said twice', async (status, body) => {
    let calls = 0;
    const { client } = await openHubSpot((_, response) => {
      calls += 1;
      return calls === 1 ? json(response, status, body) : json(response, 200, { results: [] });
    });
    expect(await client.listPage('contacts', { properties: [] })).toEqual({ records: [] });
    const { client: refused } = await openHubSpot((_, response) => json(response, status, body));
    const error = await refused.listPage('contacts', { properties: [] }).catch((thrown: unknown) => thrown);
    // A path that is not there is no matter of the mapping's, however often it is said.
    expect(needsPerson(error as VendorError)).toBe(status !== 404);
  });
});

describe('a token that ran out', () => {
  test('is renewed once, and the call made again with the new one', async () => {
    let token = 'old';
    const renewals: string[] = [];
    const { client } = await openHubSpot(
      (request, response) =>
        request.headers.authorization === 'Bearer new' ? json(response, 200, details) : json(response, 401, expired),
      {
        token: async () => token,
        onUnauthorised: async (refused) => {
          renewals.push(refused);
          token = 'new';
          return true;
        },
      },
    );
    expect((await client.account()).portalId).toBe(62515);
    expect(renewals).toEqual(['old']);
  });

  test('and cannot be renewed, or is refused again, is a dead credential', async () => {
    for (const renewed of [true, false]) {
      let renewals = 0;
      const { client, server } = await openHubSpot((_, response) => json(response, 401, expired), {
        onUnauthorised: async () => {
          renewals += 1;
          return renewed;
        },
      });
      await expect(client.account()).rejects.toMatchObject({ kind: 'unauthorised' });
      expect(renewals).toBe(1);
      expect(server.seen).toHaveLength(2);
    }
  });
});

test('no request is made for a run that was stopped', async () => {
  const { budget } = openBudget({ runState: 'paused' });
  const { client, server } = await openHubSpot((_, response) => json(response, 200, details), { budget });
  const error = await client.account().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RunStopped);
  expect(error).toMatchObject({ state: 'paused' });
  expect(server.seen).toEqual([]);
});

test('an abort ends a call in flight at once, and it is not made again', async () => {
  const controller = new AbortController();
  const { client, server } = await openHubSpot(() => controller.abort(), { signal: controller.signal });
  await expect(client.account()).rejects.toMatchObject({ kind: 'transient', code: 'ABORTED' });
  expect(server.seen).toHaveLength(1);
});

test('a hung reply is given up in the time allowed', async () => {
  const { client, server } = await openHubSpot(() => {}, { timeouts: { total: 200 } });
  await expect(client.account()).rejects.toMatchObject({ kind: 'transient', code: 'TIMEOUT' });
  expect(server.seen).toHaveLength(3);
});

test('every call goes through the guarded fetch, also after somebody else made a client of the same package', async () => {
  const { Client } = await import('@hubspot/api-client');
  const { client, server } = await openHubSpot((_, response) => json(response, 200, details), {
    fetch: async () => {
      throw new Error('the guarded fetch was asked');
    },
  });
  new Client({ accessToken: 'x', numberOfApiCallRetries: 3 });
  await expect(client.account()).rejects.toThrow('the guarded fetch was asked');
  expect(server.seen).toEqual([]);
});
