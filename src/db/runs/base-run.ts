/**
 * The run that later ones build on (docs/semantics.md, section 5): the last full run that was not dry and closed well, with no
 * leg held. One that was held and approved is among them, or every run after it would be held again.
 */
import { sql } from 'kysely';
import type { SyncConfig, SyncObject } from '../../sync/config.ts';
import type { Plan } from '../../sync/types.ts';
import type { Tx } from '../database.ts';
import type { RunCounts } from '../schema.ts';

export interface BaseRun {
  id: string;
  asOf: Date;
  epoch: number;
  config: SyncConfig;
  configVersion: number;
  /** Null where the values of the sync, and with them the mirror, were erased since. */
  plan: Plan | null;
  counts: RunCounts;
}

interface BaseScope {
  tenantId: string;
  object: SyncObject;
  /** Runs before this one are looked at. */
  runId: string;
}

export async function findBaseRun(tx: Tx, { tenantId, object, runId }: BaseScope): Promise<BaseRun | null> {
  const row = await tx
    .selectFrom('runs')
    .select(['id', 'as_of', 'epoch', 'config', 'config_version', 'plan', 'counts'])
    .where('tenant_id', '=', tenantId)
    .where('object', '=', object)
    .where('dry_run', '=', false)
    .where('scope', '=', 'full')
    .where('state', 'in', ['succeeded', 'degraded'])
    .where('id', '<', runId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined || row.as_of === null) return null;
  const { id, as_of: asOf, epoch, config, config_version: configVersion, plan, counts } = row;
  return { id, asOf, epoch, config, configVersion, plan, counts };
}

/**
 * The base run, while the mirror stands on it: no full run after it, dry ones included, has begun to read. A run has its plan
 * before it reads, so one with a plan counts as one that has begun, whichever version of Crosswalk ran it and however it ended.
 */
export async function findMirrorBase(tx: Tx, scope: BaseScope): Promise<BaseRun | null> {
  const base = await findBaseRun(tx, scope);
  if (base === null || base.plan === null) return null;
  const { rows } = await sql<{ shaken: boolean }>`
    select exists (
      select from runs
      where tenant_id = ${scope.tenantId} and object = ${scope.object} and scope = 'full' and plan is not null
        and id > ${base.id}::bigint and id < ${scope.runId}::bigint) as shaken`.execute(tx);
  return rows[0]?.shaken ? null : base;
}
