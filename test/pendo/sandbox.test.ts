import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawEvent, RawPendoRecord, RawPollEvent, World } from '../../sandbox/contract.ts';
import { type RunningSandbox, startSandbox } from '../../sandbox/index.ts';
import { createGuardedFetch } from '../../src/egress/guarded-fetch.ts';
import { createPendo, type PendoClient, type Pipeline, pipelines } from '../../src/pendo/index.ts';
import { openBudget } from '../egress/open-budget.ts';

const day = 86_400_000;
let sandbox: RunningSandbox;
let world: World;
let client: PendoClient;
let close: () => Promise<void>;
let visitors: RawPendoRecord[];
let events: RawEvent[];
/** Starts of the days of the window, as the events have them. */
let first: number;
let windowStart: number;
let today: number;

beforeAll(async () => {
  sandbox = await startSandbox();
  const request = {
    world: 'pendo-client',
    seed: 7,
    contacts: 20,
    companies: 5,
    visitors: 150,
    accounts: 20,
    activityDays: 40,
  };
  world = (await admin('POST', '/admin/worlds', request)) as World;
  const guarded = createGuardedFetch({ allow: [sandbox.pendoUrl] });
  close = guarded.close;
  const key = async () => world.pendoKey;
  client = createPendo({ baseUrl: sandbox.pendoUrl, key, budget: openBudget().budget, fetch: guarded.fetch });
  visitors = await records<RawPendoRecord>('visitors');
  events = (await records<RawEvent>('events')).filter((event) => !event.blacklisted);
  const rows = await readAll<{ ms: number; day: number }>(
    pipelines.startOfPeriod([Date.now(), Date.now() - 10 * day, Date.now() - 20 * day]),
  );
  [today, windowStart, first] = rows.map((row) => row.day) as [number, number, number];
});
afterAll(async () => {
  await close?.();
  await sandbox?.close();
});

async function admin(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(sandbox.adminUrl + path, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function records<T>(list: string): Promise<T[]> {
  const response = await fetch(`${sandbox.adminUrl}/admin/worlds/${world.world}/${list}`);
  const lines = (await response.text()).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as T);
}

async function readAll<Row>(pipeline: Pipeline): Promise<Row[]> {
  const rows: Row[] = [];
  await client.aggregate<Row>(pipeline, (row) => void rows.push(row));
  return rows;
}

const identified = (id: string) => id !== '' && !id.startsWith('_PENDO_T_');
const inSpan = ({ day, visitorId }: RawEvent) => day >= first && day < today && identified(visitorId);

test('a key is told from a wrong one, and a reading key cannot write', async () => {
  await client.verify();
  const guarded = createGuardedFetch({ allow: [sandbox.pendoUrl] });
  const open = { baseUrl: sandbox.pendoUrl, budget: openBudget().budget, fetch: guarded.fetch };
  const wrong = createPendo({ ...open, key: async () => 'wrong' });
  await expect(wrong.verify()).rejects.toMatchObject({ kind: 'forbidden' });
  const reading = createPendo({ ...open, key: async () => world.pendoReadKey });
  const writing = reading.writeValues('visitor', 'custom', [{ id: 'x', values: {} }]);
  await expect(writing).rejects.toMatchObject({ kind: 'forbidden' });
  await guarded.close();
});

describe('reading', () => {
  test('by pages finds every identified visitor once, whatever stands in the ids', async () => {
    const seen: string[] = [];
    for (let lo: string | undefined; ; lo = seen.at(-1)) {
      const page = await readAll<{ visitorId: string }>(pipelines.visitorsPage({ lo, limit: 40, select: {} }));
      seen.push(...page.map((row) => row.visitorId));
      if (page.length < 40) break;
    }
    const expected = visitors.map((visitor) => visitor.id).filter(identified);
    expect([...seen].sort()).toEqual([...expected].sort());
  });

  test('usage by visitor agrees with the raw events', async () => {
    const rows = await readAll<{ visitorId: string; days10: number; minutes10: number; earlier10: number }>(
      pipelines.usageByVisitor({
        first,
        end: today,
        days: 20,
        windows: [{ days: 10, start: windowStart, earlierStart: first }],
        apps: null,
      }),
    );
    const expected = new Map<string, { days: Set<number>; minutes10: number; earlier10: number }>();
    for (const event of events.filter(inSpan)) {
      const sum = expected.get(event.visitorId) ?? { days: new Set(), minutes10: 0, earlier10: 0 };
      if (event.day >= windowStart) sum.days.add(event.day);
      sum[event.day >= windowStart ? 'minutes10' : 'earlier10'] += event.numMinutes ?? 0;
      expected.set(event.visitorId, sum);
    }
    expect(expected.size).toBeGreaterThan(10);
    expect(new Map(rows.map(({ visitorId, ...sums }) => [visitorId, sums]))).toEqual(
      new Map([...expected].map(([id, { days, ...sums }]) => [id, { ...sums, days10: days.size }])),
    );
  });

  test('usage by account and visitor agrees with the raw events, in a range of accounts', async () => {
    const accounts = [...new Set(events.filter(inSpan).map((event) => event.accountId))].filter(Boolean).sort();
    const [lo, hi] = [accounts[2]!, accounts[8]!];
    const rows = await readAll<{
      accountId: string;
      visitorId: string;
      days: number[];
      minutes10: number;
      earlier10: number;
    }>(
      pipelines.usageByAccountVisitor({
        lo,
        hi,
        first,
        end: today,
        days: 20,
        windows: [{ days: 10, start: windowStart, earlierStart: first }],
        apps: null,
      }),
    );
    const expected = new Map<string, { days: Set<number>; minutes10: number; earlier10: number }>();
    for (const event of events.filter(inSpan)) {
      if (!accounts.slice(3, 9).includes(event.accountId)) continue;
      const key = JSON.stringify([event.accountId, event.visitorId]);
      const sum = expected.get(key) ?? { days: new Set(), minutes10: 0, earlier10: 0 };
      sum.days.add(event.day >= windowStart ? event.day : 0);
      sum[event.day >= windowStart ? 'minutes10' : 'earlier10'] += event.numMinutes ?? 0;
      expected.set(key, sum);
    }
    expect(expected.size).toBeGreaterThan(3);
    for (const row of rows) expect(new Set(row.days).size).toBe(row.days.length);
    expect(
      new Map(
        rows.map(({ accountId, visitorId, days, ...sums }) => [
          JSON.stringify([accountId, visitorId]),
          { ...sums, days: new Set(days) },
        ]),
      ),
    ).toEqual(expected);
  });

  test('answers to NPS polls are found, of guides in any state', async () => {
    const polls = (await client.guides()).flatMap((guide) =>
      guide.polls
        .filter((poll) => /^npsrating$/i.test(poll.type))
        .map((poll) => ({ guideId: guide.id, pollId: poll.id })),
    );
    expect(polls.length).toBeGreaterThan(0);
    const raw = await records<RawPollEvent>('poll-events');
    for (const poll of polls) {
      const span = { first: today - 84 * 31 * day, days: 84 * 31 + 2, from: 0, to: Date.now() + day };
      const rows = await readAll<pipelines.NpsRow>(
        pipelines.npsAnswers({ ...poll, ...span, by: 'visitor', apps: null }),
      );
      const expected = raw.filter((answer) => answer.pollId === poll.pollId && identified(answer.visitorId));
      expect(rows.map((row) => [row.visitorId, row.response, row.time]).sort()).toEqual(
        expected.map((answer) => [answer.visitorId, answer.pollResponse, answer.browserTime]).sort(),
      );
    }
  });
});

describe('writing', () => {
  test('makes fields and values, and names the unknown ids', async () => {
    await client.createFields('visitor', 'custom', [
      { name: 'hubspot_plan', displayName: 'HubSpot: Plan', type: 'string' },
      { name: 'hubspot_seats', displayName: 'HubSpot: Seats', type: 'number' },
    ]);
    const fields = (await client.schema('visitor')).custom!;
    expect(fields).toContainEqual({
      name: 'hubspot_plan',
      type: 'string',
      displayName: 'HubSpot: Plan',
      isDeleted: false,
    });
    const ids = visitors
      .map((visitor) => visitor.id)
      .filter(identified)
      .slice(0, 30);
    const rows = [...ids, 'nobody@example.com'].map((id) => ({
      id,
      values: { hubspot_plan: 'pro', hubspot_seats: 3 },
    }));
    const reply = await client.writeValues('visitor', 'custom', rows);
    expect(reply).toEqual({
      updated: ids,
      missing: ['nobody@example.com'],
      errors: [],
      unaccounted: [],
      dropFields: [],
      unsent: [],
      calls: 1,
    });
    const after = new Map((await records<RawPendoRecord>('visitors')).map(({ id, metadata }) => [id, metadata]));
    for (const id of ids) expect(after.get(id)?.custom).toMatchObject({ hubspot_plan: 'pro', hubspot_seats: 3 });
    expect(after.has('nobody@example.com')).toBe(false);
  });

  test('of a field that Pendo does not know gives the field up', async () => {
    const id = visitors.map((visitor) => visitor.id).find(identified)!;
    const reply = await client.writeValues('visitor', 'custom', [{ id, values: { hubspot_never_made: 1 } }]);
    expect(reply.dropFields.map(({ name }) => name)).toEqual(['hubspot_never_made']);
    expect(reply.unsent).toEqual([id]);
  });
});
