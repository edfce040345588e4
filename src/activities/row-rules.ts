/** What the readers need of a run: its frozen plan, and who is forgotten. */
import type { Tx } from '../db/index.ts';
import type { Run } from '../db/runs/index.ts';
import { type MirrorRow, pendoRow, type RowRules } from '../sync/mirror-row.ts';
import type { Plan } from '../sync/types.ts';
import type { EngineDeps } from './deps.ts';
import type { RunRef } from './types.ts';

export function rulesOf(run: Run): RowRules {
  const plan = planOf(run);
  return {
    plan,
    config: run.config,
    // A dry run creates nothing; what a real run would create is empty, not unknown.
    notYetCreated: new Set(run.dry_run ? plan.create.hubspot.map((definition) => definition.property) : []),
  };
}

export function planOf(run: Run): Plan {
  if (run.plan === null) throw new Error('the run has no plan yet');
  return run.plan;
}

/** Tells whether an id or a join value belongs to somebody forgotten. */
export type Forgotten = (kind: 'hubspot' | 'key', text: string) => boolean;

/** What `forgottenBy` gives where nobody is. */
export const nobody: Forgotten = () => false;

export async function forgottenBy(deps: EngineDeps, ref: RunRef, tx: Tx): Promise<Forgotten> {
  const hash = await deps.openSuppression(tx, ref.tenantId);
  if (hash === undefined) return nobody;
  const rows = await tx
    .selectFrom('suppressions')
    .select('hash')
    .where('tenant_id', '=', ref.tenantId)
    .where('object', '=', ref.object)
    .execute();
  if (rows.length === 0) return nobody;
  const hashes = new Set(rows.map((row) => row.hash.toString('hex')));
  return (kind, text) => hashes.has(hash(`${kind}:${text}`).toString('hex'));
}

/** The mirror's row of a record of Pendo's; undefined: it is somebody forgotten. */
export function pendoRowUnlessForgotten(
  record: Parameters<typeof pendoRow>[0],
  rules: RowRules,
  forgotten: Forgotten,
): MirrorRow | undefined {
  if (forgotten('key', record.id)) return undefined;
  const row = pendoRow(record, rules);
  // With folded keys, another spelling of a forgotten name is the same person.
  const known = row.matchKey !== null && row.matchKey !== record.id && forgotten('key', row.matchKey);
  return known ? undefined : row;
}
