/** What portals do that few readers expect: addresses filed elsewhere, names with capitals, values that move by themselves. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Clock, RawPropertyDefinition, Switches } from '../../../sandbox/contract.ts';
import { defaultSwitches } from '../../../sandbox/server/switches.ts';
import { live, objectPaths, openPortal, type TestPortal } from './portal.ts';

const day = 86_400_000;
let portal: TestPortal;
beforeAll(async () => {
  portal = await openPortal({ tame: true, contacts: 40 });
  await portal.numbers('contacts', 'pendo_days');
});
beforeEach(() => portal.switches({ ...defaultSwitches(), hubspotPropertyLagMs: 0 }));
afterAll(() => portal[Symbol.asyncDispose]());

const under = (change: Partial<Switches>) => portal.switches(change);
const upsert = (...emails: string[]) =>
  portal.post('/crm/objects/2026-09/contacts/batch/upsert', {
    inputs: emails.map((id, n) => ({
      id,
      idProperty: 'email',
      objectWriteTraceId: `r${n}`,
      properties: { email: id, pendo_days: '7' },
    })),
  });

describe('gdpr-delete', () => {
  it.each(objectPaths)('%s takes a contact away for good: no list, bin, read or write knows it', async (path) => {
    const [victim] = await live(portal, 'contacts');
    const gone = await portal.post(`${path}/contacts/gdpr-delete`, { objectId: victim!.id });
    expect([gone.status, gone.text]).toEqual([204, '']);
    for (const query of ['limit=100', 'limit=100&archived=true']) {
      const { results } = (await portal.get(`${path}/contacts?${query}`)).json;
      expect(results.map(({ id }: { id: string }) => id)).not.toContain(victim!.id);
    }
    expect((await portal.get(`${path}/contacts/${victim!.id}`)).status).toBe(404);
    const write = await portal.post(`${path}/contacts/batch/update`, {
      inputs: [{ id: victim!.id, properties: { pendo_days: '1' }, objectWriteTraceId: 'r' }],
    });
    expect(write).toMatchObject({ status: 207, json: { errors: [{ category: 'OBJECT_NOT_FOUND' }] } });
    expect((await portal.raw('contacts')).some(({ id }) => id === victim!.id)).toBe(false);
    expect((await portal.post(`${path}/contacts/gdpr-delete`, { objectId: victim!.id })).status).toBe(404);
  });

  it('by e-mail frees the address of whoever had it, and blocks one that nobody had', async () => {
    const path = '/crm/objects/2026-09/contacts/gdpr-delete';
    const { id, properties } = (await live(portal, 'contacts'))[0]!;
    const email = properties.email!;
    const byEmail = (objectId: string) => portal.post(path, { objectId, idProperty: 'email' });
    expect((await byEmail(email)).status).toBe(204);
    const [again] = (await upsert(email)).json.results;
    expect(again).toMatchObject({ new: true, properties: { email } });
    expect(again.id).not.toBe(id);
    expect((await byEmail('Nobody@example.test')).status).toBe(204);
    const refused = await upsert('nobody@example.test', 'somebody@example.test');
    expect(refused.status).toBe(207);
    expect(refused.json.errors).toMatchObject([{ context: { objectWriteTraceId: ['r0'] } }]);
  });

  it('is an edit of the admin side, too', async () => {
    const [victim] = await live(portal, 'contacts');
    await portal.edit('contacts', [{ id: victim!.id, purged: true }]);
    expect((await portal.raw('contacts')).some(({ id }) => id === victim!.id)).toBe(false);
  });
});

it('an address that HubSpot files under another one is new once, and then somebody else’s', async () => {
  await under({ hubspotEmailFolding: 'accents' });
  const [made] = (await upsert('José.Ibáñez@example.test')).json.results;
  expect(made).toMatchObject({ new: true, properties: { email: 'jose.ibanez@example.test' } });
  const [found] = (await upsert('josé.ibáñez@example.test')).json.results;
  expect(found).toMatchObject({ new: false, id: made.id, properties: { email: 'jose.ibanez@example.test' } });
  const read = async () => {
    const { json } = await portal.post('/crm/v3/objects/contacts/batch/read', {
      idProperty: 'email',
      properties: ['email'],
      inputs: [{ id: 'josé.ibáñez@example.test' }],
    });
    return json.results.map(({ id }: { id: string }) => id);
  };
  expect(await read()).toEqual([made.id]);
  await under({ hubspotEmailFolding: 'accentsOnWrite' });
  expect(await read()).toEqual([]);
  expect((await upsert('josé.ibáñez@example.test')).json.results).toMatchObject([{ new: false, id: made.id }]);
  await under({ hubspotEmailFolding: 'none' });
  expect((await upsert('josé.ibáñez@example.test')).json.results[0].new).toBe(true);
});

it('additional e-mails that a token does not see are in no list and no record, and still find their contact', async () => {
  const [first] = await live(portal, 'contacts');
  await portal.edit('contacts', [{ id: first!.id, properties: { hs_additional_emails: 'second@example.test' } }]);
  const names = async () =>
    (await portal.get('/crm/properties/2026-09/contacts')).json.results.map(({ name }: { name: string }) => name);
  const shown = async () =>
    (await portal.get(`/crm/v3/objects/contacts/${first!.id}?properties=hs_additional_emails`)).json.properties;
  expect(await names()).toContain('hs_additional_emails');
  expect(await shown()).toMatchObject({ hs_additional_emails: 'second@example.test' });
  await under({ hubspotAdditionalEmails: 'hidden' });
  expect(await names()).not.toContain('hs_additional_emails');
  expect(await shown()).not.toHaveProperty('hs_additional_emails');
  expect((await upsert('second@example.test')).json.results).toMatchObject([{ id: first!.id, new: false }]);
});

describe('a property whose name has capitals', () => {
  const name = 'Old_CRM_Id';
  beforeAll(async () => {
    const { properties } = (await portal.admin('GET', 'portal')).json;
    const like = properties.contacts.find((each: RawPropertyDefinition) => each.name === 'firstname');
    const made = { ...like, name, label: 'Old id', hubspotDefined: false };
    await portal.portal({ properties: { ...properties, contacts: [...properties.contacts, made] } });
  });
  const write = (key: string, value: string, id: string) =>
    portal.post('/crm/objects/2026-09/contacts/batch/update', { inputs: [{ id, properties: { [key]: value } }] });

  it('is listed so, asked for and written in any case, and answered as it was made or in lower case', async () => {
    const [first] = await live(portal, 'contacts');
    const listed = (await portal.get('/crm/properties/2026-09/contacts')).json.results;
    expect(listed.map((each: { name: string }) => each.name)).toContain(name);
    const written = await write('old_crm_id', 'a-1', first!.id);
    expect(written.json.results[0].properties).toMatchObject({ [name]: 'a-1' });
    for (const asked of [name, 'old_crm_id', 'OLD_CRM_ID']) {
      const path = `/crm/objects/2026-09/contacts?limit=1&properties=${asked}`;
      await under({ hubspotPropertyCase: 'asDefined' });
      expect((await portal.get(path)).json.results[0].properties).toMatchObject({ [name]: 'a-1' });
      await under({ hubspotPropertyCase: 'lowerCase' });
      expect((await portal.get(path)).json.results[0].properties).toMatchObject({ old_crm_id: 'a-1' });
    }
    expect((await write(name, 'a-2', first!.id)).json.results[0].properties).toMatchObject({ old_crm_id: 'a-2' });
    expect((await portal.raw('contacts'))[0]!.properties).toMatchObject({ [name]: 'a-2' });
    const filters = [{ propertyName: 'old_crm_id', operator: 'EQ', value: 'a-2' }];
    const found = await portal.post('/crm/objects/2026-09/contacts/search', { filterGroups: [{ filters }] });
    expect(found.json.results.map(({ id }: { id: string }) => id)).toEqual([first!.id]);
  });

  it('takes its name in every case', async () => {
    const again = {
      name: 'old_crm_id',
      label: 'x',
      type: 'string',
      fieldType: 'text',
      groupName: 'contactinformation',
    };
    expect((await portal.post('/crm/v3/properties/contacts', again)).status).toBe(409);
  });
});

describe('values that move without the modified date', () => {
  it('are worked out of others, or of the clock, whenever they are read', async () => {
    const [first] = await live(portal, 'contacts');
    await portal.portal({
      calculations: [
        { object: 'contacts', property: 'days_known', formula: { daysSince: 'createdate' } },
        { object: 'contacts', property: 'twice', formula: { sum: ['pendo_days', 'pendo_days'] } },
      ],
    });
    const read = async () => {
      const path = `/crm/objects/2026-09/contacts/${first!.id}?properties=days_known,twice,lastmodifieddate`;
      return (await portal.get(path)).json.properties;
    };
    await portal.edit('contacts', [{ id: first!.id, properties: { pendo_days: '4' } }]);
    const before = await read();
    expect(before).toMatchObject({ twice: '8' });
    const { now } = (await (await fetch(`${portal.sandbox.adminUrl}/admin/clock`)).json()) as Clock;
    await fetch(`${portal.sandbox.adminUrl}/admin/clock`, {
      method: 'PUT',
      body: JSON.stringify({ now: now + 3 * day }),
    });
    expect(await read()).toEqual({ ...before, days_known: String(Number(before.days_known) + 3) });
    expect((await portal.raw('contacts')).find(({ id }) => id === first!.id)?.properties.twice).toBe('8');
    const definition = (await portal.get('/crm/properties/2026-09/contacts/days_known')).json;
    expect(definition).toMatchObject({ calculated: true, modificationMetadata: { readOnlyValue: true } });
    const refused = await portal.post('/crm/objects/2026-09/contacts/batch/update', {
      inputs: [{ id: first!.id, properties: { twice: '1' } }],
    });
    expect(refused.text).toContain('READ_ONLY_VALUE');
  });

  it('or are edited so by hand', async () => {
    const [first] = await live(portal, 'contacts');
    await portal.edit('contacts', [{ id: first!.id, properties: { pendo_days: '99' }, touch: false }]);
    const after = (await live(portal, 'contacts'))[0]!;
    expect([after.properties.pendo_days, after.updatedAt]).toEqual(['99', first!.updatedAt]);
  });
});

describe('answers of 2026-09 as the published files have them', () => {
  const two = (path: string) =>
    portal.post(`${path}/contacts/batch/update`, {
      inputs: [
        { id: '1', properties: { pendo_days: '1' }, objectWriteTraceId: 'a' },
        { id: '2', properties: { pendo_days: '1' }, objectWriteTraceId: 'b' },
      ],
    });

  it('a batch that failed in part is a 200 with errors there, and a 207 on older paths', async () => {
    await under({ hubspotPartialStatus: '200' });
    const answer = await two('/crm/objects/2026-09');
    expect(answer).toMatchObject({ status: 200, json: { numErrors: 2, results: [] } });
    expect(answer.json.errors).toHaveLength(2);
    for (const older of ['/crm/objects/2026-03', '/crm/v3/objects']) expect((await two(older)).status).toBe(207);
  });

  it('a batch of properties that were made is a 200 there, and a 201 on older paths', async () => {
    await under({ hubspotPropertiesMadeStatus: '200' });
    const make = (version: string, name: string) =>
      portal.post(`/crm/properties/${version}/contacts/batch/create`, {
        inputs: [{ name, label: name, type: 'number', fieldType: 'number', groupName: 'pendo' }],
      });
    expect((await make('2026-09', 'made_a')).status).toBe(200);
    expect((await make('2026-03', 'made_b')).status).toBe(201);
  });

  it('details of the account have the date of its making as a number, and no more than they must', async () => {
    const details = async (version: string) => (await portal.get(`/account-info/${version}/details`)).json;
    expect((await details('2026-09')).createdAt).toBe(Date.UTC(2019, 7, 6, 2, 41, 8));
    await under({ hubspotOptionalMembers: 'absent' });
    expect(await details('2026-09')).toEqual(await details('2026-03'));
    expect(await details('2026-09')).not.toHaveProperty('portalName');
  });
});
