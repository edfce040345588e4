/** A run whose configuration names an app that Pendo does not have would write zeros to everybody. */
import { checkApps } from '../../sync/check-apps.ts';
import type { PendoSchema } from '../../sync/types.ts';
import { Blocked, type Step } from '../step/step.ts';

export async function requireApps(step: Step, schema: PendoSchema): Promise<void> {
  const { apps } = step.run.config;
  if (apps === null) return;
  const { pendo } = await step.vendors();
  const [problem] = checkApps(apps, { listed: await pendo.apps(), schema });
  if (problem === undefined) return;
  const { code, message, fix } = problem;
  throw new Blocked({ code, message, fix: `${fix} Then resume the sync.` });
}
