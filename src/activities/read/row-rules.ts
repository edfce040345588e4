/** What the readers need of a run: its frozen plan, and who is forgotten. */
import type { Tx } from '../../db/index.ts';
import type { Run } from '../../db/runs/index.ts';
import type { SyncObject } from '../../sync/config.ts';
import { hubSpotRow, type MirrorRow, pendoRow, type RowRules } from '../../sync/mirror-row.ts';
import { isUnstorableId, storedId } from '../../sync/stored-id.ts';
import { hubspotName, keyNames } from '../../sync/suppressed-names.ts';
import type { CanonDoc, Plan } from '../../sync/types.ts';
import type { EngineDeps } from '../deps.ts';
import type { RunRef } from '../types.ts';

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

/** Whether a record id of HubSpot, or a join value in any spelling, belongs to somebody forgotten. */
export type IsForgotten = (kind: 'hubspot' | 'key', text: string) => boolean;

/** What `forgottenBy` gives where nobody is. */
export const nobody: IsForgotten = () => false;

/** @param object whose people or companies: a run of accounts must leave out the visitors that are forgotten, too */
export async function forgottenBy(
  deps: EngineDeps,
  ref: RunRef,
  tx: Tx,
  object: SyncObject = ref.object,
): Promise<IsForgotten> {
  const hash = await deps.openSuppression(tx, ref.tenantId);
  if (hash === undefined) return nobody;
  const rows = await tx
    .selectFrom('suppressions')
    .select('hash')
    .where('tenant_id', '=', ref.tenantId)
    .where('object', '=', object)
    .execute();
  if (rows.length === 0) return nobody;
  const hashes = new Set(rows.map((row) => row.hash.toString('hex')));
  const known = (name: string): boolean => hashes.has(hash(name).toString('hex'));
  return (kind, text) => (kind === 'hubspot' ? [hubspotName(text)] : keyNames(text)).some(known);
}

/** Who is forgotten among the records of a run, and among the visitors that its figures come from. */
export interface WhoIsForgotten {
  records: IsForgotten;
  visitors: IsForgotten;
}

export async function whoIsForgotten(deps: EngineDeps, ref: RunRef, tx: Tx): Promise<WhoIsForgotten> {
  const records = await forgottenBy(deps, ref, tx);
  return { records, visitors: ref.object === 'visitor' ? records : await forgottenBy(deps, ref, tx, 'visitor') };
}

/** The mirror's row of a record of HubSpot's; undefined: it is somebody forgotten. */
export function hubSpotRowUnlessForgotten(
  record: Parameters<typeof hubSpotRow>[0],
  rules: RowRules,
  forgotten: IsForgotten,
): MirrorRow | undefined {
  if (forgotten('hubspot', record.id)) return undefined;
  const row = hubSpotRow(record, rules);
  if (forgotten === nobody) return row;
  const key = record.properties[rules.plan.joinKey.property];
  const names = row.keyState === 'ok' ? [key, row.matchKey] : [];
  if (names.some((name) => typeof name === 'string' && forgotten('key', name))) return undefined;
  // A record that took in somebody forgotten names them among its additional e-mails.
  const unknown = (alias: string): boolean => !forgotten('key', alias);
  if (row.aliases) row.aliases = row.aliases.filter(unknown);
  if (row.foldedAliases) row.foldedAliases = row.foldedAliases.filter(unknown);
  return row;
}

/** People who ask for a record whose id cannot be stored name it as it is shown to them. */
export function isForgottenPendoId(forgotten: IsForgotten, id: string): boolean {
  return forgotten('key', id) || (isUnstorableId(id) && forgotten('key', storedId(id)));
}

export interface PendoPageRecord {
  id: string;
  excluded: boolean;
  /** Made when it is asked for: a page of ten thousand records with hundreds of fields would not fit into memory at once. */
  read(): { held: Record<string, unknown>; gives: CanonDoc };
}

/** The mirror's row of a record of Pendo's; undefined: it is somebody forgotten. */
export function pendoRowUnlessForgotten(
  record: PendoPageRecord,
  rules: RowRules,
  forgotten: IsForgotten,
): MirrorRow | undefined {
  return isForgottenPendoId(forgotten, record.id) ? undefined : rowOfRecord(record, rules);
}

export function rowOfRecord({ id, excluded, read }: PendoPageRecord, rules: RowRules): MirrorRow {
  return pendoRow({ id, excluded, ...read() }, rules);
}
