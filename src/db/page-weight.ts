/** Pages that are bounded by what they weigh, not by their rows alone: one row can be a thousand times another. */
import { type RawBuilder, sql } from 'kysely';

/** Of JSON text. In memory a page is some five times that. */
export const pageBytes = 1024 * 1024;
/** Longest value that is shown whole, in bytes of JSON (`cut_values`). */
export const longestShown = 4000;

/** Columns that come with each row of `firstByWeight`. */
export interface Weighed {
  /** Rows that there were before the weight was looked at. */
  fetched: string;
}

export interface Weighing {
  /** Of the row `r`, in bytes. */
  weight: RawBuilder<unknown>;
  /** Of the row `r`: the order of the page, which `rows` has as well. */
  order: RawBuilder<unknown>;
}

/** As many of `rows` as weigh one page together, and at least one. */
export function firstByWeight<T>(rows: RawBuilder<unknown>, { weight, order }: Weighing): RawBuilder<T & Weighed> {
  return sql<T & Weighed>`
    select * from (
      select w.*, count(*) over ()::text as fetched, row_number() over (order by ${order}) as position,
             sum(w.weight) over (order by ${order} rows unbounded preceding) as total
      from (select r.*, ${weight} as weight from (${rows}) r) w
    ) page
    where position = 1 or total <= ${pageBytes}
    order by position`;
}

/** Whether there is more than what a page of at most `limit` rows shows. */
export function hasMore(rows: readonly Weighed[], limit: number): boolean {
  const fetched = Number(rows[0]?.fetched ?? 0);
  return rows.length < fetched || fetched >= limit;
}
