/** What the oracle takes and gives where use of Pendo's items is sent as occurrences of HubSpot's custom events: SEMANTICS 3.5. */
import type { RawOccurrence } from '../../sandbox/contract.ts';
import type { OracleSetup, Truth } from '../contract.ts';
import type { ItemKind } from '../push-entry.ts';

export interface EventEntry {
  source: ItemKind;
  id: string;
  /** Of the definition. The saved entry has it: it follows from the item's name when it was saved. */
  name?: string | undefined;
  label?: string | undefined;
  /** Of track types. The saved entry names each of them in HubSpot too. */
  properties?: readonly { name: string; property?: string | undefined }[] | undefined;
}

/** A property of a track event, by its name in Pendo, and what it is called in HubSpot. */
export interface ChosenProperty {
  name: string;
  property: string;
}

export interface EventDelivery {
  settleDays: number;
  backfillDays: number;
  monthlyLimit: number;
  lostAnswers: 'skip' | 'send';
}

export interface OccurrenceSetup extends OracleSetup {
  events: readonly EventEntry[];
  eventDelivery: EventDelivery;
}

/** With the occurrences that the portal has taken so far, in the order in which they came. */
export type OccurrenceTruth = Truth & { occurrences: RawOccurrence[] };

/** One row of the ledger, as the oracle keeps it. */
export interface LedgerRow {
  pendoId: string;
  /** `source id` of the entry. */
  item: string;
  /** `YYYY-MM-DD`, in the subscription's zone. */
  day: string;
  count: number;
  minutes: number;
  /** Of chosen properties, by Pendo's names, as the whole day had them. Kept until the row is sent. */
  values?: ReadonlyMap<string, string>;
  /** When the run that wrote it opened: older rows go first. */
  run: number;
  state: 'owed' | 'sent';
}

/** Of an entry: the first day that is sent, and the day after the last that was due in a run that settled with it. */
export interface Span {
  first: string;
  through: string;
}

/** What was sent to one portal, and from which days on. */
export interface PortalLedger {
  rows: LedgerRow[];
  spans: Map<string, Span>;
}

export interface OccurrenceMemory extends PortalLedger {
  portal: number;
  /** Of portals that the tenant has left, by their ids. */
  left: Map<number, PortalLedger>;
  /** Occurrences asked for, by UTC month (`YYYY-MM`) of sending. */
  used: Map<string, number>;
}

export interface ExpectedEventDefinition {
  name: string;
  fullyQualifiedName: string;
  label: string;
  primaryObject: 'CONTACT' | 'COMPANY';
  properties: { name: string; type: string }[];
  /** Further properties, all of type `string`. A definition that exists gets those that it lacks. */
  chosen: { name: string; label: string }[];
  existed: boolean;
}

export interface ExpectedOccurrence {
  row: LedgerRow;
  eventName: string;
  objectType: 'CONTACT' | 'COMPANY';
  objectId: string;
  occurredAt: number;
  /** As text. `pendo_occurrence_id` is the `uuid`, whatever that is. */
  properties: Record<string, string>;
}

export interface OccurrenceExpectation {
  setup: OccurrenceSetup;
  definitions: ExpectedEventDefinition[];
  stopped: { item: string; reason: 'gone' | 'takerType' }[];
  /** What the run finds owed and writes into the ledger. */
  written: LedgerRow[];
  /** What it sends, older rows among them, in this order. */
  sent: ExpectedOccurrence[];
  /** The ledger and the spans as they are after the run, where every occurrence was taken. */
  after: OccurrenceMemory;
}

export interface OccurrenceFinding {
  kind: 'missing' | 'foreign' | 'doubled' | 'wrong' | 'definition' | 'order';
  what: string;
  expected: unknown;
  actual: unknown;
}
