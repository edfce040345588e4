import { describe, expect, test } from 'vitest';
import type { NewProperty } from '../../src/hubspot/index.ts';
import { json } from '../egress/http-server.ts';
import { openHubSpot } from './open-hubspot.ts';

const definition = (name: string): NewProperty => ({
  name,
  label: name,
  type: 'number',
  fieldType: 'number',
  groupName: 'pendo',
  description: 'What it measures.',
});

/** As HubSpot lists it. */
const listed = (name: string, more: object = {}) => ({
  name,
  label: name,
  type: 'number',
  fieldType: 'number',
  groupName: 'pendo',
  description: '',
  options: [],
  displayOrder: -1,
  calculated: false,
  externalOptions: false,
  hasUniqueValue: false,
  hidden: false,
  hubspotDefined: false,
  formField: false,
  dataSensitivity: 'non_sensitive',
  archived: false,
  modificationMetadata: { archivable: true, readOnlyDefinition: false, readOnlyValue: false, readOnlyOptions: false },
  ...more,
});

test('definitions are read as HubSpot lists them, and a computed one is read-only', async () => {
  const { client, server } = await openHubSpot((_, response) =>
    json(response, 200, {
      results: [
        listed('lifecyclestage', {
          type: 'enumeration',
          fieldType: 'radio',
          options: [{ label: 'Lead', value: 'lead', displayOrder: 0, hidden: false, description: null }],
        }),
        listed('hs_score', { calculated: true, modificationMetadata: { readOnlyValue: true } }),
        { name: 'bare', type: 'string' },
      ],
    }),
  );
  const properties = await client.listProperties('companies');
  expect(server.seen[0]!.url).toBe('/crm/properties/2026-03/companies?archived=false');
  expect(properties.map(({ name, readOnlyValue, calculated }) => [name, readOnlyValue, calculated])).toEqual([
    ['lifecyclestage', false, false],
    ['hs_score', true, true],
    ['bare', false, false],
  ]);
  expect(properties[0]!.options).toEqual([{ label: 'Lead', value: 'lead', displayOrder: 0, hidden: false }]);
});

describe('creating properties', () => {
  test('creates what is missing in one call and waits until it can be listed', async () => {
    const names = ['pendo_old'];
    let lists = 0;
    const { client, server } = await openHubSpot((request, response) => {
      if (request.method === 'POST') return json(response, 201, { results: [listed('pendo_new')] });
      lists += 1;
      // Shows up with the second look after its creation.
      const visible = lists > 2 ? [...names, 'pendo_new'] : names;
      return json(response, 200, { results: visible.map((name) => listed(name, { type: 'string' })) });
    });
    const { present, refused } = await client.createProperties('contacts', ['pendo_old', 'pendo_new'].map(definition));
    expect(refused).toEqual([]);
    expect(present.map(({ name, type }) => [name, type])).toEqual([
      ['pendo_old', 'string'],
      ['pendo_new', 'string'],
    ]);
    const posts = server.seen.filter((request) => request.method === 'POST');
    expect(posts.map((request) => JSON.parse(request.body))).toEqual([{ inputs: [definition('pendo_new')] }]);
  });

  test('takes one that somebody else made meanwhile for success, and names the ones that are refused', async () => {
    let made = false;
    const { client } = await openHubSpot((request, response) => {
      if (request.method === 'GET') {
        return json(response, 200, { results: made ? ['a', 'b'].map((name) => listed(name)) : [] });
      }
      made = true;
      return json(response, 207, {
        results: [listed('a')],
        numErrors: 2,
        errors: [
          {
            category: 'OBJECT_ALREADY_EXISTS',
            subCategory: 'Properties.PROPERTY_WITH_NAME_EXISTS',
            message: 'exists',
            context: { name: ['b'] },
          },
          { category: 'VALIDATION_ERROR', message: 'bad name', context: { name: ['c'] } },
        ],
      });
    });
    const { present, refused } = await client.createProperties('contacts', ['a', 'b', 'c'].map(definition));
    expect(present.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(refused).toEqual([{ name: 'c', code: 'VALIDATION_ERROR', message: 'bad name' }]);
  });

  test('goes one by one where the whole batch is refused', async () => {
    const made: string[] = [];
    const { client } = await openHubSpot((request, response) => {
      if (request.method === 'GET') return json(response, 200, { results: made.map((name) => listed(name)) });
      const { inputs } = JSON.parse(request.body) as { inputs: NewProperty[] };
      if (inputs.some(({ name }) => name === 'bad')) return json(response, 400, { category: 'VALIDATION_ERROR' });
      made.push(...inputs.map(({ name }) => name));
      return json(response, 201, { results: [] });
    });
    const { present, refused } = await client.createProperties('contacts', ['a', 'bad', 'b'].map(definition));
    expect(present.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(refused.map(({ name }) => name)).toEqual(['bad']);
  });
});

test('a group that exists is as good as one that was made', async () => {
  const { client, server } = await openHubSpot((_, response) =>
    json(response, 409, { status: 'error', message: 'exists', category: 'OBJECT_ALREADY_EXISTS' }),
  );
  await client.createGroup('contacts', { name: 'pendo', label: 'Pendo' });
  expect(server.seen[0]!.url).toBe('/crm/properties/2026-03/contacts/groups');
});

test('a group that was made by somebody else in the meantime is good, whatever HubSpot calls that', async () => {
  const { client } = await openHubSpot((request, response) =>
    request.method === 'GET'
      ? json(response, 200, { results: [{ name: 'pendo', label: 'Pendo', archived: false }] })
      : json(response, 400, { status: 'error', message: 'cannot be made', category: 'VALIDATION_ERROR' }),
  );
  await client.createGroup('contacts', { name: 'pendo', label: 'Pendo' });
  await expect(client.createGroup('contacts', { name: 'other', label: 'Other' })).rejects.toMatchObject({
    kind: 'rejected',
  });
});

test('a credential that cannot be asked for its scopes has none to show', async () => {
  const { client } = await openHubSpot((_, response) => json(response, 400, { message: 'not a private app token' }));
  expect(await client.tokenInfo()).toEqual({});
});

test('an odd member of a definition costs itself, and not all definitions', async () => {
  const { client } = await openHubSpot((request, response) =>
    json(response, 200, {
      results: request.url.includes('sensitive')
        ? []
        : [
            { ...listed('plain'), label: 5, description: ['x'], calculated: 'true', modificationMetadata: 'none' },
            {
              ...listed('chosen'),
              options: [{ label: 'One', value: 1 }, null, { label: null, value: 'b' }, { label: 'T', value: true }],
            },
            { ...listed('free'), label: 'a\0b\ud800', options: 'none' },
          ],
    }),
  );
  const properties = await client.listProperties('contacts');
  expect(properties.map(({ name, label, calculated, options }) => ({ name, label, calculated, options }))).toEqual([
    { name: 'plain', label: '', calculated: true, options: [] },
    {
      name: 'chosen',
      label: listed('chosen').label,
      calculated: false,
      options: [
        { label: 'One', value: '1' },
        { label: 'T', value: 'true' },
      ],
    },
    { name: 'free', label: 'a\ufffdb\ufffd', calculated: false, options: [] },
  ]);
});
