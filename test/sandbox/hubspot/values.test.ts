import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { live, openPortal, type TestPortal } from './portal.ts';

let portal: TestPortal;
let id: string;
beforeAll(async () => {
  portal = await openPortal({ contacts: 20, companies: 5 });
  id = (await live(portal, 'contacts'))[0]!.id;
});
afterAll(() => portal[Symbol.asyncDispose]());

const write = (version: string, name: string, value: unknown) =>
  portal.call('PATCH', `/crm/objects/${version}/contacts/${id}`, { properties: { [name]: value } });
const stored = async (name: string) =>
  (await portal.raw('contacts')).find((record) => record.id === id)!.properties[name];

const accepted: [string, unknown, string | undefined][] = [
  ['seats', '12', '12'],
  ['seats', 12, '12'],
  ['annual_spend', '-1.5e3', '-1.5e3'],
  ['is_champion', 'true', 'true'],
  ['is_champion', false, 'false'],
  ['contract_start', '2026-02-28', '2026-02-28'],
  ['contract_start', '1767225600000', '2026-01-01'],
  ['closedate', '2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
  ['closedate', 1_767_323_045_678, '2026-01-02T03:04:05.678Z'],
  ['plan_tier', 't2', 't2'],
  ['product_interests', 'guides;mobile', 'guides;mobile'],
  ['product_interests', ';analytics', 'guides;mobile;analytics'],
  ['product_interests', '', undefined],
  ['email', ' Someone@Example.COM ', 'someone@example.com'],
  ['firstname', 'Zoë 😀\u0000', 'Zoë 😀\u0000'],
  ['firstname', null, undefined],
];

const refused: [string, unknown, string][] = [
  ['seats', '1,000', 'INVALID_INTEGER'],
  ['seats', 'NaN', 'INVALID_INTEGER'],
  ['is_champion', 'yes', 'INVALID_OPTION'],
  ['is_champion', 'TRUE', 'INVALID_OPTION'],
  ['is_champion', 1, 'INVALID_OPTION'],
  ['contract_start', '2026-02-30', 'INVALID_DATE'],
  ['closedate', 'soon', 'INVALID_LONG'],
  ['plan_tier', 'Free', 'INVALID_OPTION'],
  ['product_interests', 'guides;none', 'INVALID_OPTION'],
  ['email', 'nobody', 'INVALID_EMAIL'],
  ['hubspotscore', '5', 'READ_ONLY_VALUE'],
  ['days_to_close', '5', 'READ_ONLY_VALUE'],
  ['hs_object_id', '5', 'READ_ONLY_VALUE'],
];

describe('values', () => {
  it.each(accepted)('%s takes %j and stores %j', async (name, value, expected) => {
    expect((await write('2026-09', name, value)).status).toBe(200);
    expect(await stored(name)).toBe(expected);
  });

  it.each(refused)('%s refuses %j with %s', async (name, value, code) => {
    const { status, json } = await write('2026-09', name, value);
    expect({ status, code: json.errors?.[0].code }).toEqual({ status: 400, code });
  });

  it('a date that is not midnight is refused before 2026-09, and normalised with a warning in it', async () => {
    const old = await write('2026-03', 'contract_start', '1767250000000');
    expect(old).toMatchObject({ status: 400, json: { message: expect.stringContaining('not midnight') } });
    const { status, json } = await portal.post('/crm/objects/2026-09/contacts/batch/update', {
      inputs: [{ id, properties: { contract_start: '1767250000000' } }],
    });
    expect(status).toBe(200);
    expect(json.warnings).toEqual([
      expect.objectContaining({
        category: 'PROPERTY_VALUE_NORMALIZED',
        context: { propertyName: ['contract_start'], rawValue: ['1767250000000'], normalizedValue: ['2026-01-01'] },
      }),
    ]);
    expect(await stored('contract_start')).toBe('2026-01-01');
  });

  it('rules that the portal’s admin made bind writes of 2026-09 only', async () => {
    await portal.portal({
      validationRules: [
        { object: 'contacts', property: 'city' },
        { object: 'contacts', property: 'phone', when: { property: 'lifecyclestage', value: 'customer' } },
      ],
    });
    const create = (version: string) =>
      portal.post(`/crm/objects/${version}/contacts`, { properties: { firstname: 'A' } });
    expect((await create('2026-09')).json.errors[0].code).toBe('MISSING_REQUIRED_PROPERTY');
    expect((await create('2026-03')).status).toBe(201);
    await portal.edit('contacts', [{ id, properties: { phone: null } }]);
    expect((await write('2026-09', 'lifecyclestage', 'customer')).json.errors[0].code).toBe(
      'MISSING_CONDITIONAL_REQUIRED_PROPERTY',
    );
    expect((await write('2026-03', 'lifecyclestage', 'customer')).status).toBe(200);
    await portal.portal({ validationRules: [] });
  });
});
