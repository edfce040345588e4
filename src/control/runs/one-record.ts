/**
 * Delivering one record now, without waiting for the next run of its sync. It is a run like any other, of scope `record`: it
 * reads that record on both sides, settles it under the same guards, and delivers. Every other record, and what later runs
 * build on, stays as it was.
 */
import type { Run } from '../../db/runs/index.ts';
import type { SyncObject } from '../../sync/config.ts';
import { storedId } from '../../sync/stored-id.ts';
import type { Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';
import { recordForgotten, requireReadablePendoId } from '../evidence/readable-record.ts';
import { explainRecord } from '../evidence/record.ts';
import type { Side } from '../evidence/record-match.ts';
import { queueRun } from './start.ts';

/**
 * @throws what `queueRun` throws, and `RECORD_FORGOTTEN`, `ID_NOT_READABLE`, `RUN_ACTIVE`, `RUN_HELD`, `FULL_RUN_NEEDED`.
 */
export async function deliverRecord(
  control: Control,
  caller: Caller,
  tenantId: string,
  object: SyncObject,
  side: Side,
  typed: string,
): Promise<Run> {
  await inTenant(control, caller, 'operate', tenantId, async () => undefined);
  const known = await explainRecord(control, caller, tenantId, object, side, typed);
  if (known.forgotten) throw recordForgotten('read or written');
  const { id } = known;
  if (side === 'pendo') requireReadablePendoId(id, 'Start a full run: it reads this record among the others.');
  const record = { side, id: side === 'pendo' ? storedId(id) : id };
  const { run } = await queueRun(control, caller, { tenantId, object, trigger: 'manual', record });
  return run;
}
