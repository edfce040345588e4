/** A record that a search came up with. */
import type { SyncObject } from '../../sync/config.ts';

/** By what a record was found. A look-alike's id or key is not what was typed, and looks the same or differs in case. */
export const foundBy = ['id', 'key', 'additionalEmail', 'lookAlike', 'name'] as const;

export interface FoundRecord {
  object: SyncObject;
  side: 'hubspot' | 'pendo';
  id: string;
  /** Its join value. */
  key: string | null;
  outcome: string | null;
  found: (typeof foundBy)[number];
}
