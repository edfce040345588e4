import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { live, objectPaths, openPortal, type TestPortal } from './portal.ts';

let portal: TestPortal;
beforeAll(async () => {
  portal = await openPortal();
});
afterAll(() => portal[Symbol.asyncDispose]());

const contacts = '/crm/objects/2026-09/contacts';

describe('reading one record', () => {
  it('finds it by id, or by e-mail whatever its case', async () => {
    const record = (await live(portal, 'contacts')).find(({ properties }) =>
      /^[a-z.0-9]+@/.test(properties.email ?? ''),
    )!;
    const byId = await portal.get(`${contacts}/${record.id}?properties=city`);
    expect(byId.json).toMatchObject({
      id: record.id,
      archived: false,
      properties: { city: record.properties.city ?? null },
    });
    const byEmail = await portal.get(`${contacts}/${record.properties.email!.toUpperCase()}?idProperty=email`);
    expect(byEmail.json.id).toBe(record.id);
  });

  it('answers 404 for an id that is not there, an archived one included unless asked for', async () => {
    expect((await portal.get(`${contacts}/123456789`)).status).toBe(404);
    const archived = (await portal.raw('contacts')).find((record) => record.archived)!;
    expect((await portal.get(`${contacts}/${archived.id}`)).status).toBe(404);
    expect((await portal.get(`${contacts}/${archived.id}?archived=true`)).json.archived).toBe(true);
  });
});

describe('reading a batch', () => {
  it.each(objectPaths)(
    '%s: gives the records that are there, and 207 with the ids of those that are not',
    async (path) => {
      const [a, b] = await live(portal, 'contacts');
      const inputs = [{ id: a!.id }, { id: '1' }, { id: b!.id }, { id: 'x' }];
      const { status, json } = await portal.post(`${path}/contacts/batch/read`, { inputs, properties: ['email'] });
      expect(status).toBe(207);
      expect(json.results.map((record: { id: string }) => record.id).sort()).toEqual([a!.id, b!.id].sort());
      expect(json.numErrors).toBe(1);
      expect(json.errors[0]).toMatchObject({ category: 'OBJECT_NOT_FOUND', context: { ids: ['1', 'x'] } });
      expect((await portal.post(`${path}/contacts/batch/read`, { inputs: [{ id: a!.id }] })).status).toBe(200);
    },
  );

  it('gives a record once, however often it is asked for', async () => {
    const [a] = await live(portal, 'contacts');
    const { json } = await portal.post(`${contacts}/batch/read`, { inputs: [{ id: a!.id }, { id: a!.id }] });
    expect(json.results).toHaveLength(1);
  });

  it('finds contacts by additional e-mails too, without saying which input it was', async () => {
    const record = (await live(portal, 'contacts')).find(({ properties }) => properties.hs_additional_emails)!;
    const id = record.properties.hs_additional_emails!.split(';')[0]!;
    const { json } = await portal.post(`${contacts}/batch/read`, {
      idProperty: 'email',
      inputs: [{ id }],
      properties: ['hs_additional_emails'],
    });
    expect(json.results[0]).toMatchObject({
      id: record.id,
      properties: { hs_additional_emails: record.properties.hs_additional_emails },
    });
  });

  it('refuses more than 100, or an idProperty that is not unique', async () => {
    const inputs = Array.from({ length: 101 }, (_, n) => ({ id: String(n) }));
    expect((await portal.post(`${contacts}/batch/read`, { inputs })).status).toBe(400);
    const city = await portal.post(`${contacts}/batch/read`, { idProperty: 'city', inputs: [{ id: 'Boston' }] });
    expect(city).toMatchObject({
      status: 400,
      json: { category: 'VALIDATION_ERROR', message: expect.stringContaining('non-unique') },
    });
  });
});

describe('associations', () => {
  it('link contacts to their companies and back, in lists and in batches', async () => {
    const list = await portal.get('/crm/v3/objects/contacts?limit=100&associations=companies');
    const linked = list.json.results.find((record: { associations?: unknown }) => record.associations);
    const companyId = linked.associations.companies.results[0].id;
    const batch = await portal.post('/crm/v4/associations/contacts/companies/batch/read', {
      inputs: [{ id: linked.id }],
    });
    expect(batch.json.results[0]).toMatchObject({ from: { id: linked.id }, to: [{ toObjectId: Number(companyId) }] });
    const back = await portal.post('/crm/v4/associations/company/contact/batch/read', { inputs: [{ id: companyId }] });
    expect(back.json.results[0].to.map((other: { toObjectId: number }) => String(other.toObjectId))).toContain(
      linked.id,
    );
  });

  it('have the shape of their version', async () => {
    const list = await portal.get('/crm/v3/objects/contacts?limit=100&associations=companies');
    const linked = list.json.results.find((record: { associations?: unknown }) => record.associations);
    const companyId = linked.associations.companies.results[0].id;
    const inputs = [{ id: companyId }];
    const old = await portal.post('/crm/v3/associations/company/contact/batch/read', { inputs });
    expect(old.json.results[0].to).toContainEqual({ id: linked.id, type: 'company_to_contact' });
    const dated = await portal.post('/crm/associations/2026-03/company/contact/batch/read', { inputs });
    expect(dated.json.results[0].to).toContainEqual(expect.objectContaining({ toObjectId: Number(linked.id) }));
    const one = await portal.get(`/crm/v4/objects/contacts/${linked.id}/associations/companies`);
    expect(one.json.results).toEqual([expect.objectContaining({ toObjectId: Number(companyId) })]);
  });

  it('come as 207 for records that have none', async () => {
    const [made] = await portal.edit('contacts', [{ properties: { email: 'lonely@x.example' } }]);
    const { status, json } = await portal.post('/crm/v4/associations/contacts/companies/batch/read', {
      inputs: [{ id: made }],
    });
    expect(status).toBe(207);
    expect(json.errors[0].subCategory).toBe('crm.associations.NO_ASSOCIATIONS_FOUND');
  });
});
