/** What the work of a step throws to end it, apart from a vendor's errors. */
import type { Reason } from '../../db/schema.ts';

/** A step meets something that only a person can fix. */
export class Blocked extends Error {
  readonly reason: Reason;

  constructor(reason: Reason) {
    super(reason.code);
    this.name = 'Blocked';
    this.reason = reason;
  }
}

/** The time box is over in the middle of something; what was done of it is durable. */
export class HandOver extends Error {}
