/** The configuration of a tenant's two syncs. */
import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import type { SyncConfig, SyncObject } from '../sync/config.ts';
import { audit } from './audit.ts';
import type { Caller } from './caller.ts';
import { afterCommit, type Control, inTenant } from './control.ts';
import { invalid, notFound } from './errors.ts';
import { type Definitions, mappingProblems, readDefinitions } from './mapping-check.ts';
import type { Sync } from './runs.ts';
import { scheduleProblem } from './schedule-check.ts';

export function listSyncs(control: Control, caller: Caller, tenantId: string): Promise<Sync[]> {
  return inTenant(control, caller, 'read', tenantId, (tx) =>
    tx.selectFrom('syncs').selectAll().where('tenant_id', '=', tenantId).orderBy('object', 'desc').execute(),
  );
}

export function getSync(control: Control, caller: Caller, tenantId: string, object: SyncObject): Promise<Sync> {
  return inTenant(control, caller, 'read', tenantId, async (tx) => {
    const sync = await findSync(tx, tenantId, object);
    if (sync === undefined) throw notFound('sync');
    return sync;
  });
}

/**
 * Sets the configuration. Checked against both vendors' definitions where they are connected, so a mapping with an
 * unknown property is refused here; before that, only for itself. An active run keeps the one it opened with.
 * @throws `MAPPING_INVALID` with one field problem per mistake.
 */
export async function putSync(
  control: Control,
  caller: Caller,
  tenantId: string,
  object: SyncObject,
  config: SyncConfig,
): Promise<{ sync: Sync; changed: boolean }> {
  const before = await inTenant(control, caller, 'operate', tenantId, (tx) => findSync(tx, tenantId, object));
  const same = before !== undefined && sameConfig(before.config, config);
  if (same) return { sync: before, changed: false };
  const definitions = await readDefinitions(control, tenantId, object, { apps: config.apps !== null });
  requireSound(object, config, definitions);
  const written = await inTenant(
    control,
    caller,
    'operate',
    tenantId,
    async (tx) => {
      const standing = await findSync(tx, tenantId, object, true);
      const sync = await tx
        .insertInto('syncs')
        .values({ tenant_id: tenantId, object, config: JSON.stringify(config), reason: null })
        .onConflict((on) =>
          on.columns(['tenant_id', 'object']).doUpdateSet({
            config: JSON.stringify(config),
            version: sql`syncs.version + 1`,
            updated_at: sql`now()`,
          }),
        )
        .returningAll()
        .executeTakeFirstOrThrow();
      await audit(tx, caller, {
        tenantId,
        action: 'sync.configured',
        subject: `sync:${object}`,
        before: standing?.config,
        after: config,
      });
      return sync;
    },
    { lock: 'share' },
  );
  await afterCommit(control, 'schedule', () => control.schedules.reconcile(tenantId, object));
  return { sync: written, changed: true };
}

/** @throws `MAPPING_INVALID`. */
export function requireSound(object: SyncObject, config: SyncConfig, definitions: Definitions): void {
  const problems = [...mappingProblems(object, config, definitions), ...scheduleProblem(config.schedule)];
  if (problems.length > 0) {
    throw invalid(
      'MAPPING_INVALID',
      `The configuration has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}: ${problems[0]?.message}`,
      problems[0]?.fix ?? 'Correct the fields named here. Nothing was changed.',
      problems,
    );
  }
}

export async function findSync(tx: Tx, tenantId: string, object: SyncObject, lock = false): Promise<Sync | undefined> {
  const query = tx.selectFrom('syncs').selectAll().where('tenant_id', '=', tenantId).where('object', '=', object);
  return (lock ? query.forUpdate() : query).executeTakeFirst();
}

/** jsonb does not keep the order of keys. */
function sameConfig(one: unknown, other: unknown): boolean {
  return ordered(one) === ordered(other);
}

function ordered(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
