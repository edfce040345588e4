import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { live, openPortal, type TestPortal } from './portal.ts';

let portal: TestPortal;
beforeAll(async () => {
  portal = await openPortal({ contacts: 20, companies: 300 });
});
afterAll(() => portal[Symbol.asyncDispose]());

describe('what readers in the wild still call', () => {
  it.each([
    '/properties/v2/contact/properties',
    '/properties/v2/companies/properties',
    '/properties/v1/contacts/properties',
    '/companies/v2/properties',
  ])('%s is a bare array of definitions', async (path) => {
    const { json } = await portal.get(path);
    expect(Array.isArray(json)).toBe(true);
    expect(json.find((property: { name: string }) => property.name === 'createdate')).toMatchObject({
      type: 'datetime',
      deleted: false,
    });
  });

  it('companies v2 are paged by offset until has-more is false', async () => {
    const ids: number[] = [];
    for (let offset = 0, more = true; more; ) {
      const { json } = await portal.get(
        `/companies/v2/companies/paged?limit=100&offset=${offset}&properties=name&properties=renewal_date`,
      );
      ids.push(...json.companies.map((company: { companyId: number }) => company.companyId));
      more = json['has-more'];
      offset = json.offset;
    }
    expect(ids.map(String)).toEqual((await live(portal, 'companies')).map((record) => record.id));
  });

  it('a company v2 has every value with its time, and instants as epoch milliseconds', async () => {
    const [record] = await live(portal, 'companies');
    const { json } = await portal.get(`/companies/v2/companies/${record!.id}`);
    expect(json).toMatchObject({ portalId: portal.world.portalId, companyId: Number(record!.id), isDeleted: false });
    expect(json.properties.name).toMatchObject({
      value: record!.properties.name,
      timestamp: record!.updatedAt,
      source: 'CRM_UI',
    });
    expect(json.properties.createdate.value).toBe(String(record!.createdAt));
    expect((await portal.get('/companies/v2/companies/1')).status).toBe(404);
  });

  it('a company v2 names its contacts by their ids', async () => {
    const list = await portal.get('/crm/v3/objects/contacts?limit=20&associations=companies');
    const linked = list.json.results.find((record: { associations?: unknown }) => record.associations);
    const company = linked.associations.companies.results[0].id;
    const { json } = await portal.get(`/companies/v2/companies/${company}/vids`);
    expect(json).toMatchObject({ vids: expect.arrayContaining([Number(linked.id)]), hasMore: false });
  });

  it('schemas: no custom objects, and the standard ones by name', async () => {
    expect((await portal.get('/crm/v3/schemas')).json).toEqual({ results: [] });
    expect((await portal.get('/crm-object-schemas/v3/schemas')).json).toEqual({ results: [] });
    const { json } = await portal.get('/crm/v3/schemas/contacts');
    expect(json).toMatchObject({
      objectTypeId: '0-1',
      labels: { plural: 'Contacts' },
      uniqueProperties: expect.arrayContaining(['email']),
    });
    expect(json.properties.length).toBeGreaterThan(20);
  });

  it('the account by its oldest address', async () => {
    expect((await portal.get('/integrations/v1/me')).json).toMatchObject({ portalId: portal.world.portalId });
  });
});
