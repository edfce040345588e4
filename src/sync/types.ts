/**
 * The shapes that the pure rules take and return. Everything here is JSON-safe, so that a plan can be frozen into a
 * run's row and a canonical document into a `jsonb` column as it is.
 */
import type { SyncObject } from './config.ts';
import type { NpsMeasure, PushMetric, UsageKind, UsageMeasure, WindowDays } from './push-mapping.ts';

/** What a HubSpot property can be to us; the table in docs/semantics.md, section 3.2. */
export type ValueType = 'string' | 'number' | 'bool' | 'date' | 'datetime' | 'enumeration' | 'multiEnumeration';

/** Type as Pendo's schema call takes it. */
export type PendoType = 'string' | 'number' | 'boolean' | 'time';

/** Types of the HubSpot properties that Crosswalk creates. */
export type PushType = 'string' | 'number' | 'bool' | 'date' | 'datetime' | 'enumeration';

/** Why a source's value was refused. */
export type InvalidReason =
  | 'nul'
  | 'loneSurrogate'
  | 'notText'
  | 'notANumber'
  | 'notFinite'
  | 'notABool'
  | 'notATime'
  | 'outOfRange'
  | 'negativeMinutes'
  | 'negativeCount'
  | 'tooLong';

/**
 * One value in the form in which both sides are compared. Text holds every type: text as it is; a number as ECMAScript
 * writes it; `true`/`false`; a date as `YYYY-MM-DD`; a datetime as epoch ms; an option; several options joined by `;`.
 * `null`: empty. `invalid`: the source's value is refused. `unreadable`: the target holds something else entirely, which
 * differs from everything. `keep`: the source has nothing, and this record keeps what the target holds, whatever the field's
 * own rule is. No NUL and no lone surrogate is ever in one (`jsonb` cannot hold them).
 */
export type Canon = string | null | { invalid: InvalidReason } | { unreadable: true } | { keep: true };

export function isKeeping(value: Canon): value is { keep: true } {
  return typeof value === 'object' && value !== null && 'keep' in value;
}

/** Field name to value. An absent key: not known (HubSpot leaves out properties that it does not know). */
export type CanonDoc = Record<string, Canon>;

/** What the rules need of a HubSpot property definition; more members do no harm. */
export interface HubSpotPropertyDefinition {
  name: string;
  label: string;
  type: string;
  fieldType: string;
  groupName?: string | undefined;
  options?: readonly { label: string; value: string }[] | undefined;
  hasUniqueValue?: boolean | undefined;
  calculated?: boolean | undefined;
  hidden?: boolean | undefined;
  /** `modificationMetadata.readOnlyValue`. */
  readOnlyValue?: boolean | undefined;
  archived?: boolean | undefined;
  /** Another instant under the same name: another property. */
  createdAt?: string | undefined;
}

/** What the rules need of one field of Pendo's metadata schema. */
export interface PendoFieldDefinition {
  /** As Pendo reports it: `string`, `boolean`, `integer`, `float`, `time`, `date`, `list`, or `''` (untyped). */
  type: string;
  displayName?: string | undefined;
  isDeleted?: boolean | undefined;
}

/** Group to field to definition, for one kind (visitor or account). */
export type PendoSchema = Record<string, Record<string, PendoFieldDefinition>>;

/** Something wrong with a configuration that a person can fix. `code` is stable. */
export interface Problem {
  code: ProblemCode;
  /** Where in the configuration, e.g. `pull.2.property`. */
  path: string;
  message: string;
  fix: string;
}

export type ProblemCode =
  | 'APP_UNKNOWN'
  | 'JOIN_KEY_UNKNOWN'
  | 'JOIN_KEY_HIDDEN'
  | 'JOIN_KEY_TYPE'
  | 'JOIN_KEY_OWNED'
  | 'PROPERTY_UNKNOWN'
  | 'PROPERTY_TYPE_UNMAPPABLE'
  | 'PROPERTY_OWNED'
  | 'PROPERTY_DUPLICATE'
  | 'FIELD_DUPLICATE'
  | 'FIELD_PREFIX'
  | 'FIELD_TYPE_CLASH'
  | 'METRIC_DUPLICATE'
  | 'METRIC_NOT_FOR_VISITORS'
  | 'METRIC_WITHOUT_WINDOW'
  | 'SOURCE_DUPLICATE'
  | 'SOURCE_NOT_FOR_VISITORS'
  | 'MEASURE_NOT_FOR_SOURCE'
  | 'METADATA_FIELD_UNKNOWN'
  | 'METADATA_TYPE_UNMAPPABLE'
  | 'METADATA_FED_BACK'
  | 'ITEM_UNKNOWN'
  | 'ITEM_NAME_UNKNOWN'
  | 'PUSH_PROPERTY_OPTIONS_MISSING'
  | 'PUSH_PROPERTY_DUPLICATE'
  | 'PUSH_PROPERTY_TYPE_CLASH'
  | 'PUSH_PROPERTY_READ_ONLY'
  | 'EVENT_DUPLICATE'
  | 'EVENT_NAME_DUPLICATE'
  | 'EVENT_PROPERTY_SOURCE'
  | 'EVENT_PROPERTY_DUPLICATE'
  | 'EVENT_PROPERTY_NAME_DUPLICATE'
  | 'EVENT_PROPERTY_RESERVED'
  | 'CREATE_NEEDS_UNIQUE_KEY'
  | 'SECONDARY_EMAILS_NEED_EMAIL'
  | 'TIME_ZONE_UNKNOWN';

/** Why a field takes no part in a run. */
export type StopReason =
  /** The source property no longer exists. */
  | 'gone'
  /** The source property exists with another type than before. */
  | 'typeChanged'
  /** The source property has a type that cannot be mapped. */
  | 'unmappable'
  /** The target's field or property exists with another type. Stored, and in the API, by this name. */
  | 'takerType'
  /** The target's property cannot be written. */
  | 'readOnly';

export interface PullPlan {
  /** HubSpot property, the source. */
  property: string;
  /** Pendo field, the target. */
  field: string;
  /** When stopped: the type as last known. */
  valueType: ValueType;
  /** Stopped before its type was ever known; `valueType` is then a placeholder. */
  typeUnknown?: true;
  onEmpty: 'clear' | 'keep';
  /** Option value to label, where labels are to be sent. */
  labels?: [value: string, label: string][];
  /** More of them as JSON text: those in which a text is unstorable. Stored by this name. */
  oddLabels?: string;
  stopped?: StopReason;
}

/** What to do when Pendo has nothing to say: leave what HubSpot holds, write 0, or clear. */
export type WhenNothing = 'keep' | 'zero' | 'clear';

/** What the value guard counts as a loss: becoming empty, or also becoming 0 or false. */
export type GuardTo = 'emptyOrZero' | 'emptyOrFalse' | 'empty';

/**
 * What a push field is: one of the seven metrics, or a value of a source. Flat, as it stands in a plan; a plan of version 0.1.0
 * has `metric` and nothing beside it.
 */
export type PushWhat =
  /** Without `window`, of a metric that has one: the sync's. */
  | { metric: PushMetric; window?: WindowDays }
  /** `pendoType`: as Pendo's schema reports it. */
  | { source: 'metadata'; group: string; field: string; pendoType: string }
  | { source: UsageKind; id: string; measure: UsageMeasure; window: WindowDays }
  | { source: 'nps'; measure: NpsMeasure }
  | { source: 'segment'; id: string }
  | { source: 'activeVisitors'; window: WindowDays };

interface PushRules {
  property: string;
  hubspotType: PushType;
  whenNothing: WhenNothing;
  guardTo: GuardTo;
}

export type PushDefinition = PushWhat &
  PushRules & {
    /** Place in the configuration's list. */
    index: number;
    label: string;
    description: string;
    /** Of an enumeration. */
    options?: readonly { value: string; label: string }[];
    /** The type cannot be known; `hubspotType` is then a placeholder. */
    typeUnknown?: true;
    /** Why there is nothing to read. */
    fault?: 'gone' | 'unmappable';
  };

export type PushPlan = PushWhat &
  PushRules & {
    stopped?: StopReason;
    /** Stopped before its type was ever known; `hubspotType` is then a placeholder. */
    typeUnknown?: true;
    /** When HubSpot says that the property was made. */
    createdAt?: string;
    /** The label that Crosswalk gave the property, where it follows a name in Pendo. */
    label?: string;
  };

/** An entry of `events`, in the order of the configuration. */
export interface EventPlan {
  source: UsageKind;
  id: string;
  /** Of the definition, and its label. */
  name: string;
  label: string;
  /** The definition's fully qualified name. Absent: HubSpot has none yet. */
  eventName?: string;
  /** Of track types: Pendo's names of the properties that occurrences carry, and HubSpot's. */
  properties?: { name: string; property: string }[];
  stopped?: StopReason;
}

/** What a run does, frozen when it opens: from the configuration and the definitions as they are then. */
export interface Plan {
  object: SyncObject;
  /** How keys are read (`currentKeyRules`). A mirror that was read by other rules is read anew. */
  keyRules?: number;
  pull: PullPlan[];
  push: PushPlan[];
  /** Absent: the configuration has none. */
  events?: EventPlan[];
  joinKey: { property: string; type: string; stopped?: StopReason };
  /** Absent: all events are activity. */
  activity?: 'pagesAndFeatures';
  /** Targets that do not exist yet, or were deleted. */
  create: {
    pendo: { field: string; type: PendoType; displayName: string }[];
    hubspot: PushDefinition[];
  };
}
