/** Notes for each sync how far apart its runs are by its schedule: alerts about silence go by it. */
import { sql } from 'kysely';
import type { Database } from '../db/index.ts';
import { gapHours } from '../sync/cron-days.ts';

/** Also for what was stored by an earlier version: many syncs share few expressions. */
export async function noteGaps(db: Database): Promise<void> {
  await db.platform(async (tx) => {
    const { rows } = await sql<{ cron: string; gaps: (number | null)[] }>`
      select config #>> '{schedule,cron}' as cron, array_agg(distinct gap_hours) as gaps
      from syncs where state <> 'draft' group by 1`.execute(tx);
    for (const { cron, gaps } of rows) {
      const gap = gapHours(cron, Date.now());
      if (gaps.every((known) => known === gap)) continue;
      await sql`
        update syncs set gap_hours = ${gap}
        where config #>> '{schedule,cron}' = ${cron} and gap_hours is distinct from ${gap}`.execute(tx);
    }
  });
}
