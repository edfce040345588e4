import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Call, RawOccurrence } from '../../../sandbox/contract.ts';
import { lines, live, noon, openPortal, type TestPortal } from './portal.ts';

let portal: TestPortal;
let contact: string;
beforeAll(async () => {
  portal = await openPortal({ tier: 190 });
  contact = (await live(portal, 'contacts'))[0]!.id;
});
afterAll(() => portal[Symbol.asyncDispose]());

const paths = [
  { definitions: '/events/2026-03/event-definitions', send: '/events/2026-03/send/batch' },
  { definitions: '/events/custom/2026-09/event-definitions', send: '/events/custom/2026-09/send/batch' },
  { definitions: '/events/v3/event-definitions', send: '/events/v3/send/batch' },
];
const [dated] = paths as [(typeof paths)[number]];

const definition = (name: string) => ({
  label: `Pendo page: ${name}`,
  name,
  primaryObject: 'CONTACT',
  includeDefaultProperties: false,
  propertyDefinitions: [{ name: 'pendo_count', label: 'Count', type: 'number' }],
});

const occurrence = (name: string, more: object = {}) => ({
  eventName: `pe${portal.world.portalId}_${name}`,
  objectId: contact,
  occurredAt: new Date(noon - 86_400_000).toISOString(),
  uuid: `uuid of ${name}`,
  properties: { pendo_count: '3' },
  ...more,
});

const taken = async (name: string): Promise<RawOccurrence[]> =>
  lines<RawOccurrence>((await portal.admin('GET', 'occurrences')).text).filter(({ eventName }) =>
    eventName.endsWith(`_${name}`),
  );

const readBack = async (name: string) => {
  const query = new URLSearchParams({
    objectType: 'contact',
    objectId: contact,
    eventType: `pe${portal.world.portalId}_${name}`,
    occurredAfter: new Date(noon - 2 * 86_400_000).toISOString(),
    occurredBefore: new Date(noon).toISOString(),
  });
  return portal.get(`/events/event-occurrences/2026-03?${query}`);
};

beforeEach(() =>
  portal.switches({
    hubspotEventUuid: 'ignored',
    hubspotEventReadBack: 'allowed',
    hubspotEventLagMs: 0,
    hubspotEventUnknownRecord: 'taken',
  }),
);

describe('definitions', () => {
  test.each(paths)('are made once, and listed with their properties: $definitions', async ({ definitions }) => {
    const name = `made_at_${paths.findIndex((one) => one.definitions === definitions)}`;
    const made = await portal.post(definitions, definition(name));
    expect(made.status).toBe(201);
    expect(made.json.fullyQualifiedName).toBe(`pe${portal.world.portalId}_${name}`);
    expect((await portal.post(definitions, definition(name))).status).toBe(409);
    const listed = await portal.get(`${definitions}?limit=100&includeProperties=true&searchString=${name}`);
    expect(listed.json.results).toMatchObject([
      { name, primaryObject: 'CONTACT', archived: false, properties: [{ name: 'pendo_count', type: 'number' }] },
    ]);
  });

  test.each(paths)('get further properties, each once: $definitions', async ({ definitions }) => {
    const name = `grown_at_${paths.findIndex((one) => one.definitions === definitions)}`;
    await portal.post(definitions, definition(name));
    const property = { name: 'pendo_p_plan', label: 'plan', type: 'string' };
    const at = `${definitions}/${name}/property`;
    expect(await portal.post(at, property)).toMatchObject({ status: 201, json: property });
    expect(await portal.post(at, { ...property, type: 'number' })).toMatchObject({ status: 409 });
    expect(await portal.post(at, { ...property, name: 'Plan' })).toMatchObject({ status: 400 });
    expect(await portal.post(`${definitions}/nothing/property`, property)).toMatchObject({ status: 404 });
    const listed = await portal.get(`${definitions}?limit=100&includeProperties=true&searchString=${name}`);
    expect(listed.json.results).toMatchObject([{ properties: [{ name: 'pendo_count' }, property] }]);
  });

  test('an edition without custom events refuses, and a token without the scope is told which', async () => {
    await portal.portal({ customEvents: false });
    expect(await portal.get(dated.definitions)).toMatchObject({ status: 403, json: { category: 'FORBIDDEN' } });
    await portal.portal({ customEvents: true });
    const { scopes } = (await portal.admin('GET', 'portal')).json;
    await portal.portal({ scopes: scopes.filter((scope: string) => !scope.startsWith('behavioral')) });
    const refused = await portal.get(dated.definitions);
    expect(refused).toMatchObject({ status: 403, json: { category: 'MISSING_SCOPES' } });
    await portal.portal({ scopes });
  });
});

describe('occurrences', () => {
  const sent = async (name: string, inputs: object[]) => {
    await portal.post(dated.definitions, definition(name));
    return portal.post(dated.send, { inputs });
  };

  test('are taken without an answer’s body, are in the log, and can be read back', async () => {
    const before = lines<Call>((await portal.admin('GET', 'log')).text).length;
    const answer = await sent('taken', [occurrence('taken')]);
    expect(answer).toMatchObject({ status: 204, text: '' });
    expect(answer.headers.get('x-hubspot-ratelimit-max')).toBeNull();
    expect(await taken('taken')).toMatchObject([
      { objectId: contact, objectType: 'CONTACT', occurredAt: noon - 86_400_000, properties: { pendo_count: '3' } },
    ]);
    const calls = lines<Call>((await portal.admin('GET', 'log')).text).slice(before);
    expect(calls.at(-1)?.occurrences).toEqual([
      {
        eventName: `pe${portal.world.portalId}_taken`,
        objectId: contact,
        uuid: 'uuid of taken',
        accepted: true,
      },
    ]);
    expect((await readBack('taken')).json.results).toMatchObject([{ properties: { pendo_count: '3' } }]);
  });

  test('one that is wrong refuses all of its request', async () => {
    const wrong = [occurrence('refused'), occurrence('refused', { properties: { nonsense: '1' } })];
    expect((await sent('refused', wrong)).status).toBe(400);
    expect((await sent('refused', [occurrence('unheard_of')])).status).toBe(400);
    const long = (length: number) => occurrence('refused', { properties: { pendo_count: '1'.repeat(length) } });
    expect((await sent('refused', [long(257)])).status).toBe(400);
    const many = Array.from({ length: 501 }, () => occurrence('refused'));
    expect((await sent('refused', many)).status).toBe(400);
    expect(await taken('refused')).toEqual([]);
  });

  test('of a record that is not there are taken or refused, by the switch', async () => {
    const nobody = occurrence('of_nobody', { objectId: '9007199254740991' });
    expect((await sent('of_nobody', [nobody])).status).toBe(204);
    await portal.switches({ hubspotEventUnknownRecord: 'batch400' });
    expect((await sent('of_nobody', [nobody])).status).toBe(400);
    expect(await taken('of_nobody')).toHaveLength(1);
  });

  test('with the same uuid are two, or one, by the switch', async () => {
    await sent('twice', [occurrence('twice')]);
    await sent('twice', [occurrence('twice')]);
    expect(await taken('twice')).toHaveLength(2);
    await portal.switches({ hubspotEventUuid: 'deduplicated' });
    expect((await sent('twice', [occurrence('twice')])).status).toBe(204);
    expect(await taken('twice')).toHaveLength(2);
  });

  test('are read back late, or not at all, by the switches', async () => {
    await sent('late', [occurrence('late')]);
    await portal.switches({ hubspotEventLagMs: 1 });
    expect((await readBack('late')).json.results).toEqual([]);
    await portal.switches({ hubspotEventLagMs: 0, hubspotEventReadBack: 'refused' });
    expect((await readBack('late')).status).toBe(403);
  });

  test('are refused when the month is used up', async () => {
    const used = lines((await portal.admin('GET', 'occurrences')).text).length;
    await portal.portal({ monthlyOccurrences: used + 1 });
    expect((await sent('limited', [occurrence('limited'), occurrence('limited')])).status).toBe(429);
    expect((await sent('limited', [occurrence('limited')])).status).toBe(204);
    expect(await taken('limited')).toHaveLength(1);
    await portal.portal({ monthlyOccurrences: 30_000_000 });
  });
});
