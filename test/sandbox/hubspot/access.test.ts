import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPortal, type TestPortal } from './portal.ts';

let portal: TestPortal;
let all: string[];
beforeAll(async () => {
  portal = await openPortal({ contacts: 20, companies: 20 });
  all = (await portal.admin('GET', 'portal')).json.scopes;
});
afterAll(() => portal[Symbol.asyncDispose]());

const update = { inputs: [{ id: '1', properties: { city: 'x' } }] };
const group = { name: 'g', label: 'G' };

/** What each call wants. Any one of the scopes will do. */
const calls: [string, string, unknown, string[]][] = [
  ['GET', '/crm/objects/2026-09/contacts', undefined, ['crm.objects.contacts.read']],
  ['POST', '/crm/objects/2026-09/contacts/search', {}, ['crm.objects.contacts.read']],
  ['POST', '/crm/objects/2026-03/contacts/batch/read', { inputs: [] }, ['crm.objects.contacts.read']],
  ['GET', '/crm/v3/objects/companies', undefined, ['crm.objects.companies.read']],
  ['POST', '/crm/objects/2026-09/contacts/batch/update', update, ['crm.objects.contacts.write']],
  ['POST', '/crm/objects/2026-09/companies/batch/upsert', update, ['crm.objects.companies.write']],
  [
    'GET',
    '/crm/properties/2026-09/contacts',
    undefined,
    ['crm.objects.contacts.read', 'crm.objects.contacts.write', 'crm.schemas.contacts.read'],
  ],
  [
    'GET',
    '/crm/properties/2026-09/companies/groups',
    undefined,
    ['crm.objects.companies.read', 'crm.objects.companies.write', 'crm.schemas.companies.read'],
  ],
  ['POST', '/crm/properties/2026-09/contacts/groups', group, ['crm.schemas.contacts.write']],
  ['POST', '/crm/properties/2026-09/companies/batch/create', { inputs: [] }, ['crm.schemas.companies.write']],
  ['GET', '/companies/v2/companies/paged', undefined, ['crm.objects.companies.read']],
];

describe('scopes', () => {
  it.each(calls)(
    '%s %s is refused without its scope, naming it, and passes with any one',
    async (method, path, body, wanted) => {
      await portal.portal({ scopes: all.filter((scope) => !wanted.includes(scope)) });
      const refused = await portal.call(method, path, body);
      expect(refused.status).toBe(403);
      expect(refused.json).toMatchObject({
        category: 'MISSING_SCOPES',
        errors: [{ context: { requiredGranularScopes: wanted } }],
      });
      for (const scope of wanted) {
        await portal.portal({ scopes: ['oauth', scope] });
        expect((await portal.call(method, path, body)).status).not.toBe(403);
      }
    },
  );

  it('account details want none', async () => {
    await portal.portal({ scopes: ['oauth'] });
    for (const version of ['v3', '2026-03', '2026-09']) {
      const { status, json } = await portal.get(`/account-info/${version}/details`);
      expect(status).toBe(200);
      expect(json).toMatchObject({
        portalId: portal.world.portalId,
        accountType: 'STANDARD',
        uiDomain: 'app.hubspot.com',
      });
    }
  });

  it.each([
    '/crm/v3/objects/deals',
    '/crm/objects/2026-09/tickets',
    '/crm/v3/objects/2-1234',
    '/crm/v3/objects/p_boats',
    '/properties/v2/deal_split/properties',
    '/crm/v3/lists/search',
    '/crm/v3/owners',
    '/crm/v3/pipelines/deals',
    '/automation/v4/flows',
    '/marketing/v3/forms',
    '/engagements/v1/engagements/paged',
  ])('what is not here but at HubSpot answers 403 and not 404: %s', async (path) => {
    await portal.portal({ scopes: all });
    expect(await portal.get(path)).toMatchObject({ status: 403, json: { category: 'MISSING_SCOPES' } });
  });

  it('a word that is no object gets a body with nothing but a message', async () => {
    await portal.portal({ scopes: all });
    const { status, json } = await portal.get('/crm/v3/objects/gizmos');
    expect({ status, json }).toEqual({
      status: 400,
      json: { status: 'error', message: 'Unable to infer object type from: gizmos' },
    });
    expect((await portal.get('/crm/v3/nowhere')).status).toBe(404);
    expect((await portal.get('/crm/v3/objects/contacts/%ZZ')).status).toBe(400);
  });
});

describe('tokens', () => {
  it('unknown, missing or malformed: 401', async () => {
    for (const token of ['pat-na1-nope', '', 'a b'])
      expect(await portal.call('GET', '/crm/v3/objects/contacts', undefined, token)).toMatchObject({
        status: 401,
        json: { category: 'INVALID_AUTHENTICATION' },
      });
  });

  it('of a private app tell who they are', async () => {
    const { json } = await portal.post('/oauth/v2/private-apps/get/access-token-info', {
      tokenKey: portal.world.hubspotToken,
    });
    expect(json).toMatchObject({ hubId: portal.world.portalId, scopes: all });
  });
});
