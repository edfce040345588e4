import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RawCrmRecord } from '../../../sandbox/contract.ts';
import { live, noon, openPortal, type TestPortal } from './portal.ts';

let portal: TestPortal;
let companies: RawCrmRecord[];
beforeAll(async () => {
  portal = await openPortal({ contacts: 50, companies: 400 });
  companies = await live(portal, 'companies');
});
afterAll(() => portal[Symbol.asyncDispose]());

const search = (body: unknown, type = 'companies') => portal.post(`/crm/objects/2026-09/${type}/search`, body);
const ids = (json: { results: { id: string }[] }) => json.results.map((record) => record.id);
const filters = (...one: unknown[]) => ({ filterGroups: [{ filters: one }] });
const byId = [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }];

/** Every operator, with what it means said again in plain code. */
const operators: [string, object, (record: RawCrmRecord) => boolean][] = [
  ['EQ', { propertyName: 'account_tier', operator: 'EQ', value: 'gold' }, (r) => r.properties.account_tier === 'gold'],
  [
    'NEQ',
    { propertyName: 'account_tier', operator: 'NEQ', value: 'gold' },
    (r) => r.properties.account_tier !== 'gold',
  ],
  [
    'LT',
    { propertyName: 'numberofemployees', operator: 'LT', value: 900 },
    (r) => Number(r.properties.numberofemployees || 'x') < 900,
  ],
  [
    'LTE',
    { propertyName: 'health_score', operator: 'LTE', value: '50' },
    (r) => Number(r.properties.health_score || 'x') <= 50,
  ],
  [
    'GT',
    { propertyName: 'health_score', operator: 'GT', value: '50' },
    (r) => Number(r.properties.health_score || 'x') > 50,
  ],
  ['GTE', { propertyName: 'hs_object_id', operator: 'GTE', value: '1000' }, (r) => Number(r.id) >= 1000],
  [
    'BETWEEN',
    { propertyName: 'health_score', operator: 'BETWEEN', value: '10', highValue: '20' },
    (r) => Number(r.properties.health_score || 'x') >= 10 && Number(r.properties.health_score) <= 20,
  ],
  [
    'IN',
    { propertyName: 'account_tier', operator: 'IN', values: ['gold', 'silver'] },
    (r) => ['gold', 'silver'].includes(r.properties.account_tier ?? ''),
  ],
  [
    'NOT_IN',
    { propertyName: 'account_tier', operator: 'NOT_IN', values: ['gold', 'silver'] },
    (r) => !['gold', 'silver'].includes(r.properties.account_tier ?? ''),
  ],
  ['HAS_PROPERTY', { propertyName: 'about', operator: 'HAS_PROPERTY' }, (r) => !!r.properties.about],
  ['NOT_HAS_PROPERTY', { propertyName: 'about', operator: 'NOT_HAS_PROPERTY' }, (r) => !r.properties.about],
  [
    'CONTAINS_TOKEN',
    { propertyName: 'name', operator: 'CONTAINS_TOKEN', value: 'acor*' },
    (r) => /\bacor/i.test(r.properties.name ?? ''),
  ],
  [
    'NOT_CONTAINS_TOKEN',
    { propertyName: 'name', operator: 'NOT_CONTAINS_TOKEN', value: 'labs' },
    (r) => !/\blabs\b/i.test(r.properties.name ?? ''),
  ],
];

describe('searching', () => {
  it.each(operators)('%s selects what it says', async (_, filter, expected) => {
    const { json } = await search({ ...filters(filter), sorts: byId, limit: 200 });
    const wanted = companies.filter(expected).map((record) => record.id);
    expect(wanted.length).toBeGreaterThan(0);
    expect(json.total).toBe(wanted.length);
    expect(ids(json)).toEqual(wanted.slice(0, 200));
  });

  it('takes groups as alternatives, and filters at the top of the body as one group', async () => {
    const tier = (value: string) => ({ propertyName: 'account_tier', operator: 'EQ', value });
    const both = await search({ filterGroups: [{ filters: [tier('gold')] }, { filters: [tier('silver')] }] });
    expect(both.json.total).toBe(
      companies.filter(({ properties }) => /gold|silver/.test(properties.account_tier ?? '')).length,
    );
    const top = await search({ filters: [tier('gold')], after: 0, limit: 5 });
    expect(top.json.total).toBe(companies.filter(({ properties }) => properties.account_tier === 'gold').length);
  });

  it('pages by offset', async () => {
    const first = await search({ sorts: byId, limit: 200 });
    expect(first.json).toMatchObject({ total: companies.length, paging: { next: { after: '200' } } });
    const second = await search({ sorts: byId, limit: 200, after: '200' });
    expect(second.json).not.toHaveProperty('paging');
    expect([...ids(first.json), ...ids(second.json)]).toEqual(companies.map((record) => record.id));
  });

  it('sorts by one property either way', async () => {
    const { json } = await search({
      sorts: [{ propertyName: 'health_score', direction: 'DESCENDING' }],
      properties: ['health_score'],
      limit: 50,
    });
    const scores = json.results.map((record: { properties: { health_score: string } }) =>
      Number(record.properties.health_score),
    );
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect((await search({ sorts: ['name', 'domain'] })).status).toBe(400);
  });

  it('gives the oldest first unless told otherwise, and the first few of many as a full sort would', async () => {
    const created = [...companies].sort((a, b) => a.createdAt - b.createdAt).map((record) => record.id);
    expect(ids((await search({ limit: 3, after: '2' })).json)).toEqual(created.slice(2, 5));
    expect(ids((await search({ limit: 200 })).json)).toEqual(created.slice(0, 200));
    const modified = [...companies].sort((a, b) => b.updatedAt - a.updatedAt || Number(a.id) - Number(b.id));
    const latest = await search({ limit: 4, sorts: ['-hs_lastmodifieddate'] });
    expect(ids(latest.json)).toEqual(modified.slice(0, 4).map((record) => record.id));
  });

  it.each([
    ['more than 200 a page', { limit: 201 }],
    ['results past the ten thousandth', { after: '9990', limit: 20 }],
    [
      'six groups',
      {
        filterGroups: Array.from({ length: 6 }, () => ({
          filters: [{ propertyName: 'name', operator: 'HAS_PROPERTY' }],
        })),
      },
    ],
    [
      'seven filters in a group',
      {
        filterGroups: [
          { filters: Array.from({ length: 7 }, () => ({ propertyName: 'name', operator: 'HAS_PROPERTY' })) },
        ],
      },
    ],
    [
      'a body of more than 3,000 characters',
      filters({ propertyName: 'name', operator: 'IN', values: Array.from({ length: 400 }, (_, n) => `name ${n}`) }),
    ],
    ['an unknown property', filters({ propertyName: 'nope', operator: 'EQ', value: '1' })],
    ['an unknown operator', filters({ propertyName: 'name', operator: 'LIKE', value: '1' })],
  ])('refuses %s', async (_, body) => {
    expect((await search(body)).status).toBe(400);
  });

  it('serves exactly the ten thousandth result', async () => {
    expect((await search({ after: '9999', limit: 1 })).status).toBe(200);
  });

  it('does not show archived records', async () => {
    const archived = (await portal.raw('companies')).find((record) => record.archived)!;
    expect(
      (await search(filters({ propertyName: 'hs_object_id', operator: 'EQ', value: archived.id }))).json.total,
    ).toBe(0);
  });

  it('finds what changed since, by the type’s own modified property', async () => {
    const [one] = companies;
    await portal.edit('companies', [{ id: one!.id, properties: { city: 'Elsewhere' } }]);
    const { json } = await search(
      filters({ propertyName: 'hs_lastmodifieddate', operator: 'GTE', value: String(noon) }),
    );
    expect(ids(json)).toEqual([one!.id]);
  });

  it('lags behind by as much as its switch says, while lists are up to date', async () => {
    await portal.switches({ hubspotIndexLagMs: 60_000 });
    const [, one] = companies;
    await portal.edit('companies', [{ id: one!.id, properties: { city: 'Late' } }]);
    const [made] = await portal.edit('companies', [{ properties: { name: 'Late too', city: 'Late' } }]);
    const late = filters({ propertyName: 'city', operator: 'EQ', value: 'Late' });
    expect((await search(late)).json.total).toBe(0);
    const list = await portal.get(`/crm/v3/objects/companies/${one!.id}?properties=city`);
    expect(list.json.properties.city).toBe('Late');
    await fetch(`${portal.sandbox.adminUrl}/admin/clock`, {
      method: 'PUT',
      body: JSON.stringify({ now: noon + 60_000 }),
    });
    expect(ids((await search({ ...late, sorts: byId })).json).sort()).toEqual([one!.id, made!].sort());
  });
});
