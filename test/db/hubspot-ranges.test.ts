/** Every record of HubSpot's side is read exactly once, however its ranges are cut and whatever fails meanwhile. */
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readHubSpotFull } from '../../src/activities/read/hubspot-full.ts';
import type { RunRef } from '../../src/activities/types.ts';
import type { HubSpotClient, ListRequest, RecordPage } from '../../src/hubspot/index.ts';
import { VendorError } from '../../src/sync/vendor-error.ts';
import { type Engine, openEngine } from './engine.ts';

let engine: Engine;
beforeEach(async () => {
  engine = await openEngine();
});
afterEach(() => engine.close());

/** A list endpoint over these ids; `gate` is waited for before a page is answered. */
function portal(ids: number[], gate: (after: number) => Promise<void> = async () => undefined, jobtitle = '') {
  let open = 0;
  const seen = { searches: 0, most: 0, pages: 0 };
  const client = {
    async listPage(_: string, { after = '0' }: ListRequest): Promise<RecordPage> {
      open++;
      seen.pages++;
      seen.most = Math.max(seen.most, open);
      await gate(Number(after));
      open--;
      const rest = ids.filter((id) => id >= Number(after));
      const records = rest
        .slice(0, 100)
        .map((id) => ({ id: String(id), properties: { email: `p${id}@x.com`, jobtitle } }));
      return rest[100] === undefined ? { records } : { records, next: String(rest[100]) };
    },
    countRecords: async () => ids.length,
    async searchPage(_: string, { filters, after = '0' }: { filters: { value?: string }[]; after?: string }) {
      seen.searches++;
      const id = ids.filter((each) => each > Number(filters[0]?.value))[Number(after)];
      return { total: ids.length, records: id === undefined ? [] : [{ id: String(id), properties: {} }] };
    },
  } as unknown as HubSpotClient;
  const deps = { ...engine.deps, openVendors: async () => ({ hubspot: client }) as never };
  return { deps, seen };
}

const mirrored = async (): Promise<number[]> =>
  (await engine.rows(sql<{ id: number }>`select id::int as id from hubspot_records order by 1`)).map((row) => row.id);

const config = { joinKey: { property: 'email' } };

async function addRanges(ref: RunRef, ...borders: (number | null)[]): Promise<void> {
  const json = (id: number | null | undefined): string => (id == null ? 'null' : JSON.stringify(String(id)));
  for (const [n, hi] of borders.entries()) {
    const lo = json(borders[n - 1]);
    await engine.rows(sql`
      insert into read_ranges (tenant_id, run_id, side, no, lo, hi, cursor)
      values ('t1', ${ref.runId}, 'hubspot', ${n + 1}, ${lo}, ${json(hi)}, ${lo})`);
  }
}

test('a range that was to be shared, and was not for a fault, is read to its own end', async () => {
  const ids = [
    ...Array.from({ length: 299 }, (_, i) => i + 1),
    3200,
    ...Array.from({ length: 50 }, (_, i) => 5000 + i),
  ];
  const ref = await engine.openRun(config);
  await addRanges(ref, 100, 6000, null);
  // Sharing fails, slowly: meanwhile the page arrives that reaches behind the border-to-be.
  await sql`create function fail_slowly() returns trigger language plpgsql as $$ begin
      if new.hi is distinct from old.hi then perform pg_sleep(0.5); raise exception 'no'; end if; return new; end $$`.execute(
    engine.db.owner,
  );
  await sql`create trigger fail before update on read_ranges for each row execute function fail_slowly()`.execute(
    engine.db.owner,
  );
  const until = (query: ReturnType<typeof sql<{ ok: boolean }>>): Promise<void> =>
    vi.waitFor(async () => expect((await query.execute(engine.db.owner)).rows[0]?.ok).toBe(true), {
      timeout: 10_000,
      interval: 20,
    });
  const { deps } = portal(ids, async (after) => {
    if (after === 0) await until(sql`select cursor = '"200"' as ok from read_ranges where no = 2`);
    if (after === 201)
      await until(
        sql`select count(*) > 0 as ok from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`,
      );
  });
  await expect(engine.act(() => readHubSpotFull(deps, ref))).rejects.toThrow();
  await sql`drop trigger fail on read_ranges`.execute(engine.db.owner);

  for (let kind = ''; kind !== 'done'; ) {
    kind = (await engine.act(() => readHubSpotFull(portal(ids).deps, ref))).kind;
  }
  expect(await mirrored()).toEqual(ids);
});

test('a first read is shared among readers, and every record is read once', async () => {
  const ids = Array.from({ length: 3000 }, (_, i) => 7 * (i + 1));
  const ref = await engine.openRun(config);
  const { deps, seen } = portal(ids, () => new Promise((resolve) => setTimeout(resolve, 20)));
  expect((await engine.act(() => readHubSpotFull(deps, ref))).kind).toBe('done');
  expect(await mirrored()).toEqual(ids);
  const [total] = await engine.rows(sql<{ n: string }>`select sum(records) as n from read_ranges`);
  expect(Number(total?.n)).toBe(ids.length);
  expect(seen.searches).toBeGreaterThan(1);
  expect(seen.most).toBeGreaterThan(2);
});

/** A whole read as a run of its own. */
async function readAll(
  ids: number[],
  jobtitle = '',
  pageMs = 20,
): Promise<ReturnType<typeof portal>['seen'] & { ranges: number }> {
  const ref = await engine.openRun(config);
  const { deps, seen } = portal(ids, () => new Promise((resolve) => setTimeout(resolve, pageMs)), jobtitle);
  expect((await engine.act(() => readHubSpotFull(deps, ref))).kind).toBe('done');
  expect(await mirrored()).toEqual(ids);
  const [total] = await engine.rows(sql<{ n: string; ranges: string }>`
    select sum(records) as n, count(*) as ranges from read_ranges where run_id = ${ref.runId}`);
  expect(Number(total?.n)).toBe(ids.length);
  await engine.inTenant((tx) =>
    tx.updateTable('runs').set({ state: 'succeeded' }).where('id', '=', ref.runId).execute(),
  );
  return { ...seen, ranges: Number(total?.ranges) };
}

test('an unchanged side takes exactly as many calls as it has pages, however its ids are spread', async () => {
  const spread = (n: number): number[] =>
    Array.from({ length: n }, (_, i) => 10 * (i + 1) + (i % 700 < 350 ? 0 : i * i));
  for (const n of [1000, 1040]) {
    const ids = [...new Set(spread(n))].sort((a, b) => a - b);
    await readAll(ids);
    expect(await readAll(ids)).toMatchObject({ searches: 0, pages: Math.ceil(ids.length / 100) });
  }
});

test('an import behind the last border is shared among readers as well', async () => {
  const ids = Array.from({ length: 500 }, (_, i) => i + 1);
  await readAll(ids);
  const seen = await readAll([...ids, ...Array.from({ length: 12_000 }, (_, i) => 3 * i + 1000)], '', 100);
  // Five ranges of a page each come from the mirror. Of what is new, two thousand have been read when sharing begins.
  expect(seen.searches).toBeGreaterThan(1);
  expect(seen.ranges).toBeGreaterThan(8);
  // Five were on their way for the five ranges; the readers that had nothing to do meanwhile take up the new ones.
  expect(seen.most).toBeGreaterThan(5);
});

test('pages of long texts are not all on their way at once', { timeout: 60_000 }, async () => {
  const ids = Array.from({ length: 2000 }, (_, i) => i + 1);
  const long = 'x'.repeat(60_000);
  // By the first page, and from then on by what the mirror holds.
  expect((await readAll(ids, long)).most).toBeLessThanOrEqual(16);
  expect((await readAll(ids, long)).most).toBeLessThanOrEqual(4);
  expect((await readAll(ids)).most).toBeLessThanOrEqual(4);
  expect((await readAll(ids)).most).toBeGreaterThan(4);
});

test('a search that does not serve costs borders, not the read', async () => {
  const ids = Array.from({ length: 1500 }, (_, i) => i + 1);
  const ref = await engine.openRun(config);
  const { deps } = portal(ids);
  const { hubspot } = await (deps.openVendors as unknown as () => Promise<{ hubspot: HubSpotClient }>)();
  hubspot.countRecords = async () => {
    throw new VendorError('The limit leaves no call for now.', {
      vendor: 'hubspot',
      kind: 'wait',
      code: 'RATE_LIMIT',
      until: Date.now() + 60_000,
    });
  };
  expect((await engine.act(() => readHubSpotFull(deps, ref))).kind).toBe('done');
  expect(await mirrored()).toEqual(ids);
});
