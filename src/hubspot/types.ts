/** The part of HubSpot's API that Crosswalk uses. Every method throws `VendorError` or `RunStopped`, nothing else. */
import type { Budget, GuardedFetch, Timeouts } from '../egress/types.ts';

/** Dated API versions that are known to work. 2026-09 enforces the portal's own validation rules on writes. */
export const hubSpotApiVersions = ['2026-03', '2026-09'] as const;
export type HubSpotApiVersion = (typeof hubSpotApiVersions)[number];

export type CrmType = 'contacts' | 'companies';

export interface HubSpotOptions {
  /** `https://api.hubapi.com`, or where the sandbox listens. */
  baseUrl: string;
  apiVersion: HubSpotApiVersion;
  /** Asked before every call, so it must be cheap. */
  token: () => Promise<string>;
  /** Called once per call that was answered 401, with the token that was refused: renew it. `true`: try again. */
  onUnauthorised?: ((refused: string) => Promise<boolean>) | undefined;
  budget: Budget;
  fetch: GuardedFetch;
  /** The run that the budget's gate is asked about. */
  runId?: string | undefined;
  /** Aborts waiting, so that no further call is made; and calls in flight, unless `requestSignal` is given. */
  signal?: AbortSignal | undefined;
  /** Aborts calls in flight. */
  requestSignal?: AbortSignal | undefined;
  timeouts?: Partial<Timeouts> | undefined;
}

export interface HubSpotAccount {
  portalId: number;
  /** Only from 2026-09 on. */
  portalName?: string;
  timeZone: string;
  uiDomain: string;
  dataHostingLocation: string;
  /** `STANDARD`, `DEVELOPER_TEST`, `SANDBOX`, `APP_DEVELOPER`. */
  accountType: string;
}

/** Calls; undefined: HubSpot does not say. */
export interface AccountLimits {
  perTenSeconds: number | undefined;
  perDay: number | undefined;
  leftToday: number | undefined;
}

export interface PropertyOption {
  label: string;
  value: string;
  displayOrder?: number;
  hidden?: boolean;
}

export interface PropertyDefinition {
  name: string;
  label: string;
  description: string;
  /** `string`, `number`, `bool`, `date`, `datetime`, `enumeration`, `phone_number`, ... */
  type: string;
  fieldType: string;
  groupName: string;
  options: PropertyOption[];
  hasUniqueValue: boolean;
  calculated: boolean;
  hidden: boolean;
  hubspotDefined: boolean;
  /** From `modificationMetadata`. */
  readOnlyValue: boolean;
  archived: boolean;
  /** Empty where HubSpot does not say. */
  createdAt: string;
}

/** The five required members, and the two that both API versions take. */
export interface NewProperty {
  name: string;
  label: string;
  type: string;
  fieldType: string;
  groupName: string;
  description?: string;
  options?: PropertyOption[];
}

export interface PropertyGroup {
  name: string;
  label: string;
  archived: boolean;
}

export interface CreatedProperties {
  /** Definitions as the portal holds them now, for every asked name that exists (made now or before). Compare their types. */
  present: PropertyDefinition[];
  refused: { name: string; code: string; message: string }[];
}

export interface CrmRecord {
  /** Decimal integer as text. */
  id: string;
  /**
   * An unknown property is left out by HubSpot without a word; a known one without a value is null. Texts otherwise, as HubSpot
   * documents; one that comes as something else costs itself, and not the page.
   */
  properties: Record<string, unknown>;
}

export interface RecordPage {
  records: CrmRecord[];
  /** Present while there is more. For lists: a record id from which to continue. */
  next?: string;
}

export interface ListRequest {
  /** A record id: the page begins with the first id that is not below it. */
  after?: string | undefined;
  /** At most and by default 100. */
  limit?: number | undefined;
  properties: readonly string[];
}

export interface KeyRequest {
  idProperty: string;
  keys: readonly string[];
  properties: readonly string[];
}

export interface KeyReply {
  records: CrmRecord[];
  /** Keys that HubSpot says find nothing. It does not name all of them in every version. */
  missing: string[];
}

export interface SearchFilter {
  propertyName: string;
  operator:
    | 'EQ'
    | 'NEQ'
    | 'LT'
    | 'LTE'
    | 'GT'
    | 'GTE'
    | 'BETWEEN'
    | 'IN'
    | 'NOT_IN'
    | 'HAS_PROPERTY'
    | 'NOT_HAS_PROPERTY';
  value?: string;
  highValue?: string;
  values?: string[];
}

export interface SearchRequest {
  /** All of them must hold. At most 6. */
  filters: readonly SearchFilter[];
  /** Free text, looked for in the properties that HubSpot shows in its own search. */
  query?: string | undefined;
  sort?: { property: string; direction: 'ASCENDING' | 'DESCENDING' } | undefined;
  /** At most and by default 200. */
  limit?: number | undefined;
  /** A numeric offset; no search goes beyond 10,000. */
  after?: string | undefined;
  properties: readonly string[];
}

export interface SearchPage extends RecordPage {
  total: number;
}

export interface UpdateInput {
  id: string;
  properties: Record<string, string>;
}

export interface UpsertInput {
  key: string;
  properties: Record<string, string>;
}

export interface AcceptedRow {
  id: string;
  /** The input's key; upserts only. */
  key?: string;
  created?: boolean;
  properties: Record<string, string | null>;
}

export interface RejectedRow {
  /** The input's id (update) or key (upsert). */
  input: string;
  /** HubSpot's, e.g. `INVALID_OPTION`, `OBJECT_NOT_FOUND`, `CONFLICT`. */
  code: string;
  property?: string;
  /** HubSpot's text: may hold values, so for evidence only. */
  message: string;
}

/** Every input is in exactly one of `accepted`, `rejected`, `absent` and `unsent`. */
export interface BatchReply {
  accepted: AcceptedRow[];
  rejected: RejectedRow[];
  /** Ids or keys that a successful reply left out (merged away records, mostly). */
  absent: string[];
  /** Records in successful replies that belong to no input: a key that HubSpot files under another one, for example. */
  strangers: number;
  /** A request was sent more than once: what is not new may have been made by the one before. */
  repeated: boolean;
  /** Properties that HubSpot calls unknown or read-only. Drop them for the run and send `unsent` again without them. */
  dropProperties: { name: string; code: string; message: string }[];
  /** Ids or keys of rows that were not written because of `dropProperties` alone. */
  unsent: string[];
  /** What ended it when some rows had their answer: those named nowhere else have none. Without any answer, it is thrown. */
  failure?: unknown;
  /** Requests that this took. */
  calls: number;
}

export interface TokenInfo {
  hubId?: number;
  appId?: number;
  userId?: number;
  /** Absent where the credential's kind cannot be asked for its scopes (service keys). */
  scopes?: string[];
}

export interface CustomEvent {
  name: string;
  /** `pe<portal>_<name>`: what occurrences are sent to. */
  fullyQualifiedName: string;
  primaryObject: string;
  properties: { name: string; type: string }[];
}

export interface NewEventProperty {
  name: string;
  label: string;
  type: string;
}

export interface NewCustomEvent {
  name: string;
  label: string;
  description: string;
  primaryObject: 'CONTACT' | 'COMPANY';
  properties: readonly NewEventProperty[];
}

export interface Occurrence {
  eventName: string;
  /** Of the record. */
  objectId: string;
  /** Epoch ms. */
  occurredAt: number;
  uuid: string;
  properties: Record<string, string>;
}

export interface OccurrenceQuery {
  eventName: string;
  objectId: string;
  /** Epoch ms. */
  after: number;
  before: number;
}

export interface HubSpotClient {
  /** Custom events whose name or label has this in it; not the archived ones. */
  listEvents(search: string): Promise<CustomEvent[]>;
  /** An existing one is success: the answer is what HubSpot has. */
  createEvent(event: NewCustomEvent): Promise<CustomEvent>;
  /** Adds a property to a definition. An existing one is success, if it is of the same type. */
  addEventProperty(event: string, property: NewEventProperty): Promise<void>;
  /**
   * At most 500, in one request that is repeated only where HubSpot says that it did nothing: there is no taking back.
   * @param onSent a request went out: without an answer of HubSpot's to it, it may have been carried out
   */
  sendOccurrences(occurrences: readonly Occurrence[], onSent: () => void): Promise<void>;
  /** What HubSpot has of one record, event and time: ids and properties. */
  listOccurrences(
    type: CrmType,
    query: OccurrenceQuery,
  ): Promise<{ id: string; properties: Record<string, unknown> }[]>;
  account(): Promise<HubSpotAccount>;
  limits(): Promise<AccountLimits>;
  /** What a private-app token may do; empty for service keys, which have no such call. For OAuth see `oauth.introspect`. */
  tokenInfo(): Promise<TokenInfo>;
  /** Not the archived ones. */
  listProperties(type: CrmType): Promise<PropertyDefinition[]>;
  listGroups(type: CrmType): Promise<PropertyGroup[]>;
  /** Changes a property that is not there: HubSpot answers that, or that this credential may define nothing. */
  probeDefining(type: CrmType): Promise<void>;
  /** An existing one is success, but a refusal to HubSpot, which counts an app's refusals: look first. */
  createGroup(type: CrmType, group: { name: string; label: string }): Promise<void>;
  /** Existing ones are success, whatever their type: compare `present`. Returns when all of `present` can be listed. */
  createProperties(type: CrmType, definitions: readonly NewProperty[]): Promise<CreatedProperties>;
  /** Changes the label, and nothing else of the definition. */
  updateProperty(type: CrmType, name: string, change: { label: string }): Promise<void>;
  listPage(type: CrmType, request: ListRequest): Promise<RecordPage>;
  /** Batch read of any number of ids; the ones that are gone are simply not in the answer. */
  readRecords(type: CrmType, ids: readonly string[], properties: readonly string[]): Promise<CrmRecord[]>;
  /**
   * Batch read by a unique property: at most 100 keys, in one call. HubSpot does not say which key found which record: contacts
   * are found by additional e-mails too.
   */
  readByKey(type: CrmType, request: KeyRequest): Promise<KeyReply>;
  searchPage(type: CrmType, request: SearchRequest): Promise<SearchPage>;
  /** Records that search counts; not archived ones. */
  countRecords(type: CrmType, filters?: readonly SearchFilter[]): Promise<number>;
  /** Never creates. At most 100 inputs with distinct ids. */
  batchUpdate(type: CrmType, inputs: readonly UpdateInput[]): Promise<BatchReply>;
  /** Creates what is missing. `idProperty` must be unique. At most 100 inputs with distinct keys. */
  batchUpsert(type: CrmType, request: { idProperty: string; inputs: readonly UpsertInput[] }): Promise<BatchReply>;
}
