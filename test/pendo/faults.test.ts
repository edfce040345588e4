import { describe, expect, test } from 'vitest';
import type { PendoClient } from '../../src/pendo/index.ts';
import { needsPerson, type VendorError } from '../../src/sync/vendor-error.ts';
import { json } from '../egress/http-server.ts';
import { openPendo } from './open-pendo.ts';

const page = '<html><head><title>Attention required</title></head><body>Ray ID 1234</body></html>';
const html = { 'content-type': 'text/html; charset=UTF-8' };
const pipeline = [{ source: { visitors: null } }];

/** Every call of a run and of a connection test. */
const everyCall: [string, (client: PendoClient) => Promise<unknown>][] = [
  ['verify', (client) => client.verify()],
  ['schema', (client) => client.schema('visitor')],
  ['guides', (client) => client.guides()],
  ['aggregation', (client) => client.aggregate(pipeline, () => {})],
  [
    'making fields',
    (client) => client.createFields('visitor', 'custom', [{ name: 'a', displayName: 'A', type: 'string' }]),
  ],
  ['values', (client) => client.writeValues('account', 'custom', [{ id: 'acme', values: { a: '1' } }])],
];

describe('what Pendo does not clearly say of key, access or mapping is nobody’s matter', () => {
  test.each<[string, number, string, Record<string, string>?]>([
    ['a firewall’s 403', 403, page, html],
    ['a page that does not say that it is one', 403, `\n${page}`],
    ['a captive portal’s 401', 401, page, html],
    ['a 404 of a proxy', 404, page, html],
    ['an empty 400', 400, ''],
    ['a redirect', 301, '', { location: 'https://login.example.com/' }],
    ['Request Timeout', 408, 'Request Timeout\n'],
    ['Conflict', 409, 'operation in progress'],
    ['Misdirected Request', 421, 'misdirected'],
    ['Too Early', 425, 'too early'],
    ['what no path of ours gets', 404, 'not found'],
  ])('%s, at every call', async (_, status, body, headers) => {
    const { client } = await openPendo((_request, response) => void response.writeHead(status, headers).end(body));
    await Promise.all(
      everyCall.map(async ([name, call]) => {
        const error = await call(client).then(
          () => 'taken for an answer',
          (thrown: unknown) => thrown,
        );
        expect(error, name).toMatchObject({ vendor: 'pendo' });
        expect(needsPerson(error as VendorError), `${name}: ${(error as VendorError).kind}`).toBe(false);
      }),
    );
  });

  test.each([
    ['403', 403, { message: 'forbidden' }],
    ['401', 401, { message: 'unauthorized' }],
    ['400', 400, { message: 'cannot parse the filter' }],
  ])('a refusal (%s) is believed only when it is said twice', async (_, status, body) => {
    let calls = 0;
    const { client, server } = await openPendo((_request, response) => {
      calls += 1;
      return calls === 1 ? json(response, status, body) : json(response, 200, { results: [{}] });
    });
    expect(await client.aggregate(pipeline, () => {})).toBe(1);
    expect(server.seen).toHaveLength(2);
    const { client: refused } = await openPendo((_request, response) => json(response, status, body));
    const error = await refused.aggregate(pipeline, () => {}).catch((thrown: unknown) => thrown);
    expect(needsPerson(error as VendorError)).toBe(true);
  });
});
