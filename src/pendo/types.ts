/** The part of Pendo's API that Crosswalk uses. Every method throws `VendorError` or `RunStopped`, nothing else. */

import type { Budget, GuardedFetch, Timeouts } from '../egress/types.ts';
import type { ItemKind } from '../sync/push-mapping.ts';

export type PendoKind = 'visitor' | 'account';
/** The groups that the public API may write. */
export type PendoGroup = 'custom' | 'agent';

export interface PendoOptions {
  /** Without `/api/v1`. */
  baseUrl: string;
  key: () => Promise<string>;
  budget: Budget;
  fetch: GuardedFetch;
  runId?: string | undefined;
  /** Aborts waiting, so that no further call is made; and calls in flight, unless `requestSignal` is given. */
  signal?: AbortSignal | undefined;
  /** Aborts calls in flight. */
  requestSignal?: AbortSignal | undefined;
  timeouts?: Partial<Timeouts> | undefined;
}

export interface PendoField {
  name: string;
  /** As Pendo reports it: `string`, `boolean`, `integer`, `float`, `time`, `date`, `list` or `""`. */
  type: string;
  displayName: string;
  /** Deleted fields stay listed; creating one of that name brings it back. */
  isDeleted: boolean;
}

/** As Pendo lists it: group to its fields. `definitionsOf` makes the rules' `PendoSchema` of it. */
export type ListedSchema = Record<string, PendoField[]>;

export interface NewPendoField {
  name: string;
  displayName: string;
  type: 'string' | 'number' | 'time' | 'boolean';
}

export interface ValueRow {
  id: string;
  values: Record<string, unknown>;
}

/** Every row is in exactly one of `updated`, `missing`, `errors` (with an id), `unaccounted` and `unsent`. */
export interface WriteReply {
  updated: string[];
  /** Unknown to Pendo, and not created. */
  missing: string[];
  /** `message` is Pendo's text, empty where it said nothing; it may hold values: for evidence only. Without `id`, it is not known which row. */
  errors: { id?: string; message: string }[];
  /** Pendo's own counts say that so many of these failed, and nothing says which. Treat as not written. */
  unaccounted: string[];
  /** Fields that Pendo does not know. Drop them for the run and send `unsent` again without them. */
  dropFields: { name: string; message: string }[];
  unsent: string[];
  /** What ended it when some rows had their answer: those named nowhere else have none. Without any answer, it is thrown. */
  failure?: unknown;
  calls: number;
}

export interface PendoApp {
  /** With its sign: default apps have negative ids. */
  id: number;
  name: string;
}

/** A page, a feature, a track type or a segment. */
export interface PendoItem {
  id: string;
  name: string;
  appId?: number;
  /** Name of the group that somebody put it into. */
  group?: string;
  /** Epoch ms. */
  createdAt?: number;
  changedAt?: number;
}

export interface Poll {
  id: string;
  /** From the poll or from its `attributes`, as it came. */
  type: string;
}

export interface Guide {
  id: string;
  name: string;
  /** `draft`, `staged`, `public`, `disabled`. */
  state: string;
  appId?: number;
  polls: Poll[];
}

/** One stage of an aggregation. Built by `pipelines.ts`; written as it is into the request. */
export type PipelineStage = Record<string, unknown>;
export type Pipeline = readonly PipelineStage[];

export interface AggregateOptions {
  /** Largest row taken, in bytes. Default 4 MiB. */
  maxRowBytes?: number;
  /** For this call instead of the client's. */
  timeouts?: Partial<Timeouts> | undefined;
}

export interface PendoClient {
  /** Resolves if the key is accepted. */
  verify(): Promise<void>;
  schema(kind: PendoKind): Promise<ListedSchema>;
  /** Makes or undeletes, and sees that they are there. The type that Pendo then reports is not always the one asked for. */
  createFields(kind: PendoKind, group: PendoGroup, fields: readonly NewPendoField[]): Promise<void>;
  /** Distinct ids, 500 at most. Unknown ids are `missing`, unless `create`. */
  writeValues(
    kind: PendoKind,
    group: PendoGroup,
    rows: readonly ValueRow[],
    options?: { create?: boolean },
  ): Promise<WriteReply>;
  /** Null: they cannot be listed. */
  apps(): Promise<PendoApp[] | null>;
  /** Of every app, in Pendo's order. Items whose id cannot be stored are left out. */
  items(kind: ItemKind): Promise<PendoItem[]>;
  /** Every guide of every app and state. */
  guides(): Promise<Guide[]>;
  /** The same by the aggregation: for a subscription whose list leaves apps out. */
  guidesOfApps(): Promise<Guide[]>;
  /**
   * Hands over each row as it is read, in order; a promise returned by `onRow` is waited for. Resolves with the number of rows.
   * A reply that does not reach its end is a `VendorError` of kind `transient`, code `UNREADABLE_REPLY`, after rows may have
   * been handed over; more than Pendo can do in its time is kind `tooMuch`.
   */
  aggregate<Row>(
    pipeline: Pipeline,
    onRow: (row: Row) => void | Promise<void>,
    options?: AggregateOptions,
  ): Promise<number>;
}
