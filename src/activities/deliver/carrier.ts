/** What a leg writes with, and what came of a batch. */
import type { AcceptedDelivery, NotCreatedDelivery, OwedRow, RejectedDelivery } from '../../db/deliver/index.ts';
import type { DroppedField, Leg } from '../../db/schema.ts';
import type { canaryKinds, Kind } from '../../sync/canaries.ts';
import type { CanonDoc } from '../../sync/types.ts';
import type { Step } from '../step/step.ts';

export interface BatchAnswer {
  accepted: AcceptedDelivery[];
  rejected: RejectedDelivery[];
  /** Refused for everyone: dropped for the run. The rows come again without them. */
  dropped: Omit<DroppedField, 'leg'>[];
  /** To be sent again, without what was dropped. */
  again: OwedRow[];
  /** Creations that were not even tried: their keys belong to somebody. */
  notCreated?: NotCreatedDelivery[];
  /** What ended the batch when some of its rows had their answer; the others stay owed. */
  failure?: unknown;
}

export interface Carrier {
  leg: Leg;
  batchSize: number;
  inFlight: number;
  /** All rows of one kind group: updates and clears together, creations apart. */
  send(rows: OwedRow[], step: Step): Promise<BatchAnswer>;
  targetId(row: OwedRow): string;
  /** What targets hold now, by their ids; without those that are not found. */
  readBack(ids: string[], step: Step): Promise<Map<string, CanonDoc>>;
  /** What rows are canaries of. */
  kinds(step: Step, names: ReturnType<typeof canaryKinds>): Promise<KindsOf>;
  /** Where this kind cannot be written, does the run go on without it? */
  mayWithhold(kind: Kind): boolean;
}

/** What a row is a canary of; a creation as a whole is about no field. */
export type KindsOf = (row: OwedRow) => { kind: Kind; field?: string }[];
