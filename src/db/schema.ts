/** The tables as Kysely sees them. What each column means is said where it is created, in migrations/. */
import type { ColumnType, Generated } from 'kysely';
import type { SyncConfig, SyncObject } from '../sync/config.ts';
import type { EventCounts } from '../sync/event-counts.ts';
import type { Leg, Vendor } from '../sync/legs.ts';
import type { Marks } from '../sync/subscription.ts';
import type { CanonDoc, Plan } from '../sync/types.ts';
import type { Answers } from '../sync/verdicts.ts';
import type { DefaultedJson, DefaultedTime, Json, NullableJson, NullableTime } from './columns.ts';
import type { ControlTables } from './schema-control.ts';
import type { EventTables } from './schema-events.ts';

export type { Leg, Vendor } from '../sync/legs.ts';

/** What a run reads: everything, what changed, or one record. */
export type Scope = 'full' | 'delta' | 'record';
export type Trigger = 'enable' | 'daily' | 'manual' | 'preview' | 'retry';
export type RunState =
  | 'queued'
  | 'running'
  | 'paused'
  | 'waiting'
  | 'held'
  | 'succeeded'
  | 'degraded'
  | 'failed'
  | 'cancelled';
export type RunPhase = 'open' | 'schema' | 'read' | 'settle' | 'deliver' | 'close';

/** Why something stands as it does, for a person: a stable code, what happened, and what to do. */
export interface Reason {
  code: string;
  message: string;
  fix?: string;
  [extra: string]: unknown;
}

export interface TenantsTable {
  id: string;
  external_id: string | null;
  name: string;
  state: Generated<'active' | 'paused' | 'disabled' | 'deleted'>;
  epoch: Generated<number>;
  settings: DefaultedJson<Record<string, unknown>>;
  four_eyes: Generated<boolean>;
  /** Days; null: as the deployment has it. */
  audit_days: number | null;
  evidence_days: number | null;
  disabled_days: number | null;
  created_at: DefaultedTime;
  updated_at: DefaultedTime;
}

export interface ConnectionsTable {
  tenant_id: string;
  vendor: Vendor;
  kind: 'oauth' | 'token' | 'key';
  settings: DefaultedJson<Record<string, unknown>>;
  /** What counts as activity in Pendo; null: stored by an earlier release. */
  activity: string | null;
  identity: DefaultedJson<Record<string, unknown>>;
  state: Generated<'unchecked' | 'ok' | 'reconnect' | 'disconnected'>;
  reason: NullableJson<Reason>;
  checked_at: NullableTime;
  credential: string | null;
  updated_at: DefaultedTime;
  marks: NullableJson<Marks>;
  answers: DefaultedJson<Answers>;
}

export interface SyncsTable {
  tenant_id: string;
  object: SyncObject;
  config: Json<SyncConfig>;
  version: Generated<number>;
  state: Generated<'draft' | 'enabled' | 'paused' | 'disabled'>;
  reason: NullableJson<Reason>;
  known_types: DefaultedJson<Record<string, string>>;
  full_due_at: NullableTime;
  resumed_at: NullableTime;
  gap_hours: number | null;
  updated_at: DefaultedTime;
}

export interface SyncVersionsTable {
  tenant_id: string;
  object: SyncObject;
  version: number;
  config: Json<SyncConfig>;
  changed_by: string | null;
  changed_at: DefaultedTime;
  restored_from: number | null;
}

/** What a person decided about a run. `reason` is in their own words. */
export interface Decision {
  action: 'approved' | 'cancelled';
  by: string;
  at: string;
  reason: string | null;
}

export interface ScheduleFaultsTable {
  tenant_id: string;
  object: SyncObject;
  reason: Json<Reason>;
  since: DefaultedTime;
}

export interface RunRecordsTable {
  tenant_id: string;
  run_id: string;
  side: Vendor;
  id: string;
  asked: boolean;
  found: Generated<boolean | null>;
}

export interface RunsTable {
  id: Generated<string>;
  tenant_id: string;
  object: SyncObject;
  trigger: Trigger;
  dry_run: Generated<boolean>;
  scope: Generated<Scope>;
  state: Generated<RunState>;
  phase: Generated<RunPhase>;
  reason: NullableJson<Reason>;
  blocked: NullableJson<Reason>;
  waiting_until: NullableTime;
  pause_requested: Generated<boolean>;
  cancel_requested: Generated<boolean>;
  approved: DefaultedJson<Leg[]>;
  epoch: number;
  config: Json<SyncConfig>;
  config_version: number;
  plan: NullableJson<Plan>;
  as_of: NullableTime;
  zone: string | null;
  read_round: Generated<number>;
  read_at: NullableTime;
  dropped: DefaultedJson<DroppedField[]>;
  settled_at: NullableTime;
  held: DefaultedJson<HeldLeg[]>;
  progress: DefaultedJson<Progress>;
  counts: DefaultedJson<RunCounts>;
  preview: NullableJson<unknown>;
  calls: DefaultedJson<Record<string, number>>;
  learnt: DefaultedJson<Learnt>;
  decision: NullableJson<Decision>;
  requested_by: string | null;
  /** Where the run belongs to in a trace. */
  traceparent: string | null;
  queued_at: DefaultedTime;
  opened_at: NullableTime;
  closed_at: NullableTime;
}

/**
 * A leg that the guards stopped: which test, on which field or side, with samples old -> new. `before` and `now`: values held
 * and left, records or pairs counted then and now, or the matched pairs of the baseline and the records to be created.
 */
export interface HeldLeg {
  leg: Leg;
  test: 'values' | 'counts' | 'creations';
  subject: string;
  message: string;
  before: number;
  now: number;
  samples?: { hubspotId: string | null; pendoId: string | null; field: string; from: unknown; to: unknown }[];
}

/** A field that a vendor refused for the whole run. */
export interface DroppedField {
  leg: Leg;
  field: string;
  code: string;
  message: string;
}

/** Live figures of one step. `rate` in records a second, `left` in seconds; null while they are not known. */
export interface StepProgress {
  done: number;
  total: number | null;
  rate: number | null;
  left: number | null;
  at: number;
}
export type Progress = Partial<Record<'hubspot' | 'pendo' | Leg, StepProgress>>;

/** What Pendo was found to manage at once, and HubSpot in a day. */
export interface Learnt {
  /** Ids of assumptions that are not so, and for which there is another way. */
  otherWays?: string[];
  /** The round of reading that used up the day's calls: reading once more would take days again. */
  quotaRound?: number;
  /** Most records of a page, and most visitors of one that is only counted. */
  page?: number;
  tally?: number;
  /** Into so many parts the usage windows are cut. */
  parts?: number;
  surveys?: {
    /** Of reading: what the newest survey is, is asked anew when both sides are read again. */
    round: number;
    list: { guideId: string; pollId: string }[];
    /** So many of the list have been looked at for the newest answer of all. */
    scanned: number;
    newest: { guideId: string; pollId: string; browserTime: number } | null;
  };
}

export interface RunCounts {
  read?: { hubspot?: number; pendo?: number };
  match?: Record<string, number>;
  /** Per leg: records by outcome; they add up to the records of its source. */
  legs?: Partial<Record<Leg, Record<string, number>>>;
  /** Per leg and field: values by outcome. */
  fields?: Partial<Record<Leg, Record<string, Record<string, number>>>>;
  sent?: Partial<Record<Leg, number>>;
  /** Fields that this run neither compared nor sent: their property is gone, or has another type than it had. */
  stopped?: { leg: Leg | 'joinKey'; property: string; reason: string }[];
  /** Those of them that the run before did compare: each is reported once. */
  newlyStopped?: { leg: Leg | 'joinKey'; property: string; reason: string }[];
  events?: EventCounts;
  [extra: string]: unknown;
}

interface MirrorColumns {
  tenant_id: string;
  object: SyncObject;
  key_state: 'ok' | 'blank' | 'invalid' | 'excluded';
  match_key: string | null;
  fold_key: string | null;
  loose_key: string | null;
  gives: Json<CanonDoc>;
  holds: Json<CanonDoc>;
  gives_digest: Buffer;
  holds_digest: Buffer;
  /** The record's outcome, its reason, and the run that it is of. */
  standing: string | null;
  standing_reason: NullableJson<unknown>;
  standing_run: string | null;
}
export interface HubSpotRecordsTable extends MirrorColumns {
  id: string;
  aliases: string[] | null;
  spelled_key: string | null;
  folded_aliases: string[] | null;
}
export interface PendoRecordsTable extends MirrorColumns {
  id: string;
  /** Its id is unstorable, and another stands for it. */
  odd: Generated<boolean>;
}

export interface ReadRangesTable {
  tenant_id: string;
  run_id: string;
  side: Vendor | 'visitors';
  no: number;
  lo: string;
  hi: string | null;
  cursor: string;
  done: Generated<boolean>;
  records: Generated<string>;
  excluded: Generated<string>;
  pages: Generated<number>;
  by_seen: Generated<boolean>;
  /** The vendor's own mark of the next page. */
  link: string | null;
}

export interface SentValuesTable {
  tenant_id: string;
  object: SyncObject;
  leg: Leg;
  hubspot_id: string;
  pendo_id: string;
  fields: Json<Record<string, SentValue>>;
  gone_run: ColumnType<string | null, string | null | undefined, string | null>;
  /** Kept by the database: something in `fields` was not read back yet. */
  unconfirmed: ColumnType<boolean, never, never>;
}

/** See memory.ts. */
export interface SentValue {
  v: string | null;
  at: number;
  c: boolean;
  f?: string;
  k?: number;
  s?: unknown;
  n?: number;
}

export interface DeliveriesTable {
  tenant_id: string;
  run_id: string;
  leg: Leg;
  seq: string;
  kind: 'update' | 'create' | 'clear';
  hubspot_id: string | null;
  pendo_id: string | null;
  changes: Json<Record<string, [unknown, string | null]>>;
  dropped: NullableJson<Record<string, [unknown, string | null]>>;
  /** What the record is if what is owed to it cannot be written: other fields of it have an outcome of their own. */
  otherwise: NullableJson<{ outcome: string; fields: Record<string, unknown> }>;
  state: Generated<'owed' | 'accepted' | 'rejected'>;
  asked: Generated<boolean>;
  reason: NullableJson<unknown>;
}

export interface OutcomesTable {
  tenant_id: string;
  object: SyncObject;
  leg: Leg;
  giver_id: string;
  run_id: string;
  outcome: string;
  partner_id: string | null;
  reason: NullableJson<unknown>;
}

export interface Tables extends ControlTables, EventTables {
  tenants: TenantsTable;
  connections: ConnectionsTable;
  syncs: SyncsTable;
  sync_versions: SyncVersionsTable;
  schedule_faults: ScheduleFaultsTable;
  runs: RunsTable;
  hubspot_records: HubSpotRecordsTable;
  pendo_records: PendoRecordsTable;
  run_fences: { tenant_id: string; run_id: string; step: string; fence: number };
  read_ranges: ReadRangesTable;
  account_tallies: { tenant_id: string; run_id: string; account_id: string; visitors: string };
  excluded_visitors: { tenant_id: string; run_id: string; visitor_id: string };
  seen_ids: { tenant_id: string; run_id: string; id: string };
  run_records: RunRecordsTable;
  sent_values: SentValuesTable;
  deliveries: DeliveriesTable;
  outcomes: OutcomesTable;
  suppressions: {
    tenant_id: string;
    object: SyncObject;
    hash: Buffer;
    person: string | null;
    created_at: DefaultedTime;
  };
  filed_elsewhere: {
    tenant_id: string;
    object: SyncObject;
    leg: Leg;
    source_id: string;
    key: string;
    config_version: number;
  };
}
