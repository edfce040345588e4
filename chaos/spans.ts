/** From when to when runs went on, as the table of runs has it. */
import pg from 'pg';
import type { SyncObject } from '../src/sync/config.ts';
import type { Finding, RunSpan } from './log-evidence.ts';
import type { ChaosTenant } from './tenants.ts';

export async function readSpans(databaseUrl: string): Promise<Map<string, RunSpan[]>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{
      id: string;
      tenant_id: string;
      object: SyncObject;
      dry_run: boolean;
      scope: 'full' | 'delta';
      state: string;
      held: { leg: 'pull' | 'push' }[];
      approved: ('pull' | 'push')[];
      opened_at: Date | null;
      closed_at: Date | null;
    }>(
      'select id, tenant_id, object, dry_run, scope, state, held, approved, opened_at, closed_at from runs order by id',
    );
    const spans = new Map<string, RunSpan[]>();
    for (const row of rows) {
      if (row.opened_at === null) continue;
      const span: RunSpan = {
        id: row.id,
        object: row.object,
        dryRun: row.dry_run,
        scope: row.scope,
        state: row.state,
        held: [...new Set([...row.held.map(({ leg }) => leg), ...row.approved])],
        approved: row.approved,
        from: row.opened_at.getTime(),
        until: row.closed_at?.getTime() ?? Number.POSITIVE_INFINITY,
      };
      spans.set(row.tenant_id, [...(spans.get(row.tenant_id) ?? []), span]);
    }
    return spans;
  } finally {
    await client.end();
  }
}

/** Dry runs apart: `full succeeded`, `delta cancelled`, … */
export function countStates(spans: ReadonlyMap<string, readonly RunSpan[]>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const span of [...spans.values()].flat()) {
    const what = `${span.dryRun ? 'dry' : span.scope} ${span.state}${span.held.length > 0 ? ', held' : ''}${span.approved.length > 0 ? ' and approved' : ''}`;
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
}

export function findOverlaps(tenant: ChaosTenant, spans: readonly RunSpan[]): Finding[] {
  return spans.flatMap((span, n) =>
    spans
      .slice(n + 1)
      .filter((other) => other.object === span.object && other.from < span.until)
      .map((other) => ({
        what: 'overlap' as const,
        world: tenant.name,
        detail: `runs ${span.id} and ${other.id} of ${span.object} were going on at once`,
      })),
  );
}
