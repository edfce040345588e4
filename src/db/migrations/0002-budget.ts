/**
 * The vendors' limits, shared by every worker. A bucket is one limit of one credential (`src/egress/budget-store.ts` names them).
 *
 * The ten-second limit is a rolling window, so a bucket remembers the instants of its last calls: call n waits for call n − quota
 * plus the window and a margin. Instants may lie ahead: they are places in the queue, given out in order.
 * The functions commit asynchronously: what a crash can lose is a few milliseconds of history.
 */
import { type Kysely, sql } from 'kysely';

// biome-ignore lint/suspicious/noExplicitAny: a migration does not know the tables
export async function up(db: Kysely<any>): Promise<void> {
  await sql`
    create table budgets (
      bucket text primary key,
      quota int not null check (quota > 0),
      window_ms int not null check (window_ms > 0),
      -- Grows with refusals (the way to the vendor differs more than was thought); an hour without makes it forget.
      margin_ms int not null check (margin_ms >= 0),
      -- Epoch ms of the calls granted in the last two windows, ascending; later than now: reserved.
      grants bigint[] not null default '{}',
      -- Epoch ms. The vendor asked for silence until then.
      blocked_until bigint not null default 0,
      -- Refusals in a row, each after the silence that the one before asked for.
      strikes int not null default 0
    ) with (fillfactor = 40)`.execute(db);

  await sql`
    create table budget_leases (
      id bigint generated always as identity primary key,
      bucket text not null,
      expires_at timestamptz not null
    )`.execute(db);
  await sql`create index budget_leases_bucket on budget_leases (bucket)`.execute(db);

  await sql`
    create function budget_now() returns bigint language sql volatile as
    $$ select floor(extract(epoch from clock_timestamp()) * 1000)::bigint $$`.execute(db);

  // Gives up to p_want places, none later than p_horizon from now. p_fixed: the quota is ours to set, not learnt.
  await sql`
    create function budget_acquire(
      p_bucket text, p_quota int, p_fixed boolean, p_window int, p_margin int, p_want int, p_horizon int, p_day text,
      out now_ms bigint, out places bigint[], out used int[], out quota int, out refused_until bigint, out day_over boolean
    ) language plpgsql as $$
    declare
      b budgets;
      kept bigint[];
      place bigint;
      day_block bigint;
      oldest int := 1;
    begin
      perform set_config('synchronous_commit', 'off', true);
      select * into b from budgets where bucket = p_bucket for update;
      if not found then
        insert into budgets (bucket, quota, window_ms, margin_ms) values (p_bucket, p_quota, p_window, p_margin)
          on conflict do nothing;
        select * into b from budgets where bucket = p_bucket for update;
      end if;
      if p_fixed then b.quota := p_quota; end if;
      if b.blocked_until < budget_now() - 3600000 then b.margin_ms := p_margin; end if;
      select blocked_until into day_block from budgets where bucket = p_day;
      now_ms := budget_now();
      quota := b.quota;
      places := '{}';
      used := '{}';
      if b.quota >= 10000 and greatest(b.blocked_until, day_block, 0) <= now_ms then
        -- No vendor limits like that: nothing to keep account of.
        places := array_fill(now_ms, array[p_want]);
        used := array_fill(0, array[p_want]);
        return;
      end if;
      kept := array(select g from unnest(b.grants) g where g > now_ms - 2 * p_window order by g);
      for i in 1 .. least(p_want, b.quota) loop
        place := greatest(
          now_ms, b.blocked_until, day_block, kept[cardinality(kept)],
          kept[cardinality(kept) + 1 - b.quota] + p_window + b.margin_ms);
        if place > now_ms + p_horizon then
          refused_until := place;
          day_over := place = day_block;
          exit;
        end if;
        kept := kept || place;
        places := places || place;
        while kept[oldest] <= place - p_window loop
          oldest := oldest + 1;
        end loop;
        used := used || (cardinality(kept) + 1 - oldest);
      end loop;
      if cardinality(places) > 0 then
        update budgets set grants = kept, quota = b.quota, window_ms = p_window, margin_ms = b.margin_ms
          where bucket = p_bucket;
      end if;
    end $$`.execute(db);

  // A call that is made later than at its place (p_from) moves the place, so that those after it keep their distance.
  // p_to: it was made then, and that is that. Null: it is about to be made, now, unless that is too near to a place given out
  // since; then null comes back, and the old place is lost.
  await sql`
    create function budget_move(p_bucket text, p_from bigint, p_to bigint) returns bigint language plpgsql as $$
    declare
      b budgets;
      place bigint;
      lost int;
      moved bigint[];
    begin
      perform set_config('synchronous_commit', 'off', true);
      select * into b from budgets where bucket = p_bucket for update;
      lost := array_position(b.grants, p_from);
      if lost is null then return null; end if;
      place := coalesce(p_to, budget_now());
      moved := array(
        select g from unnest(b.grants[:lost - 1] || b.grants[lost + 1:] || place) g order by g);
      if p_to is null then
        for i in lost + b.quota .. cardinality(moved) loop
          if moved[i] > place and moved[i] - moved[i - b.quota] < b.window_ms + b.margin_ms / 2 then return null; end if;
        end loop;
      end if;
      update budgets set grants = moved where bucket = p_bucket;
      return place;
    end $$`.execute(db);

  // What a reply's headers say. Calls that the vendor counted and we did not make are entered as if we had made them now.
  await sql`
    create function budget_observe(p_bucket text, p_sent bigint, p_max int, p_remaining int) returns int language plpgsql as $$
    declare
      b budgets;
      ours int;
      others int := 0;
      now_ms bigint;
    begin
      perform set_config('synchronous_commit', 'off', true);
      select * into b from budgets where bucket = p_bucket for update;
      if not found then return 0; end if;
      now_ms := budget_now();
      b.quota := coalesce(p_max, b.quota);
      if p_remaining is not null and b.quota < 10000 then
        -- Half a second more than the window: what we sent just before may have arrived within it.
        select count(*) into ours from unnest(b.grants) g where g > p_sent - b.window_ms - 500 and g <= now_ms;
        others := b.quota - p_remaining - ours;
        if others <= greatest(3, b.quota / 50) then others := 0; end if;
      end if;
      update budgets set quota = b.quota, grants = case when others = 0 then grants else
          array(select g from unnest(grants || array_fill(now_ms, array[others])) g order by g) end
        where bucket = p_bucket;
      return others;
    end $$`.execute(db);

  // The vendor refused a call that was sent at p_sent. Without a time of its own: 1 s, doubled for each refusal in a row.
  await sql`
    create function budget_refused(p_bucket text, p_sent bigint, p_wait int) returns bigint language plpgsql as $$
    declare
      b budgets;
      now_ms bigint;
    begin
      perform set_config('synchronous_commit', 'off', true);
      select * into b from budgets where bucket = p_bucket for update;
      if not found then return null; end if;
      now_ms := budget_now();
      if p_sent >= b.blocked_until then
        b.strikes := case when now_ms - b.blocked_until > 60000 then 1 else least(b.strikes + 1, 10) end;
        b.margin_ms := least(b.margin_ms + b.window_ms / 100, greatest(b.margin_ms, b.window_ms / 20));
        b.blocked_until := now_ms + coalesce(p_wait, least(1000 * 2 ^ (b.strikes - 1), 10000)::int);
      elsif p_wait is not null then
        b.blocked_until := greatest(b.blocked_until, now_ms + p_wait);
      end if;
      update budgets set blocked_until = b.blocked_until, strikes = b.strikes, margin_ms = b.margin_ms where bucket = p_bucket;
      return b.blocked_until;
    end $$`.execute(db);

  // The day's calls are used up: silence until a second after the next midnight in the portal's zone, or
  // for p_wait ms.
  await sql`
    create function budget_day_over(p_bucket text, p_zone text, p_wait int) returns bigint language plpgsql as $$
    declare
      until bigint;
    begin
      until := coalesce(
        budget_now() + p_wait,
        ceil(extract(epoch from
          ((date_trunc('day', clock_timestamp() at time zone p_zone) + interval '1 day') at time zone p_zone)) * 1000)::bigint + 1000);
      insert into budgets (bucket, quota, window_ms, margin_ms, blocked_until) values (p_bucket, 1, 86400000, 0, until)
        on conflict (bucket) do update set blocked_until = excluded.blocked_until;
      return until;
    end $$`.execute(db);

  // A place among at most p_limit calls at once, or null. It frees itself after p_ttl ms, should its holder have died.
  await sql`
    create function budget_lease(p_bucket text, p_limit int, p_ttl int) returns bigint language plpgsql as $$
    declare
      lease bigint;
    begin
      perform set_config('synchronous_commit', 'off', true);
      perform pg_advisory_xact_lock(hashtextextended('budget_leases ' || p_bucket, 0));
      delete from budget_leases where bucket = p_bucket and expires_at < clock_timestamp();
      if (select count(*) from budget_leases where bucket = p_bucket) >= p_limit then return null; end if;
      insert into budget_leases (bucket, expires_at) values (p_bucket, clock_timestamp() + p_ttl * interval '1 ms')
        returning id into lease;
      return lease;
    end $$`.execute(db);
}
