/**
 * The four-eyes rule: whoever changed the configuration since it last ran well, or started the run, may not approve it. A
 * person is a key here; whoever may make keys can make a second one, and the audit trail shows it.
 */
import type { Tx } from '../../db/index.ts';
import { findBaseRun } from '../../db/runs/base-run.ts';
import type { Run } from '../../db/runs/index.ts';
import type { Caller } from '../caller.ts';
import type { Control, Tenant } from '../control.ts';
import { ControlError } from '../errors.ts';

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
  caller: Caller,
  tenant: Tenant,
  run: Run,
): Promise<Approval> {
  const base = await findBaseRun(tx, { tenantId: run.tenant_id, object: run.object, runId: run.id });
  const baseline = base === null ? null : { run: base.id, at: base.asOf };
  if (!control.fourEyes && !tenant.four_eyes) return { fourEyes: false, refusal: null, baseline };
  const changed = await tx
    .selectFrom('sync_versions')
    .select('version')
    .where('tenant_id', '=', run.tenant_id)
    .where('object', '=', run.object)
    .where('version', '>', base?.configVersion ?? 0)
    .where('version', '<=', run.config_version)
    .where('changed_by', '=', caller.actor)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return { fourEyes: true, refusal: refusalFor(caller, run, changed?.version), baseline };
}

function refusalFor({ actor }: Caller, run: Run, version: number | undefined): ControlError | null {
  const what =
    version !== undefined
      ? `your key made version ${version} of its configuration`
      : run.requested_by === actor
        ? 'your key started it'
        : undefined;
  if (what === undefined) return null;
  return new ControlError({
    kind: 'forbidden',
    code: 'FOUR_EYES',
    message: `Somebody else must approve this run: the four-eyes rule is on, and ${what}.`,
    fix: 'Ask somebody with another key and the scope "operate" to review it. You may cancel it.',
  });
}
