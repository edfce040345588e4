/** What is owed, and what became of it. */
import type { RunRef } from '../../sync/refs.ts';
import type { Leg } from '../schema.ts';

export interface OwedRow {
  seq: string;
  kind: 'update' | 'create' | 'clear';
  hubspotId: string | null;
  pendoId: string | null;
  /** For what is created: the join value as the source has it. */
  key: string | null;
  /** For what is created: an attempt before this one found nobody under the key, and may have created it. */
  asked: boolean;
  /** field -> [held, wanted] */
  changes: Record<string, [unknown, string | null]>;
  /** Characters of `changes` as JSON. */
  weight: number;
  /** Fields that were owed and are not in `changes` any more: dropped for the run. */
  leftOut?: string[];
}

export interface DeliveryScope extends RunRef {
  leg: Leg;
  /** Pull: the field of Pendo, with its group, that a property goes to. What was sent is remembered of that one. */
  targets?: Readonly<Record<string, string>> | undefined;
  /** The tenant was changed since it was sent: nothing of it is remembered beyond this run. */
  forgets?: boolean | undefined;
}

export interface AcceptedDelivery {
  seq: string;
  kind: OwedRow['kind'];
  /** Values that the vendor took, canonical; a field that was dropped for the run is not in it. */
  fields: Record<string, string | null>;
  /** The target's id where it was created only now. */
  createdId?: string | undefined;
  leftOut?: string[] | undefined;
}

export interface RejectedDelivery {
  seq: string;
  code: string;
  property?: string | undefined;
  /** Our words, which hold no values. */
  message: string;
  /** The vendor's own, where it said anything. */
  vendorText?: string | undefined;
}

/** Values of a row that cannot be written at all, as was found out. */
export interface WithheldDelivery {
  seq: string;
  fields: string[];
}
