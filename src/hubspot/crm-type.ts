/** HubSpot's name for its half of an object. */
import type { SyncObject } from '../sync/config.ts';

export const crmTypeOf = { visitor: 'contacts', account: 'companies' } as const satisfies Record<SyncObject, string>;
