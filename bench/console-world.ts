/** What the console is measured on, made in PostgreSQL itself: thousands of tenants with their past, and one very large run. */
import { sql } from 'kysely';
import { type Database, openDatabase } from '../src/db/index.ts';
import { syncConfigSchema, syncObjects } from '../src/sync/config.ts';

type Owner = Database['owner'];

export interface ConsoleWorld {
  /** Of the large run, and the run after it, in which a tenth was written and few were refused. */
  tenant: string;
  largeRun: string;
  latestRun: string;
  /** A run that is still going on, of another tenant. */
  liveTenant: string;
  liveRun: string;
  /** A record of the large run, in the middle. */
  hubspotId: string;
  pendoId: string;
}

export interface WorldSize {
  tenants: number;
  runs: number;
  /** Of the large run, on each side. */
  records: number;
}

const days = 400;
const config = syncConfigSchema.parse({
  joinKey: { property: 'email' },
  pull: ['city', 'jobtitle', 'lifecyclestage', 'phone', 'company'].map((property) => ({ property })),
  push: [{ metric: 'lastVisit' }, { metric: 'daysActive' }, { metric: 'timeOnApp' }],
});
const counts = {
  read: { hubspot: 400, pendo: 420 },
  match: { matched: 390, unmatchedHubspot: 8, unmatchedPendo: 30, ambiguousHubspot: 2, ambiguousPendo: 0 },
  legs: { pull: { unchanged: 380, written: 10 }, push: { unchanged: 340, written: 49, rejected: 1 } },
};

export async function fillConsoleWorld(databaseUrl: string, size: WorldSize): Promise<ConsoleWorld> {
  const database = openDatabase({ url: databaseUrl, maxConnections: 1 });
  try {
    const db = database.owner;
    await addTenants(db, size.tenants);
    await addRuns(db, size);
    await addTrail(db, size);
    const large = await addLargeRun(db, size.records);
    const live = await addRun(db, 'many2', 'running');
    // As PostgreSQL does by itself before long: without statistics the plans are those of an empty database.
    await sql`vacuum analyze`.execute(db);
    return { ...large, liveTenant: 'many2', liveRun: live };
  } finally {
    await database.close();
  }
}

async function addTenants(db: Owner, tenants: number): Promise<void> {
  await sql`
    insert into tenants (id, name, external_id)
    select 'many' || n, 'Customer ' || n, 'crm-' || n from generate_series(1, ${tenants}::int) n`.execute(db);
  await sql`
    insert into connections (tenant_id, vendor, kind, state, identity)
    select 'many' || n, vendor, case vendor when 'pendo' then 'key' else 'token' end, 'ok', '{"portalId": 1}'
    from generate_series(1, ${tenants}::int) n, unnest(array['hubspot', 'pendo']) vendor`.execute(db);
  await sql`
    insert into syncs (tenant_id, object, config, state, reason)
    select 'many' || n, object, ${JSON.stringify(config)}::jsonb,
           case when n % 97 = 0 then 'paused' when n % 31 = 0 then 'draft' else 'enabled' end,
           case when n % 97 = 0 then '{"code": "BAD_REFRESH_TOKEN", "message": "HubSpot refuses the login."}'::jsonb end
    from generate_series(1, ${tenants}::int) n, unnest(${[...syncObjects]}::text[]) object`.execute(db);
  await sql`
    insert into sync_versions (tenant_id, object, version, config)
    select 'many' || n, object, 1, ${JSON.stringify(config)}::jsonb
    from generate_series(1, ${tenants}::int) n, unnest(${[...syncObjects]}::text[]) object`.execute(db);
  await sql`
    insert into alert_states (tenant_id, object, state, since)
    select tenant_id, object, case when n % 53 = 0 then 'failed' when n % 41 = 0 then 'degraded' else 'ok' end, now()
    from (select *, row_number() over () n from syncs) s where state = 'enabled'
    on conflict do nothing`.execute(db);
}

/** Daily runs, the same number of every sync; one in a thousand is held, one in two hundred has failed. */
async function addRuns(db: Owner, { tenants, runs }: WorldSize): Promise<void> {
  const each = Math.ceil(runs / tenants / syncObjects.length);
  await sql`
    insert into runs (tenant_id, object, trigger, epoch, config, config_version, plan, state, counts, as_of, queued_at, opened_at, settled_at, closed_at)
    select 'many' || n, object, 'daily', 1, ${JSON.stringify(config)}::jsonb, 1, '{"pull": [], "push": []}',
           case when back = 0 and n % 100 = 0 then 'held' when (n + back) % 200 = 0 then 'failed' else 'succeeded' end,
           ${JSON.stringify(counts)}::jsonb, moment, moment, moment, moment, moment + interval '1 minute'
    from generate_series(${each - 1}::int, 0, -1) back, generate_series(1, ${tenants}::int) n,
         unnest(${[...syncObjects]}::text[]) object,
         lateral (select now() - make_interval(days => back, secs => n % 3600) as moment) t`.execute(db);
}

/** A year of what is counted every day, and the audit trail of every tenant. */
async function addTrail(db: Owner, { tenants, runs }: WorldSize): Promise<void> {
  await sql`
    insert into vendor_usage (tenant_id, vendor, day, calls, written)
    select 'many' || n, vendor, current_date - back, 7 + n % 13, n % 50
    from generate_series(1, ${tenants}::int) n, unnest(array['hubspot', 'pendo']) vendor,
         generate_series(0, ${days - 1}::int) back`.execute(db);
  await sql`
    insert into audit (tenant_id, actor, action, subject, after, at)
    select 'many' || (1 + n % ${tenants}::int), 'key:bench', 'sync.changed', 'sync:visitor', '{"window": 30}', now() - make_interval(mins => 2 * ${runs}::int - n)
    from generate_series(1, 2 * ${runs}::int) n`.execute(db);
  await sql`
    insert into alerts (id, tenant_id, object, kind, body, created_at)
    select 'al_' || n, 'many' || (1 + n % ${tenants}::int), 'visitor', 'failed', '{"kind": "failed"}', now() - make_interval(mins => n)
    from generate_series(1, ${runs}::int / 2) n`.execute(db);
  await sql`
    insert into api_keys (id, tenant_id, name, hash, prefix, scopes, created_by)
    select 'k_many' || n, 'many' || n, 'CI', sha256(('key' || n)::bytea), 'cwk_x', array['read'], 'key:bench'
    from generate_series(1, ${tenants}::int) n`.execute(db);
}

async function addRun(db: Owner, tenant: string, state: string): Promise<string> {
  const ended = state === 'running' ? sql`null` : sql`now()`;
  const { rows } = await sql<{ id: string }>`
    insert into runs (tenant_id, object, trigger, epoch, config, config_version, plan, state, phase, counts, progress, as_of, opened_at, settled_at, closed_at)
    values (${tenant}, 'visitor', 'daily', 1, ${JSON.stringify(config)}::jsonb, 1, '{"pull": [], "push": []}', ${state},
      ${state === 'running' ? 'read' : 'close'}, ${JSON.stringify(counts)}::jsonb,
      '{"hubspot": {"done": 1000, "total": 1000000, "rate": 1900, "left": 500}}', now(), now(), ${ended}, ${ended})
    returning id::text`.execute(db);
  return rows[0]!.id;
}

/** Everything was written in the first run; in the second a tenth was, and one in two thousand was refused. */
async function addLargeRun(db: Owner, records: number): Promise<Omit<ConsoleWorld, 'liveTenant' | 'liveRun'>> {
  const tenant = 'many1';
  const series = sql`generate_series(1, ${records}::int) n`;
  const pendoId = sql`'user' || lpad(n::text, 8, '0') || '@example.com'`;
  const give = sql`'{"city": "Berlin", "jobtitle": "Engineer", "lifecyclestage": "lead"}'::jsonb`;
  const hold = sql`'{"pendo_last_visit": "2026-11-01", "pendo_days_active_180d": "12"}'::jsonb`;
  const largeRun = await addRun(db, tenant, 'succeeded');
  const latestRun = await addRun(db, tenant, 'succeeded');
  for (const side of ['hubspot', 'pendo'] as const) {
    const id = side === 'hubspot' ? sql`n` : pendoId;
    const [gives, holds] = side === 'hubspot' ? [give, hold] : [hold, give];
    await sql`
      insert into ${sql.table(`${side}_records`)} (tenant_id, object, id, key_state, match_key, fold_key, loose_key, gives, holds, gives_digest, holds_digest, standing, standing_run)
      select ${tenant}, 'visitor', ${id}, 'valid', ${pendoId}, ${pendoId}, ${pendoId}, ${gives}, ${holds}, 'x', 'x', 'written', ${largeRun}::bigint
      from ${series}`.execute(db);
  }
  const changes = sql`'{"pendo_last_visit": [null, "2026-11-01"], "pendo_days_active_180d": [null, "12"]}'::jsonb`;
  for (const [run, among] of [
    [largeRun, sql`true`],
    [latestRun, sql`n % 10 = 0 or n % 2000 = 7`],
  ] as const) {
    const outcome = sql`case when ${run} = ${latestRun} and n % 2000 = 7 then 'rejected' else 'written' end`;
    const reason = sql`case when ${run} = ${latestRun} and n % 2000 = 7 then '{"code": "INVALID_EMAIL", "message": "HubSpot refuses the row."}'::jsonb end`;
    for (const leg of ['pull', 'push'] as const) {
      const [source, partner] = leg === 'pull' ? [sql`n::text`, pendoId] : [pendoId, sql`n::text`];
      await sql`
        insert into outcomes (tenant_id, object, leg, giver_id, run_id, outcome, partner_id, reason)
        select ${tenant}, 'visitor', ${leg}, ${source}, ${run}::bigint, ${outcome}, ${partner}, ${reason}
        from ${series} where ${among}`.execute(db);
    }
    await sql`
      insert into deliveries (tenant_id, run_id, leg, seq, kind, hubspot_id, pendo_id, changes, state)
      select ${tenant}, ${run}::bigint, 'push', n, 'update', n, ${pendoId}, ${changes},
             case when ${outcome} = 'rejected' then 'rejected' else 'accepted' end
      from ${series} where ${among}`.execute(db);
  }
  const middle = Math.ceil(records / 2);
  return {
    tenant,
    largeRun,
    latestRun,
    hubspotId: String(middle),
    pendoId: `user${String(middle).padStart(8, '0')}@example.com`,
  };
}
