import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Call, FieldWrite, RawCrmRecord, Switches, World } from '../../../sandbox/contract.ts';
import { type RunningSandbox, startSandbox } from '../../../sandbox/index.ts';
import { switchValues } from '../../../sandbox/server/switches.ts';
import { lines, noon } from '../hubspot/portal.ts';

let sandbox: RunningSandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ now: noon, running: false });
});
afterAll(() => sandbox.close());

async function admin(method: string, path: string, body?: unknown) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${sandbox.adminUrl}/admin/${path}`, { method, ...sent });
  const text = await response.text();
  return { status: response.status, text, json: () => JSON.parse(text) };
}

let made = 0;
async function newWorld(more: object = {}): Promise<World> {
  const counts = { contacts: 120, companies: 60, visitors: 100, accounts: 50, activityDays: 3 };
  const { text, status } = await admin('POST', 'worlds', {
    world: `w${++made}`,
    seed: made,
    tier: 0,
    ...counts,
    ...more,
  });
  if (status !== 201) throw new Error(text);
  return JSON.parse(text);
}
const list = (world: World) =>
  fetch(`${sandbox.hubspotUrl}/crm/v3/objects/contacts?limit=5`, {
    headers: { authorization: `Bearer ${world.hubspotToken}` },
  });

describe('worlds', () => {
  it('live side by side: the credential picks one, and deleting one leaves the others', async () => {
    const [a, b] = [await newWorld(), await newWorld()];
    expect(a.portalId).not.toBe(b.portalId);
    expect(a.pendoKey).not.toBe(b.pendoKey);
    expect(await (await list(a)).json()).not.toEqual(await (await list(b)).json());
    expect((await admin('DELETE', `worlds/${a.world}`)).status).toBe(200);
    expect((await list(a)).status).toBe(401);
    expect((await list(b)).status).toBe(200);
    expect((await admin('GET', 'worlds')).json().map((world: World) => world.world)).toEqual([b.world]);
  });

  it.each([
    ['no name', { world: '' }],
    ['a slash in the name', { world: 'a/b' }],
    ['a count that is none', { contacts: -1 }],
    ['a tier that there is not', { tier: 1_000 }],
  ])('are refused with %s', async (_, wrong) => {
    const body = { world: 'x', seed: 1, contacts: 1, companies: 1, visitors: 1, accounts: 1, ...wrong };
    expect((await admin('POST', 'worlds', body)).status).toBe(400);
  });

  it('with a name that is taken are refused', async () => {
    const world = await newWorld();
    const body = { world: world.world, seed: 1, contacts: 1, companies: 1, visitors: 1, accounts: 1 };
    expect((await admin('POST', 'worlds', body)).status).toBe(409);
  });

  it('stream their records, one a line, ascending by id', async () => {
    const { world } = await newWorld();
    const ids = lines<RawCrmRecord>((await admin('GET', `worlds/${world}/contacts`)).text).map((record) =>
      Number(record.id),
    );
    expect(ids).toHaveLength(120);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    for (const [kind, count] of [
      ['companies', 60],
      ['visitors', 100],
      ['accounts', 50],
    ] as const)
      expect(lines((await admin('GET', `worlds/${world}/${kind}`)).text)).toHaveLength(count);
    expect((await admin('GET', `worlds/${world}/subscription`)).json()).toMatchObject({ zone: 'America/New_York' });
  });
});

describe('raw edits', () => {
  it('create, change, archive, restore and merge without any check', async () => {
    const { world } = await newWorld();
    const edit = async (edits: unknown[]) =>
      (await admin('PATCH', `worlds/${world}/contacts`, edits)).json().ids as string[];
    const read = async (id: string) =>
      lines<RawCrmRecord>((await admin('GET', `worlds/${world}/contacts`)).text).find((record) => record.id === id)!;
    const [a, b] = await edit([
      { properties: { email: 'a@x.example', seats: 'not a number' } },
      { properties: { email: 'b@x.example' } },
    ]);
    expect((await read(a!)).properties).toMatchObject({ email: 'a@x.example', seats: 'not a number' });
    await edit([{ id: a, properties: { seats: null, email: ' a@x.example\u0000' }, archived: true }]);
    expect(await read(a!)).toMatchObject({ archived: true, properties: { email: ' a@x.example\u0000' } });
    expect((await read(a!)).properties).not.toHaveProperty('seats');
    await edit([
      { id: a, archived: false },
      { id: a, mergeInto: b },
    ]);
    expect(await read(a!)).toMatchObject({ archived: false, mergedInto: b });
    expect((await read(b!)).properties.hs_merged_object_ids).toBe(a);
    expect((await admin('PATCH', `worlds/${world}/contacts`, [{ id: '5', properties: {} }])).status).toBe(400);
  });
});

describe('the clock', () => {
  it('stands, runs and jumps as told, and dates everything', async () => {
    const { world } = await newWorld();
    expect((await admin('GET', 'clock')).json()).toEqual({ now: noon, running: false });
    await admin('PUT', 'clock', { now: noon + 5_000 });
    const [id] = (await admin('PATCH', `worlds/${world}/contacts`, [{ properties: {} }])).json().ids;
    const made = lines<RawCrmRecord>((await admin('GET', `worlds/${world}/contacts`)).text).find(
      (record) => record.id === id,
    )!;
    expect(made.createdAt).toBe(noon + 5_000);
    await admin('PUT', 'clock', { now: noon, running: true });
    await expect.poll(async () => (await admin('GET', 'clock')).json().now, { timeout: 10_000 }).toBeGreaterThan(noon);
    await admin('PUT', 'clock', { now: noon, running: false });
    expect((await admin('PUT', 'clock', { now: 'noon' })).status).toBe(400);
  });
});

describe('the next day', () => {
  it('moves the clock by a day and changes about the share asked for, the same way for the same seed', async () => {
    const report = async () => {
      await admin('PUT', 'clock', { now: noon });
      const { world } = await newWorld({ seed: 99, world: `day${++made}`, contacts: 600 });
      const before = lines<RawCrmRecord>((await admin('GET', `worlds/${world}/contacts`)).text);
      const day = (await admin('POST', `worlds/${world}/next-day`, { seed: 4, share: 0.1 })).json();
      const after = lines<RawCrmRecord>((await admin('GET', `worlds/${world}/contacts`)).text);
      await admin('DELETE', `worlds/${world}`);
      return { day, before, after };
    };
    const { day, before, after } = await report();
    expect(day.now).toBe(noon + 86_400_000);
    expect(after.length).toBeGreaterThan(before.length);
    const touched = after.filter((record) => record.updatedAt === noon + 86_400_000);
    expect(touched).toHaveLength(day.changed.contacts);
    expect(touched.length).toBeGreaterThan(40);
    expect(touched.length).toBeLessThanOrEqual(60);
    expect(touched.some((record) => record.archived)).toBe(true);
    expect((await report()).after).toEqual(after);
  });

  it('with a share of 0 moves the clock only', async () => {
    const { world } = await newWorld();
    const text = async () =>
      (await admin('GET', `worlds/${world}/contacts`)).text + (await admin('GET', `worlds/${world}/visitors`)).text;
    const before = await text();
    const { changed } = (await admin('POST', `worlds/${world}/next-day`, { seed: 1, share: 0 })).json();
    expect(changed).toEqual({ contacts: 0, companies: 0, visitors: 0, accounts: 0 });
    expect(await text()).toBe(before);
    await admin('PUT', 'clock', { now: noon });
  });
});

describe('switches', () => {
  it('start at their defaults, take every documented value and nothing else', async () => {
    const { world } = await newWorld();
    const put = (change: Partial<Record<keyof Switches, unknown>>) => admin('PUT', `worlds/${world}/switches`, change);
    const defaults: Switches = (await admin('GET', `worlds/${world}/switches`)).json();
    for (const [name, values] of Object.entries(switchValues)) {
      const all = typeof values === 'number' ? [values, 250] : values;
      expect(defaults[name as keyof Switches]).toBe(all[0]);
      for (const value of all) expect((await put({ [name]: value })).json()[name]).toBe(value);
      expect((await put({ [name]: 'nonsense' })).status).toBe(400);
    }
    expect((await put({ nonsense: 1 } as never)).status).toBe(400);
  });
});

describe('the call log', () => {
  it('has every call in order, from a number on, until it is cleared', async () => {
    const world = await newWorld();
    for (let n = 0; n < 3; n++) await list(world);
    const all = lines<Call>((await admin('GET', `worlds/${world.world}/log`)).text);
    expect(all.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(all[0]).toMatchObject({
      vendor: 'hubspot',
      method: 'GET',
      path: '/crm/v3/objects/contacts',
      operation: 'list',
      status: 200,
      records: 5,
    });
    expect(all[0]!.endedAt).toBeGreaterThanOrEqual(all[0]!.at);
    expect(lines<Call>((await admin('GET', `worlds/${world.world}/log?since=2`)).text).map(({ seq }) => seq)).toEqual([
      3,
    ]);
    await admin('DELETE', `worlds/${world.world}/log`);
    await list(world);
    expect(lines<Call>((await admin('GET', `worlds/${world.world}/log`)).text).map(({ seq }) => seq)).toEqual([4]);
  });
});

describe('writes', () => {
  it('of every world are shown field by field, chosen by vendor, field, record and whether they were taken', async () => {
    const [a, b] = [await newWorld(), await newWorld()];
    const firstId = async ({ world }: World) =>
      lines<RawCrmRecord>((await admin('GET', `worlds/${world}/contacts`)).text).find(({ archived }) => !archived)!.id;
    const [ofA, ofB] = [await firstId(a), await firstId(b)];
    const update = ({ hubspotToken }: World, id: string, properties: object) =>
      fetch(`${sandbox.hubspotUrl}/crm/v3/objects/contacts/batch/update`, {
        method: 'POST',
        headers: { authorization: `Bearer ${hubspotToken}` },
        body: JSON.stringify({ inputs: [{ id, properties }] }),
      });
    const flagVisitor = async ({ world, pendoKey }: World) => {
      const [{ id }] = lines<{ id: string }>((await admin('GET', `worlds/${world}/visitors`)).text) as [{ id: string }];
      await fetch(`${sandbox.pendoUrl}/api/v1/metadata/visitor/agent/value`, {
        method: 'POST',
        headers: { 'x-pendo-integration-key': pendoKey },
        body: JSON.stringify([{ visitorId: id, values: { role: 'writer' } }]),
      });
      return id;
    };
    await update(a, ofA, { jobtitle: 'One', firstname: 'Ann' });
    await update(b, ofB, { jobtitle: 'Two' });
    await update(b, ofB, { jobtitle: 'Three', nothing: 'x' });
    const visitor = await flagVisitor(a);
    const writes = async (query: string) => lines<FieldWrite>((await admin('GET', query)).text);
    const titles = await writes('writes?vendor=hubspot&field=jobtitle');
    expect(titles.map(({ world, id, value, accepted }) => [world, id, value, accepted])).toEqual([
      [a.world, ofA, 'One', true],
      [b.world, ofB, 'Two', true],
      [b.world, ofB, 'Three', false],
    ]);
    expect(await writes(`writes?accepted=true&id=${ofB}`)).toHaveLength(1);
    expect(await writes(`worlds/${a.world}/writes?vendor=pendo`)).toMatchObject([
      { id: visitor, field: 'role', value: 'writer', operation: 'metadataWrite:visitor', created: false },
    ]);
    expect(await writes(`worlds/${b.world}/writes?since=${titles[1]!.seq}`)).toHaveLength(2);
    expect((await admin('GET', 'writes?colour=red')).status).toBe(400);
  });
});

describe('regions', () => {
  it('take the keys of their own subscriptions only, as another region knows nothing of them', async () => {
    const request = { world: 'far-away', seed: 5, contacts: 0, companies: 0, visitors: 3, accounts: 1, region: 'eu' };
    const { pendoKey } = (await admin('POST', 'worlds', request)).json() as { pendoKey: string };
    const answers: Record<string, number> = {};
    for (const [region, url] of Object.entries(sandbox.pendoUrls)) {
      const reply = await fetch(`${url}/api/v1/token/verify`, { headers: { 'x-pendo-integration-key': pendoKey } });
      answers[region] = reply.status;
    }
    expect(answers).toEqual({ us: 403, us1: 403, eu: 200, jp: 403, au: 403 });
  });

  it('can be named in the path, too, at any of their addresses', async () => {
    const request = { world: 'by-path', seed: 5, contacts: 0, companies: 0, visitors: 3, accounts: 1, region: 'jp' };
    const { pendoKey } = (await admin('POST', 'worlds', request)).json() as { pendoKey: string };
    const answers: Record<string, number> = {};
    for (const region of Object.keys(sandbox.pendoUrls)) {
      const url = `${sandbox.pendoUrl}/${region}/api/v1/token/verify`;
      answers[region] = (await fetch(url, { headers: { 'x-pendo-integration-key': pendoKey } })).status;
    }
    expect(answers).toEqual({ us: 403, us1: 403, eu: 403, jp: 200, au: 403 });
    const log = lines<Call>((await admin('GET', 'worlds/by-path/log')).text);
    expect(log.map(({ path }) => path)).toEqual(['/api/v1/token/verify']);
  });

  it('that do not exist are refused', async () => {
    const request = { world: 'nowhere', seed: 5, contacts: 0, companies: 0, visitors: 1, accounts: 1, region: 'mars' };
    expect((await admin('POST', 'worlds', request)).status).toBe(400);
  });
});

describe('the admin API', () => {
  it('says where everything is', async () => {
    expect((await admin('GET', 'health')).json()).toEqual({
      ok: true,
      hubspotUrl: sandbox.hubspotUrl,
      pendoUrl: sandbox.pendoUrl,
      pendoUrls: sandbox.pendoUrls,
      oauth: sandbox.oauth,
    });
  });

  it('answers 404 for what there is not, and 400 for a body that is no JSON', async () => {
    const { world } = await newWorld();
    expect((await admin('PATCH', `worlds/${world}/portal`, [])).status).toBe(400);
    expect((await admin('PATCH', `worlds/${world}/contacts`, {})).status).toBe(400);
    for (const path of ['nothing', 'worlds/none/contacts', `worlds/${world}/nothing`])
      expect((await admin('GET', path)).status).toBe(404);
    expect(
      (await fetch(`${sandbox.adminUrl}/admin/worlds/${world}/switches`, { method: 'PUT', body: '{' })).status,
    ).toBe(400);
  });
});
