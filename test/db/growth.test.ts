/** Settling reads each record a few times, however many there are and whatever the planner has been told of them. */
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { settle } from '../../src/activities/settle.ts';
import { type Engine, openEngine } from './engine.ts';

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
