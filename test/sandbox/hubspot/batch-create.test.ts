import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RawCrmRecord } from '../../../sandbox/contract.ts';
import { live, openPortal, type TestPortal } from './portal.ts';

let portal: TestPortal;
let contacts: RawCrmRecord[];
let companies: RawCrmRecord[];
beforeAll(async () => {
  portal = await openPortal();
  await portal.numbers('contacts', 'pendo_days');
  contacts = (await live(portal, 'contacts')).filter(({ properties }) =>
    /^[a-z.0-9]+@[a-z.0-9]+$/.test(properties.email ?? ''),
  );
  companies = await live(portal, 'companies');
});
afterAll(() => portal[Symbol.asyncDispose]());

const base = '/crm/objects/2026-09/contacts';
const byEmail = (id: string, properties: Record<string, unknown> = {}, traceId?: string) => ({
  idProperty: 'email',
  id,
  properties,
  ...(traceId ? { objectWriteTraceId: traceId } : {}),
});

describe('batch upsert', () => {
  it('updates who is there and creates who is not, and says which', async () => {
    const known = contacts[0]!.properties.email!;
    const { status, json } = await portal.post(`${base}/batch/upsert`, {
      inputs: [byEmail(known, { pendo_days: '1' }), byEmail('new.one@x.example', { pendo_days: '2' })],
    });
    expect(status).toBe(200);
    const results = Object.fromEntries(
      json.results.map((record: { new: boolean; properties: { pendo_days: string } }) => [
        record.new,
        record.properties.pendo_days,
      ]),
    );
    expect(results).toEqual({ true: '2', false: '1' });
    const made = (await portal.raw('contacts')).find(({ properties }) => properties.email === 'new.one@x.example');
    expect(made?.properties).toMatchObject({ pendo_days: '2', lifecyclestage: 'lead' });
  });

  it('lower-cases e-mails, and matches them whatever their case', async () => {
    const known = contacts[1]!;
    const { json } = await portal.post(`${base}/batch/upsert`, {
      inputs: [byEmail(known.properties.email!.toUpperCase(), { pendo_days: '3' })],
    });
    expect(json.results[0]).toMatchObject({ id: known.id, new: false, properties: { email: known.properties.email } });
    const fresh = await portal.post(`${base}/batch/upsert`, { inputs: [byEmail('New.Two@X.example')] });
    expect(fresh.json.results[0].properties.email).toBe('new.two@x.example');
  });

  it('finds a contact by an additional e-mail, and leaves the main one alone', async () => {
    const known = (await live(portal, 'contacts')).find(({ properties }) => properties.hs_additional_emails)!;
    const id = known.properties.hs_additional_emails!.split(';')[0]!;
    const { json } = await portal.post(`${base}/batch/upsert`, { inputs: [byEmail(id, { pendo_days: '5' })] });
    expect(json.results[0]).toMatchObject({ id: known.id, new: false });
    const after = (await portal.raw('contacts')).find((record) => record.id === known.id);
    expect(after?.properties).toMatchObject({ email: known.properties.email, pendo_days: '5' });
  });

  it.each(['domain', 'name', 'pendo_account_key'])(
    'refuses company property %s: it is not unique',
    async (idProperty) => {
      const inputs = [{ idProperty, id: 'x.example', properties: { name: 'x' } }];
      const { status, json } = await portal.post('/crm/objects/2026-09/companies/batch/upsert', { inputs });
      expect(status).toBe(400);
      expect(json.message).toContain(`non-unique 0-2 property ${idProperty}`);
    },
  );

  it('takes a company property made with unique values', async () => {
    const id = companies[0]!.properties.billing_reference!;
    const inputs = [
      { idProperty: 'billing_reference', id, properties: { city: 'Ulm' } },
      { idProperty: 'billing_reference', id: 'B-new', properties: { name: 'New' } },
    ];
    const { json } = await portal.post('/crm/objects/2026-09/companies/batch/upsert', { inputs });
    expect(json.results.map((record: { new: boolean }) => record.new).sort()).toEqual([false, true]);
  });

  it('one bad row: nothing is written without trace ids, the others are with them', async () => {
    const rows = (trace: boolean) => [
      byEmail('no address', {}, trace ? 'a' : undefined),
      byEmail('fine@x.example', {}, trace ? 'b' : undefined),
    ];
    const whole = await portal.post(`${base}/batch/upsert`, { inputs: rows(false) });
    expect(whole).toMatchObject({ status: 400, json: { errors: [{ code: 'INVALID_EMAIL' }] } });
    expect((await portal.raw('contacts')).some(({ properties }) => properties.email === 'fine@x.example')).toBe(false);
    const partial = await portal.post(`${base}/batch/upsert`, { inputs: rows(true) });
    expect(partial).toMatchObject({
      status: 207,
      json: { numErrors: 1, errors: [{ context: { objectWriteTraceId: ['a'] } }] },
    });
    expect((await portal.raw('contacts')).some(({ properties }) => properties.email === 'fine@x.example')).toBe(true);
  });

  it('answers 409 for the whole batch when another record is in the way, trace ids or not', async () => {
    const taken = contacts[2]!.properties.crm_reference!;
    const inputs = [byEmail('other@x.example', { crm_reference: taken }, 'a'), byEmail('good@x.example', {}, 'b')];
    const { status, json } = await portal.post(`${base}/batch/upsert`, { inputs });
    expect({ status, category: json.category }).toEqual({ status: 409, category: 'CONFLICT' });
    expect((await portal.raw('contacts')).some(({ properties }) => properties.email === 'good@x.example')).toBe(false);
  });

  it('refuses 101 inputs, and the same key twice', async () => {
    const many = Array.from({ length: 101 }, (_, n) => byEmail(`m${n}@x.example`));
    expect((await portal.post(`${base}/batch/upsert`, { inputs: many })).status).toBe(400);
    const twice = await portal.post(`${base}/batch/upsert`, {
      inputs: [byEmail('t@x.example'), byEmail('T@x.example')],
    });
    expect(twice).toMatchObject({ status: 400, json: { context: { ids: ['t@x.example'] } } });
  });
});

describe('creating', () => {
  it('one record answers 201, and its id need not be the greatest', async () => {
    const { status, json } = await portal.post(base, { properties: { email: 'solo@x.example', firstname: 'Solo' } });
    expect(status).toBe(201);
    expect(await portal.get(`${base}/${json.id}`)).toMatchObject({ json: { properties: { firstname: 'Solo' } } });
    const made: number[] = [Number(json.id)];
    for (let n = 0; n < 12; n++)
      made.push(Number((await portal.post(base, { properties: { firstname: `n${n}` } })).json.id));
    expect(made).not.toEqual([...made].sort((a, b) => a - b));
  });

  it('a batch with a contact who exists: 409 for all of it, or 207 with the existing id when rows have trace ids', async () => {
    const known = contacts[3]!;
    const rows = (trace: boolean) => [
      { properties: { email: known.properties.email }, ...(trace ? { objectWriteTraceId: '0' } : {}) },
      { properties: { email: `next${trace}@x.example` }, ...(trace ? { objectWriteTraceId: '1' } : {}) },
    ];
    const whole = await portal.post(`${base}/batch/create`, { inputs: rows(false) });
    expect(whole).toMatchObject({ status: 409, json: { category: 'CONFLICT' } });
    const partial = await portal.post(`${base}/batch/create`, { inputs: rows(true) });
    expect(partial.status).toBe(207);
    expect(partial.json.errors[0]).toMatchObject({
      category: 'CONFLICT',
      message: `Contact already exists. Existing ID: ${known.id}`,
      context: { objectWriteTraceId: ['0'], existingId: [known.id] },
    });
    expect(partial.json.results).toHaveLength(1);
  });

  it('does not take two companies of one domain for one', async () => {
    const inputs = [
      { properties: { domain: companies[1]!.properties.domain } },
      { properties: { domain: companies[1]!.properties.domain } },
    ];
    const { status, json } = await portal.post('/crm/v3/objects/companies/batch/create', { inputs });
    expect(status).toBe(201);
    expect(json.results).toHaveLength(2);
  });
});

describe('archiving and merging', () => {
  it('archives one or many into the recycle bin, what is not there included', async () => {
    const [a, b] = contacts.slice(40, 42).map((record) => record.id);
    expect((await portal.call('DELETE', `${base}/${a}`)).status).toBe(204);
    expect((await portal.post(`${base}/batch/archive`, { inputs: [{ id: b }, { id: '1' }] })).status).toBe(204);
    const raw = await portal.raw('contacts');
    expect(raw.filter((record) => record.id === a || record.id === b).map((record) => record.archived)).toEqual([
      true,
      true,
    ]);
    const { status, json } = await portal.post(`${base}/batch/update`, {
      inputs: [{ id: a, properties: { city: 'x' } }],
    });
    expect({ status, category: json.errors[0].category }).toEqual({ status: 207, category: 'OBJECT_NOT_FOUND' });
  });

  it('merging makes a new record: both old ids read as it, and neither is listed, searched or written', async () => {
    const [one, two] = contacts.slice(50, 52);
    const { json } = await portal.post(`${base}/merge`, { primaryObjectId: one!.id, objectIdToMerge: two!.id });
    expect([one!.id, two!.id]).not.toContain(json.id);
    for (const id of [one!.id, two!.id]) {
      const read = await portal.get(`${base}/${id}?properties=hs_additional_emails,hs_merged_object_ids,email`);
      expect(read.json).toMatchObject({ id: json.id, properties: { email: one!.properties.email } });
      expect(read.json.properties.hs_additional_emails.split(';')).toContain(two!.properties.email);
      expect(read.json.properties.hs_merged_object_ids.split(';').sort()).toEqual([one!.id, two!.id].sort());
    }
    const listed = (await live(portal, 'contacts')).map((record) => record.id);
    expect(listed).toContain(json.id);
    expect(listed).not.toContain(two!.id);
    const byLost = await portal.post(`${base}/batch/read`, {
      idProperty: 'email',
      inputs: [{ id: two!.properties.email }],
    });
    expect(byLost.json.results[0].id).toBe(json.id);
  });
});
