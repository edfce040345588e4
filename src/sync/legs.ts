/** The two sides of a sync, and the two legs between them. */

export type Vendor = 'hubspot' | 'pendo';
export const vendorNames = { hubspot: 'HubSpot', pendo: 'Pendo' } as const satisfies Record<Vendor, string>;

export const legs = ['pull', 'push'] as const;
/** Pull: from HubSpot to Pendo. Push: from Pendo to HubSpot. */
export type Leg = (typeof legs)[number];

const source = { pull: 'hubspot', push: 'pendo' } as const satisfies Record<Leg, Vendor>;
const target = { pull: 'pendo', push: 'hubspot' } as const satisfies Record<Leg, Vendor>;

/** The side that the values of a leg come from. */
export const sourceOf = (leg: Leg): Vendor => source[leg];
/** The side that a leg writes to. */
export const targetOf = (leg: Leg): Vendor => target[leg];
/** The leg that a side is the source of; its records have their outcomes there. */
export const legFrom = (side: Vendor): Leg => (side === 'hubspot' ? 'pull' : 'push');
/** The leg that writes to a side. */
export const legTo = (side: Vendor): Leg => (side === 'hubspot' ? 'push' : 'pull');
