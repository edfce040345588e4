/** Settling reads each record a few times, however many there are and whatever the planner has been told of them. */
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { settle } from '../../src/activities/settle.ts';
import { type Engine, openEngine, plan } from './engine.ts';

let engine: Engine;
beforeEach(async () => {
  // One connection: its figures can be asked for at once.
  engine = await openEngine(1);
});
afterEach(() => engine.close());

const n = 3000;

/** Rows that PostgreSQL has read so far. */
async function rowsRead(): Promise<number> {
  await sql`select pg_stat_force_next_flush()`.execute(engine.db.owner);
  const { rows } = await sql<{ n: string }>`
    select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) as n from pg_stat_user_tables
    where relname in ('hubspot_records', 'pendo_records', 'sent_values')`.execute(engine.db.owner);
  return Number(rows[0]?.n);
}

for (const create of ['hubspot', 'pendo'] as const) {
  test(`with create: ${create}, secondary e-mails and clearing`, async () => {
    await sql`alter table hubspot_records set (autovacuum_enabled = false)`.execute(engine.db.owner);
    await sql`alter table pendo_records set (autovacuum_enabled = false)`.execute(engine.db.owner);
    const ref = await engine.openRun({
      joinKey: { property: 'email' },
      secondaryEmails: true,
      onLostMatch: 'clear',
      create,
    });
    await engine.read(
      ref,
      Array.from({ length: n }, (_, i) => ({
        id: i + 1,
        email: `h${i}@x.com`,
        aliases: i % 3 === 0 ? `p${i}@x.com` : '',
      })),
      Array.from({ length: n }, (_, i) => ({ id: `p${i}@x.com`, jobtitle: 'a' })),
    );
    await engine.rows(sql`
      insert into sent_values (tenant_id, object, leg, hubspot_id, pendo_id, fields)
      select 't1', 'visitor', 'pull', i + 1, 'p' || i || '@x.com', '{"jobtitle": {"v": "a", "at": 0, "c": true}}'
      from generate_series(0, ${n - 1}::int) i`);
    const before = await rowsRead();
    const { settled } = await engine.act(() => settle(engine.deps, ref));
    expect(settled?.owed[create === 'hubspot' ? 'push' : 'pull']).toBeGreaterThan(n / 2);
    const read = (await rowsRead()) - before;
    expect(read).toBeGreaterThan(n);
    expect(read).toBeLessThan(60 * n);
  });
}

test('documents of hundreds of fields are unpacked a few times each, not for every field', async () => {
  const [records, fields] = [200, 200];
  const names = Array.from({ length: fields }, (_, k) => `pendo_use_${k + 1}`);
  const [counted] = plan.push;
  const ref = await engine.openRun(
    { joinKey: { property: 'email' }, settleMinutes: { hubspot: 0 } },
    { plan: JSON.stringify({ ...plan, push: names.map((property) => ({ ...counted, property })) }) as never },
  );
  const ids = Array.from({ length: records }, (_, i) => `p${i + 1}@x.com`);
  await engine.read(
    ref,
    ids.map((email, i) => ({ id: i + 1, email })),
    ids.map((id) => ({ id })),
  );
  const values = (entry: string) =>
    sql.raw(`(select jsonb_object_agg('pendo_use_' || k, ${entry}) from generate_series(1, ${fields}) k)`);
  await engine.rows(sql`update pendo_records set gives = ${values(`md5(id || k)`)}, gives_digest = 'new'`);
  await engine.rows(sql`update hubspot_records set holds = ${values(`md5('old' || id || k)`)}`);
  await engine.rows(sql`
    insert into sent_values (tenant_id, object, leg, hubspot_id, pendo_id, fields)
    select 't1', 'visitor', 'push', i, 'p' || i || '@x.com',
           ${values(`jsonb_build_object('v', md5('old' || i || k), 'at', 0, 'c', false)`)}
    from generate_series(1, ${records}::int) i`);
  const before = await piecesFetched();
  const { settled } = await engine.act(() => settle(engine.deps, ref));
  expect(settled?.owed.push).toBe(records);
  // A document is some seven pieces, and a record has three of them.
  expect((await piecesFetched()) - before).toBeLessThan(300 * records);
});

/** Pieces of large documents that PostgreSQL has fetched so far. */
async function piecesFetched(): Promise<number> {
  await sql`select pg_stat_force_next_flush()`.execute(engine.db.owner);
  const { rows } = await sql<{ n: string }>`
    select sum(s.idx_tup_fetch) as n from pg_class c join pg_stat_all_tables s on s.relid = c.reltoastrelid
    where c.relname in ('hubspot_records', 'pendo_records', 'sent_values')`.execute(engine.db.owner);
  return Number(rows[0]?.n);
}
