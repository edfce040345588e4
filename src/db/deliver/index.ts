export { recordAnswer } from './answer.ts';
export { type NotCreatedDelivery, noteAsked, noteFiledElsewhere, recordNotCreated } from './creations.ts';
export { nextOwed } from './owed.ts';
export type { AcceptedDelivery, DeliveryScope, OwedRow, RejectedDelivery, WithheldDelivery } from './types.ts';
export { recordWithheld } from './withheld.ts';
