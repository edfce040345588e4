/** How many mappings one tenant can have in both of its syncs: each is a column of work in every run. */
import type { Tx } from '../../db/index.ts';
import type { SyncConfig } from '../../sync/config.ts';
import type { SyncRef } from '../../sync/refs.ts';
import type { Control } from '../control.ts';
import { quotaMet } from '../quota.ts';

interface Change extends SyncRef {
  config: SyncConfig;
  standing: { config: SyncConfig } | undefined;
}

const mappingsOf = ({ pull, push, events = [] }: SyncConfig): number => pull.length + push.length + events.length;

/** What was there before the bound may stay, and may become less. @throws `MAPPING_QUOTA` */
export async function requireRoomForMappings(
  tx: Tx,
  { quotas, clock }: Pick<Control, 'quotas' | 'clock'>,
  { tenantId, object, config, standing }: Change,
): Promise<void> {
  const limit = quotas?.mappings;
  if (limit === undefined) return;
  const own = mappingsOf(config);
  if (standing !== undefined && own <= mappingsOf(standing.config)) return;
  const others = await tx
    .selectFrom('syncs')
    .select('config')
    .where('tenant_id', '=', tenantId)
    .where('object', '!=', object)
    .execute();
  const all = others.reduce((sum, other) => sum + mappingsOf(other.config), own);
  if (all <= limit) return;
  throw quotaMet(
    {
      code: 'MAPPING_QUOTA',
      message: `The syncs of this tenant would have ${all} mappings together, and may have ${limit}.`,
      fix: 'Leave out mappings that nobody needs, or ask the operator to raise CROSSWALK_MAX_MAPPINGS.',
      limit,
      freeAt: null,
    },
    clock(),
  );
}
