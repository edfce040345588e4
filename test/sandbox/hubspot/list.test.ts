import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { live, objectPaths, openPortal, type TestPortal } from './portal.ts';

let portal: TestPortal;
beforeAll(async () => {
  portal = await openPortal();
});
afterAll(() => portal[Symbol.asyncDispose]());

async function listAll(path: string): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | undefined = '0'; after !== undefined; ) {
    const { json } = await portal.get(`${path}${path.includes('?') ? '&' : '?'}limit=100&after=${after}`);
    ids.push(...json.results.map((record: { id: string }) => record.id));
    after = json.paging?.next.after;
  }
  return ids;
}

/** Text that not every store can hold. */
const isPoison = (text: string) => text.includes('\u0000') || !text.isWellFormed();

describe('listing records', () => {
  it.each([...objectPaths].flatMap((path) => ['contacts', 'contact', '0-1'].map((type) => `${path}/${type}`)))(
    '%s gives every live record once, ascending by id',
    async (path) => {
      const expected = (await live(portal, 'contacts')).map((record) => record.id);
      expect(expected.length).toBeGreaterThan(250);
      expect(await listAll(path)).toEqual(expected);
    },
  );

  it('pages by record id: the cursor is the last id plus one, and absent on the last page', async () => {
    const first = await portal.get('/crm/objects/2026-09/contacts?limit=3');
    const last = Number(first.json.results[2].id);
    expect(first.json.paging.next.after).toBe(String(last + 1));
    const all = (await live(portal, 'contacts')).map((record) => record.id);
    const end = await portal.get(`/crm/objects/2026-09/contacts?limit=3&after=${all.at(-2)}`);
    expect(end.json.results.map((record: { id: string }) => record.id)).toEqual(all.slice(-2));
    expect(end.json).not.toHaveProperty('paging');
  });

  it('can start at an id that does not exist, so ranges can be read side by side', async () => {
    const all = (await live(portal, 'contacts')).map((record) => record.id);
    const { json } = await portal.get(`/crm/v3/objects/contacts?limit=1&after=${Number(all[99]) + 1}`);
    expect(json.results[0].id).toBe(all[100]);
  });

  it('keeps the other parameters in the link to the next page, so that it can be followed as it is', async () => {
    const { json } = await portal.get(
      '/crm/v3/objects/contacts?limit=2&properties=email&properties=city&archived=false',
    );
    const link = new URL(json.paging.next.link);
    expect(link.searchParams.getAll('properties')).toEqual(['email', 'city']);
    const next = await portal.get(link.pathname + link.search);
    expect(next.json.results).toHaveLength(2);
    expect(next.json.results[0].properties).toHaveProperty('city');
  });

  it('leaves out unknown properties without a word, and shows known ones without a value as null', async () => {
    const { json } = await portal.get('/crm/v3/objects/contacts?limit=100&properties=nope,mobilephone,email');
    for (const { properties } of json.results)
      expect(Object.keys(properties)).toEqual([
        'createdate',
        'email',
        'hs_object_id',
        'lastmodifieddate',
        'mobilephone',
      ]);
    expect(
      json.results.some((record: { properties: Record<string, unknown> }) => record.properties.mobilephone === null),
    ).toBe(true);
  });

  it('shows its own choice of properties when none is asked for', async () => {
    const contact = await portal.get('/crm/v3/objects/contacts?limit=1');
    expect(Object.keys(contact.json.results[0].properties)).toEqual([
      'createdate',
      'email',
      'firstname',
      'hs_object_id',
      'lastmodifieddate',
      'lastname',
    ]);
    const company = await portal.get('/crm/v3/objects/companies?limit=1');
    expect(Object.keys(company.json.results[0].properties)).toEqual([
      'createdate',
      'domain',
      'hs_lastmodifieddate',
      'hs_object_id',
      'name',
    ]);
  });

  it('serves ten records unless asked, 100 at most, 50 with histories', async () => {
    expect((await portal.get('/crm/v3/objects/contacts')).json.results).toHaveLength(10);
    expect((await portal.get('/crm/v3/objects/contacts?limit=101')).status).toBe(400);
    expect((await portal.get('/crm/v3/objects/contacts?limit=51&propertiesWithHistory=email')).status).toBe(400);
    const { json } = await portal.get('/crm/v3/objects/contacts?limit=50&propertiesWithHistory=firstname');
    expect(json.results[0].propertiesWithHistory.firstname[0]).toMatchObject({
      value: expect.any(String),
      sourceType: 'CRM_UI',
    });
  });

  it('lists archived records only when asked, with the time of their archiving', async () => {
    const archived = (await portal.raw('contacts')).filter((record) => record.archived).map((record) => record.id);
    expect(archived.length).toBeGreaterThan(0);
    const { json } = await portal.get('/crm/v3/objects/contacts?limit=100&archived=true');
    expect(json.results.map((record: { id: string }) => record.id)).toEqual(archived);
    expect(json.results[0]).toMatchObject({ archived: true, archivedAt: expect.stringMatching(/Z$/) });
  });

  it('shows every stored value as it is, poison included', async () => {
    const raw = (await live(portal, 'contacts')).filter(({ properties }) => isPoison(properties.jobtitle ?? ''));
    expect(raw.some(({ properties }) => properties.jobtitle?.includes('\u0000'))).toBe(true);
    for (const record of raw) {
      const { json } = await portal.get(`/crm/v3/objects/contacts?limit=1&after=${record.id}&properties=jobtitle`);
      expect(json.results[0].properties.jobtitle).toBe(record.properties.jobtitle);
    }
  });

  it('answers an address that is too long with 414', async () => {
    const { status } = await portal.get(`/crm/v3/objects/contacts?properties=${'x'.repeat(17_000)}`);
    expect(status).toBe(414);
  });

  it('carries a correlation id on every answer', async () => {
    for (const path of ['/crm/v3/objects/contacts', '/crm/v3/objects/nothing', '/nowhere'])
      expect((await portal.get(path)).headers.get('x-hubspot-correlation-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});
