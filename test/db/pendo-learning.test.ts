/** What Pendo cannot do in its time is asked for once in a run, by whichever step and however many attempts die. */
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readPendoFull } from '../../src/activities/read/pendo-full.ts';
import type { Pipeline } from '../../src/pendo/index.ts';
import type { SyncConfigInput } from '../../src/sync/config.ts';
import { VendorError } from '../../src/sync/vendor-error.ts';
import { type Engine, openEngine, plan } from './engine.ts';

let engine: Engine;
beforeEach(async () => {
  engine = await openEngine();
});
afterEach(() => engine.close());

const visitors = Array.from({ length: 1300 }, (_, n) => `v${String(n).padStart(5, '0')}@example.com`);
const nps = {
  metric: 'latestNps',
  property: 'pendo_latest_nps_response',
  hubspotType: 'number',
  whenNothing: 'keep',
  guardTo: 'empty',
} as const;
const trending = {
  metric: 'usageTrending',
  property: 'pendo_usage_trending_180d',
  hubspotType: 'number',
  whenNothing: 'clear',
  guardTo: 'empty',
} as const;
const surveys = [1, 2, 3].map((n) => ({ guideId: `g${n}`, pollId: `p${n}` }));

/** A Pendo that manages so many visitor-days in a call, and so many visitors of a page. */
function slowPendo(limits: { visitorDays: number; page?: number }) {
  const seen = { refused: [] as string[], guides: 0, scans: [] as string[], done: () => undefined as unknown };
  const refuse = (pipeline: Pipeline): never => {
    seen.refused.push(JSON.stringify(pipeline));
    const fields = { vendor: 'pendo', kind: 'tooMuch', code: 'VENDOR_TIMEOUT' } as const;
    throw new VendorError('Pendo ran out of its own time.', fields);
  };
  return {
    seen,
    async guides() {
      seen.guides++;
      return surveys.map(({ guideId, pollId }) => ({ id: guideId, polls: [{ id: pollId, type: 'NPSRating' }] }));
    },
    async aggregate(pipeline: Pipeline, onRow: (row: unknown) => void): Promise<number> {
      seen.done();
      const stages = pipeline as Record<string, Record<string, unknown>>[];
      const filter = stages.map((stage) => String(stage.filter ?? '')).join(' ');
      const lo = /visitorId > "([^"]*)"/.exec(filter)?.[1];
      const hi = /visitorId <= "([^"]*)"/.exec(filter)?.[1];
      const inRange = visitors.filter((id) => (lo === undefined || id > lo) && (hi === undefined || id <= hi));
      const source = stages[0]?.source as Record<string, { count: number; guideId: string }>;
      if ('visitors' in source) {
        const limit = Number(stages.find((stage) => 'limit' in stage)?.limit);
        if ('ids' in (stages.at(-1)?.select ?? {}) && limit > (limits.page ?? Infinity)) refuse(pipeline);
        for (const visitorId of inRange.slice(0, limit)) onRow({ visitorId, h0: null, h1: null, dnp: null });
      } else if ('events' in source) {
        const { count } = source.timeSeries as { count: number };
        if (inRange.length * count > limits.visitorDays) refuse(pipeline);
        for (const visitorId of inRange) onRow({ visitorId, days180: count, minutes180: 1, earlier180: 0 });
      } else {
        const { guideId } = source.pollEvents as { guideId: string };
        if (lo === undefined && hi === undefined) seen.scans.push(guideId);
        // The second survey has the newest answers.
        const time = { g1: 100, g2: 300, g3: 200 }[guideId];
        for (const visitorId of inRange) onRow({ visitorId, response: Number(guideId.slice(1)), time });
      }
      return 0;
    },
  };
}

const openRun = (config: Partial<SyncConfigInput> = {}) =>
  engine.openRun(
    { joinKey: { property: 'email' }, ...config },
    { plan: JSON.stringify({ ...plan, pull: [], push: [...plan.push, trending, nps] }) as never },
  );

/** One step whose time is over with the first answer. */
function step(ref: Awaited<ReturnType<typeof openRun>>, pendo: ReturnType<typeof slowPendo>, onCall?: () => void) {
  const draining = new AbortController();
  pendo.seen.done = () => {
    draining.abort();
    onCall?.();
  };
  const deps = { ...engine.deps, draining: draining.signal, openVendors: async () => ({ pendo }) as never };
  return engine.act(() => readPendoFull(deps, ref));
}

async function expectFigures(): Promise<void> {
  const rows = await engine.rows(sql<{ id: string; gives: object }>`select id, gives from pendo_records order by id`);
  expect(rows.map(({ id }) => id)).toEqual(visitors);
  for (const { gives } of rows) {
    expect(gives).toEqual({
      pendo_days_active_180d: '360',
      pendo_usage_trending_180d: null,
      pendo_latest_nps_response: '2',
    });
  }
}

test('pages and windows shrink once in a run, over all its steps, and the figures are whole', async () => {
  const pendo = slowPendo({ visitorDays: 5000, page: 700 });
  const ref = await openRun({ nps: 'newestSurvey' });
  let steps = 1;
  for (; (await step(ref, pendo)).kind !== 'done'; steps++) expect(steps).toBeLessThan(40);
  expect(steps).toBeGreaterThan(10);
  // The tally's page four times, the window six times, and the page once for all.
  expect(pendo.seen.refused).toHaveLength(10);
  expect(new Set(pendo.seen.refused).size).toBe(10);
  expect(pendo.seen.guides).toBe(1);
  expect(pendo.seen.scans).toEqual(surveys.map(({ guideId }) => guideId));
  await expectFigures();
  // Nothing of a person is in what was learnt.
  expect(JSON.stringify((await engine.run(ref)).learnt)).not.toContain('@');
});

test('an attempt that dies right after a time-out has not learnt in vain', async () => {
  const pendo = slowPendo({ visitorDays: 5000 });
  const ref = await openRun({ nps: 'newestAnswer' });
  let deaths = 0;
  for (let steps = 1; ; steps++) {
    expect(steps).toBeLessThan(40);
    const deps = { ...engine.deps, openVendors: async () => ({ pendo }) as never };
    const before = pendo.seen.refused.length;
    pendo.seen.done = () => {
      if (pendo.seen.refused.length > before) throw new Error('killed');
    };
    const result = await engine.act(() => readPendoFull(deps, ref)).catch(() => ({ kind: 'died' }));
    if (result.kind === 'died') deaths++;
    if (result.kind === 'done') break;
  }
  expect(deaths).toBe(6);
  expect(new Set(pendo.seen.refused).size).toBe(pendo.seen.refused.length);
  expect(pendo.seen.refused).toHaveLength(6);
  await expectFigures();
});

test.each([
  ['answers nothing at all', 'TIMEOUT'],
  ['says even of the smallest page that it ran out of time', 'VENDOR_TIMEOUT'],
])('a Pendo that %s is away: the run waits, and asks for whole pages afterwards', async (_, code) => {
  const pendo = slowPendo({ visitorDays: Infinity });
  const ref = await openRun();
  const silence = () => {
    throw new VendorError('No answer.', { vendor: 'pendo', kind: 'tooMuch', code });
  };
  const kept: boolean[] = [];
  for (let steps = 0; steps < 5; steps++) {
    expect(await step(ref, pendo, silence)).toMatchObject({ kind: 'wait', fault: true });
    kept.push('page' in (await engine.run(ref)).learnt);
  }
  // 2,500, 625, 156, 100: and when that is too much as well, it was not the size.
  expect(kept).toEqual([true, true, true, true, false]);
  expect(await step(ref, pendo)).toEqual({ kind: 'done' });
  await expectFigures();
});
