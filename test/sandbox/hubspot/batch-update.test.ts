import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Call, RawCrmRecord } from '../../../sandbox/contract.ts';
import { lines, live, noon, objectPaths, openPortal, type TestPortal } from './portal.ts';

let portal: TestPortal;
let contacts: RawCrmRecord[];
beforeAll(async () => {
  portal = await openPortal();
  await portal.numbers('contacts', 'pendo_days', 'pendo_minutes');
  contacts = await live(portal, 'contacts');
});
afterAll(() => portal[Symbol.asyncDispose]());

const update = (inputs: unknown[], path: string = objectPaths[1]) =>
  portal.post(`${path}/contacts/batch/update`, { inputs });
const stored = async (id: string) => (await portal.raw('contacts')).find((record) => record.id === id)!;
const row = (n: number, properties: Record<string, unknown>, traceId?: string) => ({
  id: contacts[n]!.id,
  properties,
  ...(traceId ? { objectWriteTraceId: traceId } : {}),
});

describe('batch update', () => {
  it.each(objectPaths)('%s: stores values of existing records and moves their modified date', async (path) => {
    const value = String(objectPaths.indexOf(path) + 1);
    const { status, json } = await update([row(0, { pendo_days: value })], path);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      status: 'COMPLETE',
      results: [{ id: contacts[0]!.id, properties: { pendo_days: value } }],
    });
    expect(await stored(contacts[0]!.id)).toMatchObject({ properties: { pendo_days: value }, updatedAt: noon });
  });

  it('does not move the modified date when nothing differs', async () => {
    const before = contacts[5]!;
    await update([row(5, { city: before.properties.city ?? '' })]);
    expect((await stored(before.id)).updatedAt).toBe(before.updatedAt);
  });

  it('clears a property with an empty string', async () => {
    await update([row(0, { pendo_days: '7' })]);
    await update([row(0, { pendo_days: '' })]);
    expect((await stored(contacts[0]!.id)).properties).not.toHaveProperty('pendo_days');
  });

  it('answers in an order of its own', async () => {
    const inputs = contacts.slice(0, 50).map((record, n) => ({ id: record.id, properties: { pendo_days: String(n) } }));
    const { json } = await update(inputs);
    const answered = json.results.map((record: { id: string }) => record.id);
    expect(answered).not.toEqual(inputs.map(({ id }) => id));
    expect([...answered].sort()).toEqual(inputs.map(({ id }) => id).sort());
    await portal.switches({ hubspotResultOrder: 'asSent' });
    const sorted = await update(inputs);
    expect(sorted.json.results.map((record: { id: string }) => record.id)).toEqual(inputs.map(({ id }) => id));
  });

  it('refuses more than a hundred inputs', async () => {
    const inputs = contacts.slice(0, 101).map((record) => ({ id: record.id, properties: { pendo_days: '1' } }));
    expect((await update(inputs)).status).toBe(400);
  });

  it('refuses the same id twice, naming it', async () => {
    const { status, json } = await update([row(0, { pendo_days: '1' }), row(0, { pendo_days: '2' })]);
    expect(status).toBe(400);
    expect(json).toMatchObject({
      message: expect.stringContaining('Duplicate IDs found in batch input'),
      context: { ids: [contacts[0]!.id] },
    });
  });

  it('fails as a whole for an unknown property, trace ids or not, and writes nothing', async () => {
    for (const trace of [undefined, 'a']) {
      const { status, json } = await update([
        row(1, { nope: '1' }, trace),
        row(2, { pendo_minutes: '99' }, trace && 'b'),
      ]);
      expect(status).toBe(400);
      expect(json).toMatchObject({
        category: 'VALIDATION_ERROR',
        message: expect.stringContaining('"error":"PROPERTY_DOESNT_EXIST"'),
        errors: [{ code: 'PROPERTY_DOESNT_EXIST', context: { propertyName: ['nope'] } }],
      });
    }
    expect((await stored(contacts[2]!.id)).properties.pendo_minutes).toBeUndefined();
  });

  it('fails as a whole for a bad value without trace ids: the error names the property, not the row', async () => {
    const { status, json } = await update([row(1, { pendo_days: 'many' }), row(2, { pendo_minutes: '5' })]);
    expect(status).toBe(400);
    expect(json.errors).toEqual([
      { message: expect.any(String), code: 'INVALID_INTEGER', context: { propertyName: ['pendo_days'] } },
    ]);
    expect((await stored(contacts[2]!.id)).properties.pendo_minutes).toBeUndefined();
  });

  it('fails by row when every input has a trace id of its own', async () => {
    const { status, json } = await update([row(1, { pendo_days: 'many' }, 'a'), row(2, { pendo_minutes: '5' }, 'b')]);
    expect(status).toBe(207);
    expect(json).toMatchObject({
      numErrors: 1,
      errors: [{ category: 'VALIDATION_ERROR', context: { objectWriteTraceId: ['a'] } }],
    });
    expect(json.results).toHaveLength(1);
    expect((await stored(contacts[2]!.id)).properties.pendo_minutes).toBe('5');
  });

  it('fails as a whole when one trace id is missing or used twice', async () => {
    expect((await update([row(1, { pendo_days: 'many' }, 'a'), row(2, { pendo_days: '1' })])).status).toBe(400);
    expect((await update([row(1, { pendo_days: 'many' }, 'a'), row(2, { pendo_days: '1' }, 'a')])).status).toBe(400);
  });

  it('switch hubspotBadRow batch400: fails as a whole in spite of trace ids', async () => {
    await portal.switches({ hubspotBadRow: 'batch400' });
    expect((await update([row(1, { pendo_days: 'many' }, 'a'), row(2, { pendo_days: '1' }, 'b')])).status).toBe(400);
    await portal.switches({ hubspotBadRow: 'multiStatus' });
  });

  it('reports an id that is not there with its trace id, and writes the others', async () => {
    const { status, json } = await update([
      { id: '77', properties: { pendo_days: '1' }, objectWriteTraceId: 'ghost' },
      row(3, { pendo_days: '33' }, 'b'),
    ]);
    expect(status).toBe(207);
    expect(json.errors[0]).toMatchObject({
      category: 'OBJECT_NOT_FOUND',
      context: { objectWriteTraceId: ['ghost'], ids: ['77'] },
    });
    expect((await stored(contacts[3]!.id)).properties.pendo_days).toBe('33');
  });

  it('switch hubspotMissingId silent: leaves it out of a 200', async () => {
    await portal.switches({ hubspotMissingId: 'silent' });
    const { status, json } = await update([{ id: '77', properties: { pendo_days: '1' }, objectWriteTraceId: 'ghost' }]);
    expect({ status, results: json.results }).toEqual({ status: 200, results: [] });
    await portal.switches({ hubspotMissingId: 'multiStatus' });
  });

  it('drops the id of a record that was merged away without a word', async () => {
    await portal.edit('contacts', [{ id: contacts[10]!.id, mergeInto: contacts[11]!.id }]);
    const { status, json } = await update([row(10, { pendo_days: '1' }, 'a'), row(12, { pendo_days: '1' }, 'b')]);
    expect(status).toBe(200);
    expect(json.results.map((record: { id: string }) => record.id)).toEqual([contacts[12]!.id]);
  });

  it.each(['email', 'hs_object_id', 'city'])('refuses idProperty %s', async (idProperty) => {
    const { status, json } = await update([{ ...row(0, { pendo_days: '1' }), idProperty }]);
    expect(status).toBe(400);
    expect(json.message).toContain('non-unique');
  });

  it('takes a property with unique values as idProperty', async () => {
    const reference = contacts[20]!.properties.crm_reference!;
    const { json } = await update([{ id: reference, idProperty: 'crm_reference', properties: { pendo_days: '20' } }]);
    expect(json.results[0].id).toBe(contacts[20]!.id);
  });

  it('answers 409 for the whole batch when a unique value is somebody else’s', async () => {
    const { status, json } = await update([row(21, { crm_reference: contacts[22]!.properties.crm_reference! })]);
    expect(status).toBe(409);
    expect(json).toMatchObject({ category: 'CONFLICT', message: expect.stringContaining(contacts[22]!.id) });
  });

  it('switch hubspotNormalise roundNumbers: stores another number than was sent, and says nothing', async () => {
    await portal.switches({ hubspotNormalise: 'roundNumbers' });
    const { status } = await update([row(30, { pendo_days: '12.6' })]);
    expect(status).toBe(200);
    expect((await stored(contacts[30]!.id)).properties.pendo_days).toBe('13');
    await portal.switches({ hubspotNormalise: 'none' });
  });

  it('switch hubspotReadLagMs: lists show the value only after the lag', async () => {
    await portal.switches({ hubspotReadLagMs: 5_000 });
    await update([row(31, { pendo_days: '3100' })]);
    const shown = async () =>
      (await portal.get(`/crm/v3/objects/contacts/${contacts[31]!.id}?properties=pendo_days`)).json.properties
        .pendo_days;
    expect(await shown()).toBe('31');
    await fetch(`${portal.sandbox.adminUrl}/admin/clock`, {
      method: 'PUT',
      body: JSON.stringify({ now: noon + 5_000 }),
    });
    expect(await shown()).toBe('3100');
    await portal.switches({ hubspotReadLagMs: 0 });
  });

  it('leaves in the call log what it was asked and what it did, row by row', async () => {
    await portal.admin('DELETE', 'log');
    await update([row(1, { pendo_days: 'many' }, 'a'), row(2, { pendo_days: '8' }, 'b')]);
    const [call] = lines<Call>((await portal.admin('GET', 'log')).text);
    expect(call).toMatchObject({ operation: 'batchUpdate', status: 207, records: 1, overLimit: false });
    expect(call!.writes).toEqual([
      { id: contacts[1]!.id, created: false, accepted: false, fields: { pendo_days: 'many' } },
      { id: contacts[2]!.id, created: false, accepted: true, fields: { pendo_days: '8' } },
    ]);
  });
});
