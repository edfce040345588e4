/**
 * The sandbox's admin contract: the raw truth that both vendors serve from, and the switches, faults,
 * clock and call log that tests, the demo and the oracle use. Types only; the admin HTTP API carries
 * exactly these shapes as JSON (lists as NDJSON, one record a line, so that a million records stream).
 *
 * Admin API (a port of its own, loopback only):
 *   GET    /admin/health                                  -> { ok: true, hubspotUrl, pendoUrl, pendoUrls, oauth: { clientId, clientSecret } }
 *   POST   /admin/worlds          WorldRequest            -> World        (a portal and a subscription that belong together)
 *   GET    /admin/worlds                                  -> World[]
 *   DELETE /admin/worlds/{world}
 *   POST   /admin/worlds/{world}/next-day NextDayRequest  -> NextDayReport (moves the clock and changes a share of both sides)
 *   GET    /admin/worlds/{world}/portal                   -> RawPortal
 *   PATCH  /admin/worlds/{world}/portal   Partial<Pick<RawPortal,'tier'|'dailyLimit'|'scopes'|...>>
 *   GET    /admin/worlds/{world}/{contacts|companies}     -> NDJSON RawCrmRecord, ascending id, archived ones included
 *   PATCH  /admin/worlds/{world}/{contacts|companies}     CrmEdit[] -> { ids: string[] }
 *   GET    /admin/worlds/{world}/occurrences              -> NDJSON RawOccurrence, in the order in which they came
 *   GET    /admin/worlds/{world}/subscription             -> RawSubscription
 *   PATCH  /admin/worlds/{world}/subscription             Partial<RawSubscription>
 *   GET    /admin/worlds/{world}/{visitors|accounts}      -> NDJSON RawPendoRecord, ascending id by UTF-8 bytes
 *   PATCH  /admin/worlds/{world}/{visitors|accounts}      PendoEdit[] -> { ids: string[] }
 *   GET    /admin/worlds/{world}/events                   -> NDJSON RawEvent
 *   GET    /admin/worlds/{world}/poll-events              -> NDJSON RawPollEvent
 *   POST   /admin/worlds/{world}/events                   RawEvent[]      (late events, hand-made cases)
 *   POST   /admin/worlds/{world}/poll-events              RawPollEvent[]
 *   PUT    /admin/worlds/{world}/switches                 Partial<Switches> -> Switches
 *   GET    /admin/worlds/{world}/switches                 -> Switches
 *   POST   /admin/worlds/{world}/faults                   Fault -> { id }
 *   DELETE /admin/worlds/{world}/faults                   (all of them)
 *   POST   /admin/faults                                  Fault -> { id }  (hits requests of every world, and of none: unknown credentials)
 *   DELETE /admin/faults                                  (all of those)
 *   GET    /admin/clock | PUT /admin/clock                Clock
 *   GET    /admin/worlds/{world}/log?since={seq}          -> NDJSON Call
 *   DELETE /admin/worlds/{world}/log
 *   GET    /admin/worlds/{world}/writes?…                 -> NDJSON FieldWrite  (the log's writes, field by field)
 *   GET    /admin/writes?…                                -> NDJSON FieldWrite  (of every world)
 *          Both take `vendor`, `field`, `id`, `since` (seq) as filters, and `accepted=true`.
 */

export type CrmType = 'contacts' | 'companies';
export type PendoKind = 'visitor' | 'account';

/** Where a subscription lives. Each region has an address of its own, and its keys are good there only. */
export const pendoRegions = ['us', 'us1', 'eu', 'jp', 'au'] as const;
export type PendoRegion = (typeof pendoRegions)[number];

/** What to generate. Every share is 0 to 1. The same request gives the same world, byte for byte. */
export interface WorldRequest {
  /** Name in the admin paths; letters, digits, `-`. */
  world: string;
  seed: number;
  contacts: number;
  companies: number;
  visitors: number;
  accounts: number;
  /** Region of the Pendo subscription. Default `us`. */
  region?: PendoRegion;
  /** IANA zone of the Pendo subscription. Default `America/New_York`. */
  zone?: string;
  /** Calls per 10 s (default 190). 0: no limits at all, for benchmarks. */
  tier?: 0 | 100 | 110 | 190 | 250;
  /** Share of visitors that have a contact with the same e-mail, and of accounts with a company. Default 0.8. */
  matched?: number;
  /** Days of activity to generate before the clock's today. Default 400. */
  activityDays?: number;
  /** Plain values only: no poison, odd ids, duplicates or blanks (for benchmarks). Default false. */
  tame?: boolean;
  /**
   * Also what no source has seen in a real subscription: visitors without `auto` that are not do-not-process, `accountids` in
   * other forms than a list, event rows without minutes or with 0, without a number of events. Default false.
   */
  beyondSources?: boolean;
  /** Share of accounts that are marked do-not-process. Default 0. */
  doNotProcessAccounts?: number;
  /** Where Pendo runs out of its five minutes: visitors in the id range times days, per call. Default 100 million. */
  visitorDays?: number;
}

export interface World {
  world: string;
  portalId: number;
  subscriptionId: string;
  /** Private-app style token with every scope that the mission needs. */
  hubspotToken: string;
  /** Integration keys with and without write access. */
  pendoKey: string;
  pendoReadKey: string;
  zone: string;
  /** The join properties that the generator filled: contact `email`; company `pendo_account_key`, not declared unique. */
  joinKeys: { visitor: string; account: string };
}

/* ---------- HubSpot's raw truth ---------- */

export interface RawPropertyDefinition {
  name: string;
  label: string;
  type:
    | 'string'
    | 'number'
    | 'bool'
    | 'date'
    | 'datetime'
    | 'enumeration'
    | 'phone_number'
    | 'json'
    | 'object_coordinates';
  fieldType: string;
  groupName: string;
  description: string;
  options: { label: string; value: string; displayOrder: number; hidden: boolean }[];
  hasUniqueValue: boolean;
  calculated: boolean;
  hidden: boolean;
  hubspotDefined: boolean;
  readOnlyValue: boolean;
  /** Sensitive properties are left out of every answer to a token without the scope. */
  dataSensitivity: 'non_sensitive' | 'sensitive';
  archived: boolean;
  createdAt: number;
  updatedAt: number;
}

/** A validation rule that the portal's admin made. Only the paths of 2026-09 enforce it. */
export interface RawValidationRule {
  object: CrmType;
  /** The property that must have a value. */
  property: string;
  /** Only on records where this other property has this value; without it the rule holds for creations. */
  when?: { property: string; value: string };
}

/**
 * A property that HubSpot works out itself when it is read. Its value moves with its inputs, or with the clock, and the
 * record's modified date does not.
 */
export interface RawCalculation {
  object: CrmType;
  /** Read-only, type number. Made with the calculation when there is no such property. */
  property: string;
  /** The sum of number properties (nothing when none has a value), or the whole days since a date or datetime. */
  formula: { sum: string[] } | { daysSince: string };
}

export interface RawPortal {
  portalId: number;
  /** Calls per 10 s of a private-app token; 0: unlimited. OAuth apps have 110, or unlimited when this is 0. */
  tier: number;
  /** Calls per day in the portal's time zone; 0: unlimited. */
  dailyLimit: number;
  timeZone: string;
  /** Scopes of the world's token. */
  scopes: string[];
  groups: Record<CrmType, { name: string; label: string; archived: boolean }[]>;
  properties: Record<CrmType, RawPropertyDefinition[]>;
  validationRules: RawValidationRule[];
  calculations: RawCalculation[];
  /** Addresses that nobody may be made with: those that `gdpr-delete` was given and did not find. */
  blockedEmails: string[];
  /** Does the portal's edition have custom events? */
  customEvents: boolean;
  /** Occurrences that it takes in a month. */
  monthlyOccurrences: number;
  eventDefinitions: RawEventDefinition[];
}

/** A custom event as it was defined. */
export interface RawEventDefinition {
  name: string;
  /** `pe<portal>_<name>`: what occurrences are sent to. */
  fullyQualifiedName: string;
  label: string;
  description: string;
  primaryObject: 'CONTACT' | 'COMPANY' | 'DEAL' | 'TICKET';
  properties: { name: string; label: string; type: string }[];
  archived: boolean;
  createdAt: number;
}

/** One occurrence of a custom event, as it was taken. */
export interface RawOccurrence {
  /** HubSpot's own, which is the `uuid` only where HubSpot knows that again. */
  id: string;
  eventName: string;
  objectType: 'CONTACT' | 'COMPANY' | 'DEAL' | 'TICKET';
  objectId: string;
  /** Epoch ms, of the occurrence and of its arrival. */
  occurredAt: number;
  receivedAt: number;
  uuid: string | null;
  properties: Record<string, string>;
}

export interface RawCrmRecord {
  /** Decimal integer as text. */
  id: string;
  /** As stored, all text. A property without a value is absent. */
  properties: Record<string, string>;
  archived: boolean;
  /** Epoch ms. */
  createdAt: number;
  updatedAt: number;
  /** Set on a record that was merged away: the record that took its place. */
  mergedInto?: string;
}

/** One raw change. Without `id` a record is created. `null` removes a value. Never goes through the vendor's validation. */
export interface CrmEdit {
  id?: string;
  properties?: Record<string, string | null>;
  archived?: boolean;
  /** Gone for good and not in the recycle bin, as after `gdpr-delete`. */
  purged?: boolean;
  /** Do the values move the modified date? Default true. */
  touch?: boolean;
  /** Merge the record `id` into this one. */
  mergeInto?: string;
}

/* ---------- Pendo's raw truth ---------- */

export interface RawField {
  /** Type as Pendo reports it. */
  type: 'string' | 'boolean' | 'integer' | 'float' | 'time' | 'date' | 'list' | '';
  displayName: string;
  isDeleted: boolean;
}

export interface RawSubscription {
  id: string;
  name: string;
  zone: string;
  /** `default` is the app that is read when a source names no app. */
  apps: { id: number; name: string; default: boolean }[];
  /** kind -> group -> field -> definition. */
  schema: Record<PendoKind, Record<string, Record<string, RawField>>>;
  guides: RawGuide[];
  pages: RawItem[];
  features: RawItem[];
  trackTypes: RawItem[];
  segments: RawSegment[];
}

/** A page, feature or track type. */
export interface RawItem {
  id: string;
  name: string;
  appId: number;
  /** No longer listed. Its events stay, and can be read. */
  deleted?: boolean;
}

export interface RawSegment {
  id: string;
  name: string;
  /** With everybody of the subscription. */
  shared?: boolean;
  /** Whom it holds of each kind; nobody where there is no rule. */
  visitors?: RawSegmentRule;
  accounts?: RawSegmentRule;
}

/** These, or whose metadata has exactly this value, as it is stored. */
export type RawSegmentRule = { ids: string[] } | { group: string; field: string; equals: string | number | boolean };

export interface RawGuide {
  id: string;
  name: string;
  state: 'draft' | 'staged' | 'public' | 'disabled';
  appId: number;
  polls: {
    id: string /** where Pendo puts it: on the poll, or under `attributes` */;
    type?: string;
    attributes?: { type?: string };
    question: string;
  }[];
}

export interface RawPendoRecord {
  id: string;
  /** group -> field -> value, as stored. `auto` may be missing; `pendo.donotprocess` marks do-not-process. */
  metadata: Record<string, Record<string, unknown>>;
}

export interface PendoEdit {
  id: string;
  /** Merged group by group; a field set to `null` is removed, a group set to `null` too. */
  metadata?: Record<string, Record<string, unknown> | null>;
  deleted?: boolean;
}

/** A pre-aggregated row of `events`: one per visitor, account, app, page, server, address, browser and hour or day. */
export interface RawEvent {
  visitorId: string;
  /** `""`: no account. */
  accountId: string;
  appId: number;
  /** `allevents`: no page that somebody tagged. */
  pageId: string;
  /** The tagged feature or track type that it is a row of as well. Neither is shown by the source `events`. */
  featureId?: string;
  trackTypeId?: string;
  /** Of the track event; only the source `trackEvents` shows them. Rows are of one set of values each. */
  properties?: Record<string, unknown> | null;
  /** Epoch ms of the start of the day in the subscription's zone. */
  day: number;
  server: string;
  remoteIp: string;
  userAgent: string;
  /** Absent on some rows: counts as 0. */
  numEvents?: number;
  /** Absent on some rows: counts as 0. */
  numMinutes?: number;
  firstTime: number;
  lastTime: number;
  /** Rows that `blacklist: apply` hides. */
  blacklisted?: boolean;
}

export interface RawPollEvent {
  visitorId: string;
  accountId: string;
  guideId: string;
  pollId: string;
  appId: number;
  /** A number, a decimal string, free text, or `""`. */
  pollResponse: unknown;
  pollType: string;
  /** Epoch ms. */
  browserTime: number;
  excluded?: boolean;
}

/* ---------- behaviour ---------- */

/**
 * One switch per fact that no source settles. `docs/sandbox.md` names, for each value, the final state that the
 * contract (`docs/semantics.md`) implies under it. The first value of each is the default.
 */
export interface Switches {
  /** How Pendo takes JSON null in a value write. `clear`: removes it; `ignore`: 200, nothing happens; `error`: the row is in `errors`. */
  pendoNull: 'clear' | 'ignore' | 'error';
  /** How Pendo takes `""`. */
  pendoEmptyString: 'store' | 'clear';
  /** What a cleared value reads back as. */
  pendoClearedReads: 'absent' | 'null' | 'empty';
  /** A field without a definition in a value write. */
  pendoUnknownField: 'call400' | 'rowError' | 'ignore';
  /** A value of the wrong type. */
  pendoTypeClash: 'coerce' | 'rowError' | 'call400';
  /** Does the aggregator `list` hold a value as often as rows have it, or once? */
  pendoList: 'all' | 'distinct';
  /** Is the operator `segment` taken behind the source `accounts`? */
  pendoSegmentAccounts: 'works' | 'refused';
  /** Shape of an element of `errors`. */
  pendoErrorShape: 'string' | 'object';
  /** Are `missing` and `errors` left out when empty? */
  pendoEmptyLists: 'present' | 'absent';
  /** Numbers in metadata read back as. */
  pendoNumber: 'asSent' | 'float';
  /** Time values read back as epoch ms number, as text of it, or RFC 3339. */
  pendoTime: 'number' | 'text' | 'rfc3339';
  /** Order in which `sort` and the comparison operators see strings. */
  pendoStringOrder: 'utf8' | 'utf16' | 'caseless';
  /** Delay before a written value is read back, in ms of the sandbox's clock. */
  pendoReadLagMs: number;
  /** `results` of an empty answer. */
  pendoEmptyResults: 'array' | 'null' | 'absent';
  /** A write to a do-not-process visitor. */
  pendoDoNotProcessWrite: 'accept' | 'rowError';
  /** Body of a 403. */
  pendoForbiddenBody: 'json' | 'text' | 'empty';
  /** Type that a field created as `number` reports. */
  pendoNumberType: 'float' | 'integer';
  /** A row in a batch update with a bad value: 207 with the row in `errors` (when every input has its own trace id), or 400 for all. */
  hubspotBadRow: 'multiStatus' | 'batch400';
  /** A record id that does not exist in a batch update. */
  hubspotMissingId: 'multiStatus' | 'silent';
  /** Delay before a written value shows in list and batch read, in ms. */
  hubspotReadLagMs: number;
  /** Delay before search sees a change, in ms. */
  hubspotIndexLagMs: number;
  /** Delay before a created property can be listed, in ms. */
  hubspotPropertyLagMs: number;
  /** Does the portal's validation round numbers to integers, trim strings, ... (a vendor that stores another value than was sent)? */
  hubspotNormalise: 'none' | 'roundNumbers';
  /** Must a property of type `bool` be made with its two options, `true` and `false`? */
  hubspotBoolOptions: 'optional' | 'required';
  /** Order of `results` in batch answers. */
  hubspotResultOrder: 'shuffled' | 'asSent';
  /** Status of a batch on the paths of 2026-09 of which some rows failed; the published file folds 207 into 200. */
  hubspotPartialStatus: '207' | '200';
  /** Status of a batch of properties that were made, on the paths of 2026-09. */
  hubspotPropertiesMadeStatus: '201' | '200';
  /** Members of answers that the published files do not require: names and dates of the account, whose token it is, … */
  hubspotOptionalMembers: 'present' | 'absent';
  /** Keys of `properties` in records: as the property was made, which may have capitals, or in lower case. */
  hubspotPropertyCase: 'asDefined' | 'lowerCase';
  /** Body of a good `token/verify`; clients look at the status only. */
  pendoVerifyBody: 'json' | 'empty';
  /** `hs_additional_emails` among the properties that a token sees. */
  hubspotAdditionalEmails: 'listed' | 'hidden';
  /** Does HubSpot file an address under another one (é as e), and does it find it under the first one when it is asked? */
  hubspotEmailFolding: 'none' | 'accents' | 'accentsOnWrite';
  /** Do `<`, `<=`, `>` and `>=` compare strings in the order of `sort`? */
  pendoComparison: 'asSorted' | 'otherOrder';
  /** What `countIf` of a field counts: its distinct values, or the rows. */
  pendoCountIf: 'distinct' | 'rows';
  /** What a value that is not there makes of a sum. */
  pendoMissingInSum: 'zero' | 'null';
  /** Is an expression taken that reads a member of `properties`? */
  pendoPropertyPaths: 'accepted' | 'refused';
  /** Where a positive `count` of a time series runs to, from `first`. */
  pendoSeriesCount: 'forward' | 'backward';
  /** What else has rows of `events`: nothing, or also calls that only identify visitors. The raw truth has none of those. */
  pendoEvents: 'activity' | 'alsoIdentify';
  /** Is `startOfPeriod("daily", t)` taken at all? */
  pendoStartOfPeriod: 'accepted' | 'refused';
  /** What `GET guide?expand=*` lists. */
  pendoGuideList: 'allApps' | 'defaultApp';
  /** Does `pollEvents` take an `appId` beside guide and poll? */
  pendoPollApps: 'accepted' | 'refused';
  /** How many days `pollEvents` takes in a call. */
  pendoPollDays: 'any' | 'atMost730';
  /** Where it shows who must not be processed: in the record's metadata, too, or only in the lists of them. */
  pendoDoNotProcessFlag: 'metadata' | 'listOnly';
  /** Does the list take any record id as `after`, or only what it gave out itself (anything else: from the beginning)? */
  hubspotAfter: 'anyId' | 'ownCursors';
  /** Does a search look at filters by record id? */
  hubspotSearch: 'asAsked' | 'ignoresIds';
  /** What HubSpot makes of an occurrence whose `uuid` it has seen: another occurrence, or nothing. */
  hubspotEventUuid: 'ignored' | 'deduplicated';
  /** May a token that sends occurrences read them back? */
  hubspotEventReadBack: 'allowed' | 'refused';
  /** Delay before an occurrence can be read back, in ms of the sandbox's clock. */
  hubspotEventLagMs: number;
  /** An occurrence of a record that is not there: taken all the same, or 400 for all of its batch. */
  hubspotEventUnknownRecord: 'taken' | 'batch400';
  /** What becomes of a time that is written: stored as sent, taken for seconds, or answered with success and lost. */
  pendoTimeWritten: 'asSent' | 'asSeconds' | 'lost';
  /** What a batch update with answer 200 has stored: everything, no dates, or only the first row. */
  hubspotUpdated: 'all' | 'noDates' | 'firstRow';
  /**
   * `yes`: answers have members that nobody knows, and members in another order. Figures of Pendo's are text. HubSpot's ids, cursors
   * and values of number properties are numbers, a search's total is text, and a list's last page points to an empty one.
   */
  oddShapes: 'no' | 'yes';
}

export type FaultKind =
  | 'latency' // adds `ms` (with jitter up to the same again when `jitter`), until faults are cleared
  | 'timeoutBefore' // never answers, nothing done
  | 'timeoutAfter' // done, but never answered
  | 'reset' // the connection is cut before an answer
  | 'resetAfter' // done, then cut
  | 'status' // answers `status` with a realistic body, nothing done (429, 401, 403, 477, 500, 502 html, 503 without content type, 504)
  | 'truncate' // the body stops half-way
  | 'slowBody' // the body drips over `ms`
  | 'empty200' // 200 with `results: []` (list, aggregation) as if there were nothing
  | 'noBody200' // 200 without a body
  | 'repeatPage' // the previous page again
  | 'otherWorld' // the reply of the world named `world`, where nothing is written
  | 'noop200' // answers like a success, does nothing
  | 'answerWith' // answers with `status`, `headers` and `body` to the letter; nothing done unless `done`
  | 'changeAnswer' // does the work, and changes the answer by `edits`, `status`, `headers`, `bom`, `encode`
  | 'quote' // beside any other fault: every text of the answer, its headers and unknown members repeat the request and its credentials
  | 'revoked'; // the credential is dead from now on, until faults are cleared

export interface Fault extends AnswerChange {
  vendor: 'hubspot' | 'pendo';
  kind: FaultKind;
  /** Matched against `METHOD /path` (no query); a JavaScript regular expression. Default: every route. */
  route?: string;
  /** For aggregations: matched against the source names in the pipeline. */
  source?: string;
  /** Matched against `?query body` of the request; a JavaScript regular expression. */
  request?: string;
  /** Applies to this share of requests (seeded by `seed`), or to the next `count`, after skipping `after`. */
  rate?: number;
  count?: number;
  after?: number;
  seed?: number;
  ms?: number;
  jitter?: boolean;
  /** Of `otherWorld`: whose data the reply has. */
  world?: string;
  /** Seconds, sent as Retry-After; none when absent. */
  retryAfter?: number;
  /** Of `answerWith`: the body as text, or any bytes in base64. Text may echo the request, see `AnswerEdit`. */
  body?: string;
  bodyBase64?: string;
  /** Of `answerWith`: is the work done first? */
  done?: boolean;
}

/** What a `changeAnswer` fault does to the answer; `status` and `headers` are those of `status` and `answerWith` too. */
export interface AnswerChange {
  status?: number;
  /** Any header, in any case; null takes one away that the answer had. The length of the body is always right. */
  headers?: Record<string, string | null>;
  /** Of an answer in JSON, in this order. Other answers keep their body. */
  edits?: AnswerEdit[];
  /** Puts a byte order mark before the body. */
  bom?: boolean;
  /** Compresses the body, and says so in `content-encoding`, unless `headers` name it otherwise (`GZIP`, `x-gzip`, null). */
  encode?: 'br' | 'gzip' | 'deflate' | 'zstd';
}

/** Names of members and places in lists; `*` is every member or element. `[]` is the whole answer. */
export type JsonPath = (string | number)[];

/**
 * One change of the JSON of an answer. `set` makes members that are not there, up to the last (a place behind the end
 * lengthens a list); `setJson` puts a JSON text in letter by letter (`1e999`); `replace` (a regular expression) changes texts
 * only; `remove` takes a member or an element out. Texts of `set` and `with` may hold `{{method}}`, `{{path}}`, `{{query}}`, `{{body}}`,
 * `{{headers}}`, `{{header:authorization}}`: what the request had.
 */
export type AnswerEdit = {
  path: JsonPath;
  /** Only in rows where this holds. A row is what the last `*` of `path` stands for; `path` here begins at it. */
  where?: { path: JsonPath; equals: unknown } | { path: JsonPath; matches: string };
} & ({ set: unknown } | { setJson: string } | { replace: string; with: string } | { remove: true });

export interface Clock {
  /** Epoch ms that the sandbox believes it is. */
  now: number;
  /** Does it run on with real time? */
  running: boolean;
}

export interface NextDayRequest {
  seed: number;
  /** Share of records on each side that change, appear or go. 0: only the clock moves. */
  share: number;
  /** Generate activity for the day that passed. Default true when share > 0. */
  activity?: boolean;
}

export interface NextDayReport {
  now: number;
  changed: Record<'contacts' | 'companies' | 'visitors' | 'accounts', number>;
}

/** One value that somebody asked a vendor to write. */
export interface FieldWrite {
  world: string;
  /** Of the call in the world's log. */
  seq: number;
  vendor: 'hubspot' | 'pendo';
  operation: string;
  /** Of the record that it went to; as it was asked for when there is none. */
  id: string;
  field: string;
  value: unknown;
  created: boolean;
  accepted: boolean;
}

/** One request as the vendor saw it. */
export interface Call {
  seq: number;
  /** Real epoch ms at arrival and at the end of the answer. */
  at: number;
  endedAt: number;
  vendor: 'hubspot' | 'pendo';
  method: string;
  path: string;
  /** `list`, `search`, `batchUpdate`, `batchUpsert`, `aggregation:events`, `metadataWrite:visitor`, ... */
  operation: string;
  status: number;
  /** The request was over the limit that the vendor enforces. */
  overLimit: boolean;
  fault?: FaultKind;
  /** Places of the answer's JSON that a `changeAnswer` fault changed; 0: its edits met nothing. */
  changed?: number;
  /** Records read or written. */
  records: number;
  /** Occurrences of custom events that were asked for, and whether each was taken. */
  occurrences?: { eventName: string; objectId: string; uuid: string | null; accepted: boolean }[];
  /** For writes: what was done to the truth, per record. */
  writes?: { id: string; created: boolean; accepted: boolean; fields: Record<string, unknown> }[];
}
