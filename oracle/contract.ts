/**
 * What the oracle takes and gives. The oracle says what a finished run must leave behind, computed by plain arithmetic
 * from the sandbox's raw records, and compares it with what is there. It shares no rule with `src/`: only the
 * shape of a sync's configuration comes from there.
 */
import type {
  PendoKind,
  RawCrmRecord,
  RawPendoRecord,
  RawPollEvent,
  RawPortal,
  RawSubscription,
  Switches,
} from '../sandbox/contract.ts';
import type { SyncConfig, SyncObject } from '../src/sync/config.ts';

export type Side = 'hubspot' | 'pendo';
/** pull: from HubSpot to Pendo. push: from Pendo to HubSpot. */
export type Leg = 'pull' | 'push';

/** One row of `events`, cut down to what the push fields need. */
export interface EventFact {
  visitorId: string;
  accountId: string;
  appId: number;
  /** Epoch ms of the start of the day. */
  day: number;
  /** Missing minutes are 0. */
  minutes: number;
  /** So are missing events. */
  events?: number;
  /** What the row is also an item row of. */
  pageId?: string;
  featureId?: string;
  trackTypeId?: string;
  /** Of a track event, by Pendo's names. */
  properties?: Readonly<Record<string, unknown>> | null;
  blacklisted: boolean;
}

/** The raw truth of one world at one instant. Nothing in it is computed. */
export interface Truth {
  world: string;
  /** The sandbox's clock when the snapshot was taken, epoch ms. */
  takenAt: number;
  switches: Switches;
  portal: RawPortal;
  subscription: RawSubscription;
  contacts: RawCrmRecord[];
  companies: RawCrmRecord[];
  visitors: RawPendoRecord[];
  accounts: RawPendoRecord[];
  /** May be empty in a snapshot that is only compared with. Iterable more than once. */
  events: Iterable<EventFact>;
  pollEvents: RawPollEvent[];
}

/** What the run was given. */
export interface OracleSetup {
  object: SyncObject;
  /** The run's frozen instant, epoch ms. */
  asOf: number;
  /** With every default filled in. */
  syncConfig: SyncConfig;
  /** Without `activity`: all events are. */
  pendo: {
    zone: string;
    clear: 'null' | 'emptyString' | 'cannot';
    activity?: 'checked' | 'events' | 'pagesAndFeatures';
  };
  /** HubSpot property -> Pendo field, where the API resolved a collision. Without it the naming rule is applied; a collision then is an error. */
  resolvedFields?: Record<string, string>;
  /**
   * Whoever was forgotten, by their id on either side, or by keys that are on neither side any more. A contact that was forgotten
   * by an additional address is named by its HubSpot id.
   */
  forgotten?: { hubspot?: string[]; pendo?: string[]; keys?: string[] };
  /** Legs that a person approved for this run although a guard held them. */
  approved?: Leg[];
  /** The product uses a version of HubSpot's API that knows no validation rules of the portal (before 2026-09). */
  ignoresValidationRules?: boolean;
  /** One side was not read to the end: nothing is delivered. What was read is not the oracle's to know, so there are no outcomes. */
  unfinishedRead?: boolean;
  /** A dry run leaves both sides untouched, definitions included. */
  dryRun?: boolean;
  /** A person asked for what was refused or altered to be sent again. */
  retry?: boolean;
  /** How often the configuration was edited: two edits may lead back to the same text. */
  mappingVersion?: number;
  /** Only what was touched is asked for. It is a full run all the same where no mirror stands. */
  delta?: boolean;
}

/** A value in the one canonical form of its type. `null` is empty. Dates are `YYYY-MM-DD`, instants epoch ms. */
export type Canonical = string | number | boolean | null;

export type CanonicalKind = 'string' | 'number' | 'bool' | 'date' | 'datetime' | 'one' | 'many';

/** A value as one side holds it, read into canonical form. */
export type Reading =
  | { state: 'value'; value: Exclude<Canonical, null> }
  | { state: 'empty' }
  /** HubSpot left the property out: never a difference. */
  | { state: 'unknown' }
  | { state: 'unreadable'; reason: string };

export type FieldOutcome = 'written' | 'rejected' | 'held' | 'invalid' | 'altered' | 'kept' | 'unchanged';

/** In the order of the contract; `invalidKey` and `invalidField` are its two kinds of *invalid*. */
export const outcomes = [
  'excluded',
  'blank',
  'invalidKey',
  'ambiguous',
  'unmatched',
  'written',
  'rejected',
  'held',
  'notReached',
  'invalidField',
  'altered',
  'kept',
  'unchanged',
] as const;
export type Outcome = (typeof outcomes)[number];

export interface FieldExpectation {
  /** HubSpot property (pull), or what the push entry is of: a metric, `metadata agent.role`, `page <id> days`. */
  source: string;
  /** Name on the target. */
  field: string;
  wanted: Reading;
  /** As the target's raw record has it. */
  read: Reading;
  /** As read, or what was sent while that is still settling. */
  held: Reading;
  owed: boolean;
  outcome: FieldOutcome;
  /** Someone changed a confirmed value. */
  drift?: true;
  reason?: string;
}

export interface RecordExpectation {
  outcome: Outcome;
  /** Id on the target's side, when matched. */
  partner?: string;
  reason?: string;
  fields: FieldExpectation[];
}

export interface LegExpectation {
  leg: Leg;
  source: Side;
  /** The source's records read: the sum of `counts`. */
  read: number;
  counts: Record<Outcome, number>;
  /** Target field -> how often each outcome. */
  fieldCounts: Record<string, Partial<Record<FieldOutcome, number>>>;
  /** By the source's id. */
  records: Map<string, RecordExpectation>;
  /** Fields that this run neither compares nor sends. */
  stopped: { source: string; field: string; reason: string }[];
  drift: number;
  created: number;
  cleared: number;
}

export type MatchState = 'matched' | 'excluded' | 'blank' | 'invalidKey' | 'ambiguous' | 'unmatched';

/** One pair that may be meant to match. */
export interface NearMiss {
  hubspot: string;
  pendo: string;
  /** What both keys look like. */
  loose: string;
}

export interface MatchExpectation {
  /** HubSpot id -> Pendo id. */
  pairs: Map<string, string>;
  hubspot: { states: Map<string, MatchState>; counts: Record<MatchState, number>; read: number };
  pendo: { states: Map<string, MatchState>; counts: Record<MatchState, number>; read: number };
  /** Pairs of different keys that look the same, at least one record of them unmatched. */
  nearMisses: NearMiss[];
  /** Groups of ambiguous records. */
  ambiguous: { hubspot: string[]; pendo: string[] }[];
}

export interface FieldChange {
  /** What the target held; undefined: nothing that can be read. */
  old: Canonical | undefined;
  new: Canonical;
  /** What the target's raw record must then hold: not `new` where the vendor stores another value. */
  after: Canonical | 'untouched';
  /** As it was read, also where it cannot be. */
  read: Reading;
}

/** One change of one record, as it is sent. */
export interface ExpectedWrite {
  leg: Leg;
  side: Side;
  targetId: string;
  sourceId: string;
  fields: Record<string, FieldChange>;
  /** False: the vendor refuses the row, and nothing of it changes. */
  accepted: boolean;
  /** `lostMatch`: cleared because the match was lost, with no source any more. */
  why: 'owed' | 'lostMatch';
}

export interface ExpectedCreate {
  leg: Leg;
  side: Side;
  sourceId: string;
  key: string;
  /** Empty ones are left out. */
  fields: Record<string, Canonical>;
  /** What of it must then be there. */
  after: Record<string, Canonical | 'untouched'>;
  accepted: boolean;
  /** The key that the vendor keeps. */
  storedKey: string;
  /** Filed under another key, or in the record `into`: done by the vendor, and rejected. */
  elsewhere: boolean;
  into?: string;
}

export interface GuardVerdict {
  guard: 'values' | 'counts' | 'creations';
  /** Target field, or what was counted: `hubspot`, `pendo`, `matched`, `created`. */
  subject: string;
  legs: Leg[];
  /** values: destructive of something; counts: now of baseline; creations: of the baseline's pairs. */
  figure: number;
  of: number;
  held: boolean;
}

export interface Expectation {
  object: SyncObject;
  /** `paused`: only a person can fix it; `failed`: a side was not read to the end. Either way nothing is delivered. */
  status: 'succeeded' | 'degraded' | 'held' | 'paused' | 'failed';
  reason?: string;
  /** What the run reads. A delta that was asked for is a full run where no mirror stands. */
  scope: 'full' | 'delta';
  heldLegs: Leg[];
  asOf: number;
  match: MatchExpectation;
  pull?: LegExpectation;
  push?: LegExpectation;
  guards: GuardVerdict[];
  writes: ExpectedWrite[];
  creates: ExpectedCreate[];
  /** What must be there after the run, whether it was there before or not. */
  definitions: ExpectedDefinition[];
  /** The setup and its resolved names, as `compare` and `remember` need them. */
  setup: OracleSetup;
  owned: { hubspot: OwnedField[]; pendo: OwnedField[] };
  /** Types of the sources as of this run: pulled properties, the join property, pushed metadata fields. */
  types: Map<string, string>;
  /** Those types and what is stopped, in one text. */
  definitionsMark: string;
  /** The memory that still held when the run opened. */
  recalled: Memory | undefined;
  /** The portal and the subscription. */
  accounts: string;
  /** (side, place) -> which target field stood there when the run opened. */
  identities: Map<string, string | undefined>;
  /** Keys of what is remembered and was read back as it was sent. */
  confirmed: string[];
  /** Types of Pendo's that the run finds not to be cleared. */
  uncleared: string[];
  /** Values that the run writes to Pendo can be read back by it. */
  readBack: boolean;
}

export interface OwnedField {
  field: string;
  /** As in `FieldExpectation`. */
  source: string;
  kind: CanonicalKind;
}

export type ExpectedDefinition =
  | {
      side: 'hubspot';
      name: string;
      type: HubSpotType;
      /** As in `FieldExpectation`. */
      source: string;
      /** Of an enumeration: values that it must have. */
      options: string[];
      /** Expected only of one that the run made. */
      existed: boolean;
      label: ExpectedLabel;
    }
  | {
      side: 'pendo';
      kind: PendoKind;
      group: string;
      name: string;
      types: string[];
      displayName: string;
      existed: boolean;
    };

/** Types of the properties that a push writes. */
export type HubSpotType = 'date' | 'datetime' | 'number' | 'string' | 'bool' | 'enumeration';

export interface ExpectedLabel {
  /** By hand, for a property that the run makes. */
  is?: string;
  /** Of the item or segment: made into the label of a property that the run makes. */
  names?: string;
  /** Of a property that was there: its label is ours and has an older name; perhaps so; not. */
  follows: 'must' | 'may' | 'not';
}

/** What the oracle remembers of earlier runs of one tenant and object: its own fold, never read from Crosswalk. */
export interface Memory {
  /** (side, target id, place of the field) -> what was accepted there last. Key made by `memoryKey`. */
  sent: Map<string, Sent>;
  /** (side, place) -> which target field it was about. Key made by `fieldKey`. */
  fields: Map<string, string>;
  /** The portal and the subscription that all of this is about. */
  accounts?: string;
  /** Rows that the run before rejected. Key made by `rejectionKey`. */
  rejected: Set<string>;
  /** Creations that HubSpot filed under another key, and the mapping of that day. Key made by `filedKey`. */
  filedElsewhere: Map<string, string>;
  /** Of the last full run that was not dry and had no leg held when it closed. */
  baseline?: Baseline;
  /** Has no full run begun to read since that one? */
  mirrorStands: boolean;
  /** Push property -> the label that a run gave it, and the name that it was made from. */
  labels?: Map<string, { label: string; name: string }>;
  /** Source -> its type when this mapping was first seen; another one stops the field. */
  types: Map<string, string>;
  /** The mapping that the types are of. */
  mapping?: string;
  /** Types of Pendo's that a run found not to be cleared -> when. */
  uncleared?: Map<string, number>;
  /** Values that were written to Pendo were read back by the run that wrote them. */
  readBack?: boolean;
}

export interface Baseline {
  hubspot: number;
  pendo: number;
  matched: number;
  create: SyncConfig['create'];
  mapping: string;
  definitions: string;
}

export interface Sent {
  value: Canonical;
  /** When the vendor accepted it last, epoch ms of the sandbox's clock. */
  at: number;
  confirmed: boolean;
  /** What was read in its place when it was accepted a second time. */
  seen?: Reading;
  /** The mapping when it was accepted. */
  mapping: string;
  /** What was there before: what a vendor that lags still shows, until its lag has passed since `storedAt`. */
  previous: Canonical | undefined;
  storedAt: number;
}

export interface Finding {
  side: Side;
  /** Record id, or the name of a definition. */
  id: string;
  field: string;
  expected: unknown;
  actual: unknown;
  kind: 'wrong' | 'stale' | 'missing' | 'foreign' | 'created' | 'definition';
}

/** Counts as the product reports them for one run; `outcomes` by whatever names it uses for what is not `written` or `rejected`. */
export interface ReportedCounts {
  object: SyncObject;
  pull?: ReportedLeg;
  push?: ReportedLeg;
}

export interface ReportedLeg {
  /** The source's records read. */
  read: number;
  outcomes: Record<string, number>;
  /** Cleared because the match was lost: counted apart. */
  cleared?: number;
  /** Records written by nothing but rejected rows, which the vendor filed under another key. */
  elsewhere?: number;
  /** Records at most that were tried with a clearing that turned out to do nothing, ten of a type: they may stand as kept. */
  tried?: number;
}
