/**
 * Where Pendo compares ids in another order than it sorts them, nothing can be cut by ids: a side is read as one page, up to a size
 * that memory bears.
 */
import { idOrder } from '../../assumptions/pendo/order.ts';
import type { Learnt } from '../../db/schema.ts';
import { Blocked } from '../step/interrupts.ts';
import { goesAnotherWay } from './other-ways.ts';

/** Records, and characters of text in them. */
export const mostUncut = 50_000;
export const heaviestUncut = 128 * 1024 * 1024;

export const isUncut = (known: Readonly<Learnt>): boolean => goesAnotherWay(known, idOrder);

/** More than one page would be needed. */
export function tooLargeUncut(): Blocked {
  return new Blocked({
    code: 'ASSUMPTION_DISPROVED',
    message: `This account works in another way than Crosswalk takes for granted: "${idOrder.assumed}" is not so, and it has more records than can be read at once (${mostUncut}). Nothing was written.`,
    fix: 'Report this with what `crosswalk verify` shows. If Pendo has changed it, resume the sync.',
    vendor: 'pendo',
  });
}
