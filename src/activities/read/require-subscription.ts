/** A Pendo key keeps working when it is moved to another subscription, where the same ids are other people and companies. */
import { toJsonb } from '../../db/jsonb.ts';
import { type Listed, recognise } from '../../pendo/index.ts';
import type { ItemNames } from '../../sync/pendo-items.ts';
import { isKnownBetter } from '../../sync/subscription.ts';
import { Blocked, type Step } from '../step/step.ts';

/**
 * @param names of items that the run has read already
 * @throws Blocked `SUBSCRIPTION_CHANGED`
 */
export async function requireSubscription(step: Step, tenantId: string, names: ItemNames = {}): Promise<void> {
  const { pendo } = await step.vendors();
  const row = await step.read((tx) =>
    tx
      .selectFrom('connections')
      .select('marks')
      .where('tenant_id', '=', tenantId)
      .where('vendor', '=', 'pendo')
      .executeTakeFirst(),
  );
  if (row === undefined) return;
  const recognised = await recognise(pendo, row.marks, listedOf(names));
  if (recognised.kinship === 'another') {
    throw new Blocked({
      code: 'SUBSCRIPTION_CHANGED',
      message:
        'The Pendo key is not of the subscription that it was stored for: they have no guide, page, feature or track type in common.',
      fix: 'Connect a key of the subscription that this tenant had, or connect this one again and confirm with `allowSubscriptionSwap: true`. The sync then resumes by itself.',
      vendor: 'pendo',
    });
  }
  if (!isKnownBetter(row.marks, recognised)) return;
  await step.write((tx) =>
    tx
      .updateTable('connections')
      .set({ marks: toJsonb(recognised.marks) })
      .where('tenant_id', '=', tenantId)
      .where('vendor', '=', 'pendo')
      .execute(),
  );
}

function listedOf({ page, feature, trackType }: ItemNames): Listed {
  return {
    ...(page && { pages: page.keys() }),
    ...(feature && { features: feature.keys() }),
    ...(trackType && { trackTypes: trackType.keys() }),
  };
}
