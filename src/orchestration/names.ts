/** Names in Temporal. None of them says anything about a person. */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { SyncObject } from '../sync/config.ts';

/** Of a run's workflow, where it is the lock, and of a sync's schedule. */
export function syncId(tenantId: string, object: SyncObject): string {
  return `sync/${tenantId}/${object}`;
}

export const searchAttributes = {
  tenant: defineSearchAttributeKey('CrosswalkTenant', SearchAttributeType.KEYWORD),
  object: defineSearchAttributeKey('CrosswalkObject', SearchAttributeType.KEYWORD),
  trigger: defineSearchAttributeKey('CrosswalkTrigger', SearchAttributeType.KEYWORD),
  state: defineSearchAttributeKey('CrosswalkState', SearchAttributeType.KEYWORD),
};

export const searchAttributeNames = Object.values(searchAttributes).map((key) => key.name);
