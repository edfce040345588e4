/** Nothing is written to an account that is known to work in another way than the figures and pages rest on. */
import { askAll, disprovedFor, dueAt, neededFor } from '../../assumptions/ask.ts';
import type { Need } from '../../assumptions/types.ts';
import { keepAnswers, readAnswers } from '../../db/answers.ts';
import type { Vendor } from '../../db/schema.ts';
import type { EngineDeps } from '../deps.ts';
import { Blocked, type Step } from '../step/step.ts';
import type { RunRef } from '../types.ts';

const vendors: readonly Vendor[] = ['pendo', 'hubspot'];

/**
 * Asks what is due, and keeps the answers. A dry run asks nothing.
 * @returns ids of what is not so and for which there is another way
 * @throws Blocked `ASSUMPTION_DISPROVED`
 */
export async function requireAssumptions(deps: EngineDeps, step: Step, ref: RunRef): Promise<string[]> {
  const { hubspot, pendo, pendoSettings } = await step.vendors();
  const { activity } = pendoSettings;
  const needs: Need[] = [{ object: ref.object, config: step.run.config, activity }];
  const now = deps.clock();
  const before = await step.read((tx) => readAnswers(tx, ref.tenantId));
  const otherWays: string[] = [];
  for (const vendor of vendors) {
    const due = step.run.dry_run ? [] : dueAt(now, neededFor(vendor, needs), before[vendor]);
    const asked = await askAll(due, needs, { hubspot, pendo, zone: pendoSettings.zone, now });
    if (Object.keys(asked).length > 0) await step.write((tx) => keepAnswers(tx, ref.tenantId, vendor, asked));
    const known = { ...before[vendor], ...asked };
    otherWays.push(...disprovedFor(needs, known, 'otherWay').map(({ id }) => id));
    const [wrong] = disprovedFor(needs, known, 'stop');
    if (wrong === undefined || step.run.dry_run) continue;
    throw new Blocked({
      code: 'ASSUMPTION_DISPROVED',
      message: `This account works in another way than Crosswalk takes for granted: "${wrong.assumed}" is not so. ${wrong.matters} Nothing was written.`,
      fix: `${wrong.fix} Then resume the sync; \`crosswalk verify\` shows what the account answered.`,
      vendor,
    });
  }
  return otherWays;
}
