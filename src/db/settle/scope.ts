/** What every step of settling needs to know. Settling is one transaction over temporary tables named `s_…`. */
import { type RawBuilder, sql } from 'kysely';
import type { SyncConfig, SyncObject } from '../../sync/config.ts';
import type { Plan, ValueType } from '../../sync/types.ts';
import type { OnePair } from '../runs/one-record.ts';
import type { Leg, Vendor } from '../schema.ts';

export interface SettleScope {
  tenantId: string;
  object: SyncObject;
  runId: string;
  config: SyncConfig;
  configVersion: number;
  plan: Plan;
  /** Can a value of this type be cleared in Pendo, as far as is known? */
  pendoCanClear: (type: ValueType) => boolean;
  /** Only what was touched was read: see `seenName`. A run of one record is a delta, too. */
  delta: boolean;
  /** Of a run of one record, the pair that is compared and delivered; null: all are. */
  record: OnePair | null;
  dryRun: boolean;
  /** Asked for to try again what was refused or altered. */
  retry: boolean;
  /** Of the mapping. */
  version: number;
  /** When the run opened, epoch ms. */
  opened: number;
  /** When this round of reading began, epoch ms: a value accepted shortly before may not have been readable yet. */
  now: number;
}

/** Whether `id` of a side is among the records that are judged: all, or those of a run of one record. */
export function isJudged({ record }: Pick<SettleScope, 'record'>, side: Vendor, id: RawBuilder<unknown>) {
  if (record === null) return sql<boolean>`true`;
  const own = side === 'hubspot' ? record.hubspotId : record.pendoId;
  if (own === null) return sql<boolean>`false`;
  return side === 'hubspot' ? sql<boolean>`${id} = ${own}::bigint` : sql<boolean>`${id} = ${own}::text`;
}

/** One live (not stopped) field of a leg, as the SQL sees it. Both documents are keyed by the HubSpot property. */
export interface SettleField {
  leg: Leg;
  field: string;
  /** Can the target be emptied? */
  clearable: boolean;
  /** What follows when the source has nothing. Zeros are already in what the source gives. */
  nothing: 'write' | 'keep';
  /** Held, this value counts as nothing: `0`, or `false`. Null: none does. */
  zero: '0' | 'false' | null;
  /** Becoming that counts as a loss. */
  guard_zero: boolean;
}

export function settleFields({ plan, pendoCanClear }: Pick<SettleScope, 'plan' | 'pendoCanClear'>): SettleField[] {
  const pull = plan.pull
    .filter((field) => field.stopped === undefined)
    .map(
      (field): SettleField => ({
        leg: 'pull',
        field: field.property,
        clearable: pendoCanClear(field.valueType),
        nothing: field.onEmpty === 'clear' && pendoCanClear(field.valueType) ? 'write' : 'keep',
        zero: field.valueType === 'number' ? '0' : null,
        guard_zero: field.valueType === 'number',
      }),
    );
  const push = plan.push
    .filter((field) => field.stopped === undefined)
    .map(
      (field): SettleField => ({
        leg: 'push',
        field: field.property,
        clearable: true,
        nothing: field.whenNothing === 'keep' ? 'keep' : 'write',
        zero: field.guardTo === 'emptyOrFalse' ? 'false' : field.hubspotType === 'number' ? '0' : null,
        guard_zero: field.guardTo !== 'empty',
      }),
    );
  return [...pull, ...push];
}
