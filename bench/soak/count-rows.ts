/** Rows of every table, counted exactly: only for databases that are small. */
import pg from 'pg';

/** @param databaseUrl with the owner's rights. @returns by `rows.<table>` */
export async function countRows(databaseUrl: string): Promise<Record<string, number>> {
  const owner = new pg.Client({ connectionString: databaseUrl });
  await owner.connect();
  try {
    const { rows: tables } = await owner.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public' order by 1`,
    );
    const counts = tables.map(({ name }) => `select '${name}' as name, count(*)::int as n from "${name}"`);
    const { rows } = await owner.query<{ name: string; n: number }>(counts.join(' union all '));
    return Object.fromEntries(rows.map(({ name, n }) => [`rows.${name}`, n]));
  } finally {
    await owner.end();
  }
}
