/** The trace that a run belongs to, and how its spans name the run. */
import type { RunRef } from '../activities/types.ts';
import type { Database } from '../db/index.ts';

/** The `traceparent` of a run; null: it is in no trace. */
export type ParentOf = (ref: RunRef) => Promise<string | null>;

export function runAttributes({ tenantId, object, runId }: RunRef) {
  return { 'crosswalk.tenant': tenantId, 'crosswalk.object': object, 'crosswalk.run': runId };
}

/** Runs whose trace this process remembers. */
const mostKnown = 1000;

/** Read from the database. One that is away costs the trace, and nothing else. */
export function createParentOf(db: Database): ParentOf {
  // Of a run it never changes, and each run has some ten activities.
  const known = new Map<string, string | null>();
  return async ({ tenantId, runId }) => {
    const before = known.get(runId);
    if (before !== undefined) return before;
    try {
      const run = await db.tenant(tenantId, (tx) =>
        tx.selectFrom('runs').select('traceparent').where('id', '=', runId).executeTakeFirst(),
      );
      const parent = run?.traceparent ?? null;
      if (known.size >= mostKnown) known.clear();
      known.set(runId, parent);
      return parent;
    } catch {
      return null;
    }
  };
}
