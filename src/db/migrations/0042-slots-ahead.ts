/**
 * Slots that lie a little ahead: a process that is late for every slot, because its machine is busy, asks for later ones, and so comes
 * in time for them. The functions of the release before stay, and are the same with nothing ahead.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // As `budget_acquire` in 0002, with no place earlier than p_ahead ms from now.
  await sql`
    create function budget_acquire(
      p_bucket text, p_quota int, p_fixed boolean, p_window int, p_margin int, p_want int, p_horizon int, p_day text, p_ahead int,
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
        places := array_fill(now_ms + p_ahead, array[p_want]);
        used := array_fill(0, array[p_want]);
        return;
      end if;
      kept := array(select g from unnest(b.grants) g where g > now_ms - 2 * p_window order by g);
      for i in 1 .. least(p_want, b.quota) loop
        place := greatest(
          now_ms + p_ahead, b.blocked_until, day_block, kept[cardinality(kept)],
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

  await sql`
    create or replace function budget_acquire(
      p_bucket text, p_quota int, p_fixed boolean, p_window int, p_margin int, p_want int, p_horizon int, p_day text,
      out now_ms bigint, out places bigint[], out used int[], out quota int, out refused_until bigint, out day_over boolean
    ) language sql as $$
      select * from budget_acquire(p_bucket, p_quota, p_fixed, p_window, p_margin, p_want, p_horizon, p_day, 0)
    $$`.execute(db);

  // A place that was missed moves to p_ahead ms from now. `whole`: with all of the margin to the places given out since, else with half
  // of it. No place: these leave no room, and the old one is lost.
  await sql`
    create function budget_postpone(p_bucket text, p_from bigint, p_ahead int, out place bigint, out whole boolean)
    language plpgsql as $$
    declare
      b budgets;
      lost int;
      later bigint;
      nearest bigint;
      moved bigint[];
    begin
      perform set_config('synchronous_commit', 'off', true);
      select * into b from budgets where bucket = p_bucket for update;
      lost := array_position(b.grants, p_from);
      if lost is null then return; end if;
      later := budget_now() + p_ahead;
      moved := array(
        select g from unnest(b.grants[:lost - 1] || b.grants[lost + 1:] || later) g order by g);
      for i in lost + b.quota .. cardinality(moved) loop
        if moved[i] > later then nearest := least(nearest, moved[i] - moved[i - b.quota]); end if;
      end loop;
      if nearest < b.window_ms + b.margin_ms / 2 then return; end if;
      update budgets set grants = moved where bucket = p_bucket;
      place := later;
      whole := coalesce(nearest >= b.window_ms + b.margin_ms, true);
    end $$`.execute(db);
}
