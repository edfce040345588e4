import type { CrmType } from '../../hubspot/index.ts';
import type { SyncObject } from '../../sync/config.ts';

/** HubSpot's name for the other half of an object. */
export function crmTypeOf(object: SyncObject): CrmType {
  return object === 'visitor' ? 'contacts' : 'companies';
}
