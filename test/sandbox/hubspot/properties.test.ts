import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPortal, type TestPortal } from './portal.ts';

let portal: TestPortal;
beforeAll(async () => {
  portal = await openPortal({ contacts: 20, companies: 20 });
  await portal.switches({ hubspotPropertyLagMs: 0 });
});
afterAll(() => portal[Symbol.asyncDispose]());

const contacts = '/crm/properties/2026-09/contacts';
const number = (name: string, more: object = {}) => ({
  name,
  label: name,
  type: 'number',
  fieldType: 'number',
  groupName: 'pendo',
  ...more,
});
const named = (json: { results: { name: string }[] }, name: string) =>
  json.results.find((property) => property.name === name);

describe('property groups', () => {
  it('are made once: 201, then 409', async () => {
    const group = { name: 'pendo', label: 'Pendo', displayOrder: -1 };
    expect(await portal.post(`${contacts}/groups`, group)).toMatchObject({
      status: 201,
      json: { name: 'pendo', label: 'Pendo', archived: false },
    });
    expect(await portal.post(`${contacts}/groups`, group)).toMatchObject({
      status: 409,
      json: { category: 'OBJECT_ALREADY_EXISTS' },
    });
    expect(named((await portal.get(`${contacts}/groups`)).json, 'pendo')).toBeDefined();
    expect((await portal.get(`${contacts}/groups/pendo`)).json.label).toBe('Pendo');
  });

  it('with properties in them cannot be archived', async () => {
    await portal.post(contacts, number('in_group'));
    const { status, json } = await portal.call('DELETE', `${contacts}/groups/pendo`);
    expect({ status, sub: json.subCategory }).toEqual({
      status: 400,
      sub: 'PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES',
    });
  });
});

describe('properties', () => {
  it('are listed all at once, of every type, with what may be written', async () => {
    const { json } = await portal.get('/crm/v3/properties/contact?archived=false');
    const kinds = new Set(
      json.results.map((property: { type: string; fieldType: string }) => `${property.type}/${property.fieldType}`),
    );
    for (const kind of [
      'string/text',
      'phone_number/phonenumber',
      'string/html',
      'string/textarea',
      'number/number',
      'number/calculation_equation',
      'number/calculation_score',
      'bool/booleancheckbox',
      'date/date',
      'datetime/date',
      'enumeration/select',
      'enumeration/radio',
      'enumeration/checkbox',
    ])
      expect(kinds).toContain(kind);
    expect(named(json, 'hubspotscore')).toMatchObject({ modificationMetadata: { readOnlyValue: true } });
    expect(named(json, 'plan_tier')).toMatchObject({
      options: expect.arrayContaining([expect.objectContaining({ label: 'Business — Plus', value: 't3' })]),
    });
  });

  it('are made with 201 and a Location; a name that is taken answers 409', async () => {
    const made = await portal.post(contacts, number('pendo_one', { description: 'One' }));
    expect(made).toMatchObject({ status: 201, json: { name: 'pendo_one', description: 'One', hubspotDefined: false } });
    expect(made.headers.get('location')).toBe(`${contacts}/pendo_one`);
    const again = await portal.post(contacts, number('pendo_one'));
    expect(again).toMatchObject({
      status: 409,
      json: {
        message: "A property named 'pendo_one' already exists.",
        category: 'OBJECT_ALREADY_EXISTS',
        subCategory: 'Properties.PROPERTY_WITH_NAME_EXISTS',
      },
    });
  });

  it('are made in batches: the good ones in spite of the bad, 207', async () => {
    const { status, json } = await portal.post(`${contacts}/batch/create`, {
      inputs: [number('pendo_two'), number('email')],
    });
    expect(status).toBe(207);
    expect(json).toMatchObject({
      results: [{ name: 'pendo_two' }],
      numErrors: 1,
      errors: [{ context: { name: ['email'] }, subCategory: 'Properties.PROPERTY_WITH_NAME_EXISTS' }],
    });
    const read = await portal.post(`${contacts}/batch/read`, { inputs: [{ name: 'pendo_two' }, { name: 'nope' }] });
    expect(read).toMatchObject({ status: 207, json: { results: [{ name: 'pendo_two' }], numErrors: 1 } });
  });

  it.each([
    ['an illegal pair of types', number('x1', { fieldType: 'text' })],
    ['a group that is not there', number('x2', { groupName: 'nope' })],
    ['a name with capitals', number('X3')],
    ['a missing label', { ...number('x4'), label: undefined }],
  ])('refuse %s', async (_, body) => {
    expect((await portal.post(contacts, body)).status).toBe(400);
  });

  it('that were archived come back when made again', async () => {
    await portal.post(contacts, number('pendo_back'));
    expect((await portal.call('DELETE', `${contacts}/pendo_back`)).status).toBe(204);
    expect((await portal.get(`${contacts}/pendo_back`)).status).toBe(404);
    expect(named((await portal.get(`${contacts}?archived=true`)).json, 'pendo_back')).toMatchObject({ archived: true });
    expect((await portal.post(contacts, number('pendo_back'))).status).toBe(201);
    expect((await portal.get(`${contacts}/pendo_back`)).status).toBe(200);
  });

  it('change in label and options, never in name or uniqueness', async () => {
    await portal.post(contacts, number('pendo_label'));
    const { json } = await portal.call('PATCH', `${contacts}/pendo_label`, {
      label: 'New',
      name: 'other',
      hasUniqueValue: true,
    });
    expect(json).toMatchObject({ name: 'pendo_label', label: 'New', hasUniqueValue: false });
  });

  it('of text, yes/no and options take what their type allows, and refuse the rest', async () => {
    const options = ['promoter', 'passive', 'detractor'].map((value, displayOrder) => ({
      value,
      label: value,
      displayOrder,
      hidden: false,
    }));
    for (const more of [
      { name: 'pendo_text', type: 'string', fieldType: 'text' },
      { name: 'pendo_flag', type: 'bool', fieldType: 'booleancheckbox' },
      { name: 'pendo_choice', type: 'enumeration', fieldType: 'select', options },
    ])
      expect((await portal.post(contacts, number(more.name, more))).status).toBe(201);
    const [{ id }] = (await portal.get('/crm/v3/objects/contacts?limit=1')).json.results;
    const write = (properties: object) => portal.call('PATCH', `/crm/objects/2026-09/contacts/${id}`, { properties });
    const good = { pendo_text: ' as it is; "x" ', pendo_flag: 'false', pendo_choice: 'passive' };
    expect(await write(good)).toMatchObject({ status: 200 });
    const read = await portal.get(`/crm/v3/objects/contacts/${id}?properties=pendo_text,pendo_flag,pendo_choice`);
    expect(read.json.properties).toMatchObject(good);
    for (const bad of [
      { pendo_flag: 'yes' },
      { pendo_flag: 'True' },
      { pendo_choice: 'Passive' },
      { pendo_choice: 'promoter;passive' },
    ])
      expect(await write(bad)).toMatchObject({ status: 400, json: { errors: [{ code: 'INVALID_OPTION' }] } });
  });

  it('of yes/no need their two options where the switch says so', async () => {
    const flag = (name: string, ...values: string[]) =>
      number(name, {
        type: 'bool',
        fieldType: 'booleancheckbox',
        options: values.map((value) => ({ value, label: value })),
      });
    await portal.switches({ hubspotBoolOptions: 'required' });
    const make = async (...given: string[]) => (await portal.post(contacts, flag('pendo_yes_no', ...given))).status;
    expect([await make(), await make('true'), await make('yes', 'no'), await make('false', 'true')]).toEqual([
      400, 400, 400, 201,
    ]);
    await portal.switches({ hubspotBoolOptions: 'optional' });
    expect((await portal.post(contacts, flag('pendo_plain'))).status).toBe(201);
  });

  it('whose label changes keep everything else, and their values', async () => {
    await portal.post(contacts, number('pendo_named', { description: 'What it measures' }));
    const before = (await portal.get(`${contacts}/pendo_named`)).json;
    expect((await portal.call('PATCH', `${contacts}/pendo_named`, { label: 'Renamed' })).status).toBe(200);
    const after = (await portal.get(`${contacts}/pendo_named`)).json;
    expect(after).toEqual({ ...before, label: 'Renamed', updatedAt: after.updatedAt });
  });

  it('have unique values in ten cases at most', async () => {
    const company = '/crm/properties/2026-09/companies';
    await portal.post(`${company}/groups`, { name: 'pendo', label: 'Pendo' });
    const answers: number[] = [];
    for (let n = 0; n < 11; n++)
      answers.push((await portal.post(company, number(`unique_${n}`, { hasUniqueValue: true }))).status);
    expect(answers.filter((status) => status === 201)).toHaveLength(9); // one is there from the start
    expect(answers.at(-1)).toBe(400);
  });

  it('that are sensitive are shown to no token without the scope, nor are their values', async () => {
    const list = await portal.get('/crm/v3/properties/contacts?dataSensitivity=sensitive');
    expect(list.json.results).toEqual([]);
    const record = async () =>
      (await portal.get('/crm/v3/objects/contacts?limit=1&properties=national_id')).json.results[0].properties;
    expect(await record()).not.toHaveProperty('national_id');
    const { scopes } = (await portal.admin('GET', 'portal')).json;
    await portal.portal({ scopes: [...scopes, 'crm.objects.contacts.sensitive.read'] });
    expect((await record()).national_id).toMatch(/^\d+$/);
    await portal.portal({ scopes });
  });

  it('can be seen only some time after they were made', async () => {
    await portal.switches({ hubspotPropertyLagMs: 1_500 });
    const begin = Date.now();
    expect((await portal.post(contacts, number('pendo_late'))).status).toBe(201);
    expect((await portal.get(`${contacts}/pendo_late`)).status).toBe(404);
    await expect.poll(async () => (await portal.get(`${contacts}/pendo_late`)).status, { timeout: 10_000 }).toBe(200);
    expect(Date.now() - begin).toBeGreaterThanOrEqual(1_500);
    await portal.switches({ hubspotPropertyLagMs: 0 });
  });
});
