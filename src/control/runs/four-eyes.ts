/**
 * The four-eyes rule: whoever changed the configuration since it last ran well, or started the run, may not approve it. A
 * person is a key here, with the keys that made it and those that it made. Who hands out two keys to themselves, or switches the
 * rule off, gets around it, and the audit trail shows it.
 */
import type { Tx } from '../../db/index.ts';
import { findBaseRun } from '../../db/runs/base-run.ts';
import type { Run } from '../../db/runs/index.ts';
import type { Control, Tenant } from '../control.ts';
import { ControlError } from '../errors.ts';
import type { Kin } from '../keys/kin.ts';

export interface Baseline {
  run: string;
  at: Date;
}

export interface Approval {
  fourEyes: boolean;
  /** Why this caller may not approve the run; null: they may, as far as the four-eyes rule is concerned. */
  refusal: ControlError | null;
  /** The last full run that ended well, which the guards compare with. */
  baseline: Baseline | null;
}

export async function approvalOf(
  tx: Tx,
  control: Pick<Control, 'fourEyes'>,
  kin: Kin,
  tenant: Tenant,
  run: Run,
): Promise<Approval> {
  const base = await findBaseRun(tx, { tenantId: run.tenant_id, object: run.object, runId: run.id });
  const baseline = base === null ? null : { run: base.id, at: base.asOf };
  if (!control.fourEyes && !tenant.four_eyes) return { fourEyes: false, refusal: null, baseline };
  const changed = await tx
    .selectFrom('sync_versions')
    .select(['version', 'changed_by'])
    .where('tenant_id', '=', run.tenant_id)
    .where('object', '=', run.object)
    .where('version', '>', base?.configVersion ?? 0)
    .where('version', '<=', run.config_version)
    .where('changed_by', 'in', [...kin.keys()])
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return { fourEyes: true, refusal: refusalFor(kin, run, changed), baseline };
}

const named = { self: 'your key', maker: 'the key that made yours', made: 'a key that yours made' };

function refusalFor(
  kin: Kin,
  run: Run,
  changed: { version: number; changed_by: string | null } | undefined,
): ControlError | null {
  const who = (actor: string | null) => named[kin.get(actor ?? '') ?? 'self'];
  const what =
    changed !== undefined
      ? `${who(changed.changed_by)} made version ${changed.version} of its configuration`
      : kin.has(run.requested_by ?? '')
        ? `${who(run.requested_by)} started it`
        : undefined;
  if (what === undefined) return null;
  return new ControlError({
    kind: 'forbidden',
    code: 'FOUR_EYES',
    message: `Somebody else must approve this run: the four-eyes rule is on, and ${what}.`,
    fix: 'Ask somebody with another key and the scope "operate" to review it; neither key may have been made with the other. You may cancel it.',
  });
}
