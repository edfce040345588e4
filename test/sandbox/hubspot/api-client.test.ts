import { Client } from '@hubspot/api-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { live, openPortal, type TestPortal } from './portal.ts';

/** HubSpot's own client, as it is, with nothing but another base path: a reader and writer that we did not write. */
let portal: TestPortal;
let client: Client;
beforeAll(async () => {
  portal = await openPortal({ contacts: 250, companies: 120 });
  await portal.numbers('contacts', 'pendo_days');
  client = new Client({ accessToken: portal.world.hubspotToken, basePath: portal.sandbox.hubspotUrl });
});
afterAll(() => portal[Symbol.asyncDispose]());

describe('@hubspot/api-client', () => {
  it('reads every contact and every company', async () => {
    const contacts = await client.crm.contacts.getAll(100, undefined, ['email', 'closedate']);
    const raw = await live(portal, 'contacts');
    expect(contacts.map((contact) => contact.id)).toEqual(raw.map((record) => record.id));
    expect(contacts.map((contact) => contact.properties.email)).toEqual(
      raw.map((record) => record.properties.email ?? null),
    );
    expect(contacts[0]!.createdAt.getTime()).toBe(raw[0]!.createdAt);
    expect(await client.crm.companies.getAll(100)).toHaveLength((await live(portal, 'companies')).length);
  });

  it('searches', async () => {
    const { total, results } = await client.crm.contacts.searchApi.doSearch({
      filterGroups: [{ filters: [{ propertyName: 'is_champion', operator: 'EQ' as never, value: 'true' }] }],
      sorts: ['hs_object_id'],
      properties: ['email', 'is_champion'],
      limit: 10,
    } as never);
    const wanted = (await live(portal, 'contacts')).filter(({ properties }) => properties.is_champion === 'true');
    expect(total).toBe(wanted.length);
    expect(results.map((record) => record.id)).toEqual(wanted.slice(0, 10).map((record) => record.id));
  });

  it('reads, updates, upserts and creates in batches, partial failures included', async () => {
    const [a, b] = await live(portal, 'contacts');
    const updated = await client.crm.contacts.batchApi.update({
      inputs: [
        { id: a!.id, properties: { pendo_days: '4' }, objectWriteTraceId: 'one' },
        { id: '5', properties: { pendo_days: '4' }, objectWriteTraceId: 'two' },
      ],
    });
    expect(updated).toMatchObject({ status: 'COMPLETE', numErrors: 1 });
    const upserted = await client.crm.contacts.batchApi.upsert({
      inputs: [{ id: 'sdk@x.example', idProperty: 'email', properties: { firstname: 'Sdk' } }],
    });
    expect(upserted.results[0]!._new).toBe(true);
    const read = await client.crm.contacts.batchApi.read({
      inputs: [{ id: a!.id }, { id: b!.id }],
      properties: ['pendo_days'],
      propertiesWithHistory: [],
    });
    expect(read.results.find(({ id }) => id === a!.id)?.properties.pendo_days).toBe('4');
    const created = await client.crm.companies.basicApi.create({
      properties: { name: 'Made by a client' },
      associations: [],
    });
    await client.crm.companies.basicApi.archive(created.id);
    await expect(client.crm.companies.basicApi.getById(created.id)).rejects.toMatchObject({ code: 404 });
  });

  it('reads and makes properties and groups, and meets conflicts as the exceptions it knows', async () => {
    const { results } = await client.crm.properties.coreApi.getAll('contacts');
    expect(results.find(({ name }) => name === 'email')).toMatchObject({ type: 'string', fieldType: 'text' });
    const group = { name: 'pendo', label: 'Pendo', displayOrder: -1 };
    await expect(client.crm.properties.groupsApi.create('contacts', group)).rejects.toMatchObject({ code: 409 });
    const made = await client.crm.properties.coreApi.create('contacts', {
      name: 'pendo_sdk',
      label: 'x',
      type: 'datetime',
      fieldType: 'date',
      groupName: 'pendo',
    } as never);
    expect(made.name).toBe('pendo_sdk');
  });

  it('gets tokens, and is told of a revoked one', async () => {
    const { clientId, clientSecret } = portal.sandbox.oauth;
    const query = new URLSearchParams({
      client_id: clientId,
      redirect_uri: 'http://127.0.0.1/x',
      scope: 'crm.objects.contacts.read',
      portal: String(portal.world.portalId),
    });
    const response = await fetch(`${portal.sandbox.hubspotUrl}/oauth/authorize?${query}`, { redirect: 'manual' });
    const code = new URL(response.headers.get('location')!).searchParams.get('code')!;
    const tokens = await client.oauth.tokensApi.create(
      'authorization_code',
      code,
      'http://127.0.0.1/x',
      clientId,
      clientSecret,
    );
    expect(tokens.expiresIn).toBe(1_800);
    const other = new Client({ accessToken: tokens.accessToken, basePath: portal.sandbox.hubspotUrl });
    expect((await other.crm.contacts.basicApi.getPage(5)).results).toHaveLength(5);
    await client.oauth.refreshTokensApi.archive(tokens.refreshToken);
    await expect(
      client.oauth.tokensApi.create('refresh_token', undefined, undefined, clientId, clientSecret, tokens.refreshToken),
    ).rejects.toMatchObject({ code: 400 });
  });
});
