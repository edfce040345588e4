/** Who a row of Pendo's is about, and who is nobody to us. */
import { unreadable } from '../../egress/converse.ts';
import type { pipelines } from '../../pendo/index.ts';

/** Pendo names visitors that it does not know so; `identified` leaves them out too, and this makes sure. */
export function isAnonymous(visitorId: string): boolean {
  return visitorId.startsWith('_PENDO_T_');
}

/** An id in a row of Pendo's; undefined: the row names nobody. */
export function recordIdOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
}

/** @throws `VendorError`: reading cannot continue behind a record that has no id. */
export function requireId(value: unknown): string {
  const id = recordIdOf(value);
  if (id === undefined) throw unreadable('pendo', 'A record has no id.');
  return id;
}

/** Whether the rows of a visitor id are left out of everything. */
export type Excluded = (visitorId: string) => boolean;

/** The ids that a page is about. */
export interface PageIds extends pipelines.IdRange {
  /** Place of each record in its page. What Pendo answers of others is passed over. */
  places: ReadonlyMap<string, number>;
}
