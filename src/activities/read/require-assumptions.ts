/** Nothing is written to an account that is known to work in another way than the figures and pages rest on. */
import { askAll, disprovedFor, dueAt, neededFor } from '../../assumptions/ask.ts';
import type { Need } from '../../assumptions/types.ts';
import { toJsonb } from '../../db/jsonb.ts';
import type { Vendor } from '../../db/schema.ts';
import type { Answers } from '../../sync/verdicts.ts';
import type { EngineDeps } from '../deps.ts';
import { Blocked, type Step } from '../step/step.ts';
import type { RunRef } from '../types.ts';

const vendors: readonly Vendor[] = ['pendo', 'hubspot'];

/** Asks what is due, and keeps the answers. @throws Blocked `ASSUMPTION_DISPROVED` */
export async function requireAssumptions(deps: EngineDeps, step: Step, ref: RunRef): Promise<void> {
  const needs: Need[] = [{ object: ref.object, config: step.run.config }];
  const { hubspot, pendo, pendoSettings } = await step.vendors();
  const now = deps.clock();
  for (const vendor of vendors) {
    const known = await readAnswers(step, ref, vendor);
    const due = dueAt(now, neededFor(vendor, needs), known);
    const asked = await askAll(due, needs, { hubspot, pendo, context: { zone: pendoSettings.zone, now } });
    if (Object.keys(asked).length > 0) await keepAnswers(step, ref, vendor, { ...known, ...asked });
    const [wrong] = disprovedFor(needs, { ...known, ...asked });
    if (wrong === undefined) continue;
    throw new Blocked({
      code: 'ASSUMPTION_DISPROVED',
      message: `This account works in another way than Crosswalk takes for granted: "${wrong.assumed}" is not so. ${wrong.matters} Nothing was written.`,
      fix: `${wrong.fix} Then resume the sync; \`crosswalk verify\` shows what the account answered.`,
      vendor,
    });
  }
}

async function readAnswers(step: Step, { tenantId }: RunRef, vendor: Vendor): Promise<Answers> {
  const row = await step.read((tx) =>
    tx
      .selectFrom('connections')
      .select('answers')
      .where('tenant_id', '=', tenantId)
      .where('vendor', '=', vendor)
      .executeTakeFirst(),
  );
  return row?.answers ?? {};
}

async function keepAnswers(step: Step, { tenantId }: RunRef, vendor: Vendor, answers: Answers): Promise<void> {
  await step.write((tx) =>
    tx
      .updateTable('connections')
      .set({ answers: toJsonb(answers) })
      .where('tenant_id', '=', tenantId)
      .where('vendor', '=', vendor)
      .execute(),
  );
}
