/** Visitors that are nobody to us. */

/** Pendo names visitors that it does not know so; `identified` leaves them out too, and this makes sure. */
export function isAnonymous(visitorId: string): boolean {
  return visitorId.startsWith('_PENDO_T_');
}

export function isDoNotProcess(flag: unknown): boolean {
  return flag === true || flag === 'true';
}
