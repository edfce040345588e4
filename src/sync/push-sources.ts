/** The push fields that name a source: the table of docs/semantics.md, section 3.4. */
import type { SyncObject } from './config.ts';
import { metadataTypeOf } from './metadata-value.ts';
import { type ItemNames, itemWords } from './pendo-items.ts';
import type { NpsMeasure, PushMapping, UsageMeasure, WindowDays } from './push-mapping.ts';
import { words } from './push-names.ts';
import type { HubSpotPropertyDefinition, PendoSchema, PushDefinition } from './types.ts';

export type SourceMapping = Exclude<PushMapping, { metric: unknown }>;

/** All of a definition that the source says; its property and its place are said by the configuration. */
type SourceRule = PushDefinition extends infer D ? (D extends unknown ? Omit<D, 'property' | 'index'> : never) : never;

export const npsOptions = [
  { value: 'promoter', label: 'Promoter' },
  { value: 'passive', label: 'Passive' },
  { value: 'detractor', label: 'Detractor' },
] as const;

/** Measures that are counted over an account's visitors. */
const ofAccounts: readonly NpsMeasure[] = ['averageScore', 'netPromoterScore', 'answers'];

/** Has the object such a field? */
export function isForObject(object: SyncObject, mapping: PushMapping): boolean {
  if (object === 'account') return true;
  if ('metric' in mapping) return mapping.metric !== 'totalVisitors';
  return mapping.source === 'nps' ? !ofAccounts.includes(mapping.measure) : mapping.source !== 'activeVisitors';
}

/** Only pages have minutes. */
export function hasMeasure(mapping: PushMapping): boolean {
  return 'metric' in mapping || mapping.source === 'page' || !('measure' in mapping) || mapping.measure !== 'minutes';
}

/** An enumeration of HubSpot's takes no value that is not among its options. */
export function hasOptions(
  held: Pick<HubSpotPropertyDefinition, 'options'>,
  needed: readonly { value: string }[] = [],
): boolean {
  return needed.every(({ value }) => held.options?.some((option) => option.value === value));
}

export interface KnownInPendo {
  /** Undefined: Pendo was not asked. */
  schema?: PendoSchema | undefined;
  items?: ItemNames | undefined;
}

export function sourceRule(
  object: SyncObject,
  mapping: SourceMapping,
  days: WindowDays | null,
  known: KnownInPendo,
): SourceRule {
  const who = object === 'visitor' ? 'this person' : 'this account';
  const window = days as WindowDays;
  const span = `in the ${days} whole days up to yesterday, by the time zone of the Pendo subscription`;
  switch (mapping.source) {
    case 'metadata':
      return metadataRule(mapping, who, known.schema);
    case 'page':
    case 'feature':
    case 'trackType': {
      const { source, id, measure } = mapping;
      const name = known.items?.[source]?.get(id);
      const item = `the ${itemWords[source]} "${name ?? id}"`;
      const isDate = measure === 'firstUse' || measure === 'lastUse';
      return {
        source,
        id,
        measure,
        window,
        ...(isGone(known, source, id) ? { fault: 'gone' as const } : {}),
        hubspotType: isDate ? 'date' : 'number',
        whenNothing: isDate ? 'keep' : 'zero',
        guardTo: 'emptyOrZero',
        label: `${capital(itemWords[source])} ${name ?? id}: ${words(measure)} (${days} days)`,
        description: `${measured[measure]} ${item} in Pendo by ${who}, ${span}.`,
      };
    }
    case 'nps':
      return npsRule(mapping.measure, who);
    case 'segment': {
      const { source, id } = mapping;
      const name = known.items?.segment?.get(id) ?? id;
      return {
        source,
        id,
        ...(isGone(known, source, id) ? { fault: 'gone' as const } : {}),
        hubspotType: 'bool',
        whenNothing: 'zero',
        guardTo: 'emptyOrFalse',
        label: `Segment ${name}`,
        description: `Whether ${who} is in the Pendo segment "${name}", as of the last run.`,
      };
    }
    case 'activeVisitors':
      return {
        source: 'activeVisitors',
        window,
        hubspotType: 'number',
        whenNothing: 'zero',
        guardTo: 'emptyOrZero',
        label: `Active Visitors (${days} days)`,
        description: `Visitors of this account with activity ${span}.`,
      };
  }
}

const measured: Record<UsageMeasure, string> = {
  events: 'Uses of',
  days: 'Days with use of',
  minutes: 'Minutes on',
  firstUse: 'First day with use of',
  lastUse: 'Last day with use of',
};

function isGone({ items }: KnownInPendo, kind: keyof ItemNames, id: string): boolean {
  const listed = items?.[kind];
  return listed !== undefined && !listed.has(id);
}

function metadataRule(
  { group, field, timeAs, onEmpty }: Extract<PushMapping, { source: 'metadata' }>,
  who: string,
  schema: PendoSchema | undefined,
): SourceRule {
  const fields = schema && Object.hasOwn(schema, group) ? schema[group] : undefined;
  const found = fields && Object.hasOwn(fields, field) ? fields[field] : undefined;
  const isThere = found !== undefined && !found.isDeleted;
  const type = isThere ? metadataTypeOf(found.type, timeAs) : null;
  const zone = type === 'date' ? ' Days are those of the time zone of the Pendo subscription.' : '';
  return {
    source: 'metadata',
    group,
    field,
    pendoType: isThere ? found.type : '',
    hubspotType: type ?? 'string',
    ...(type === null ? { typeUnknown: true as const } : {}),
    ...(schema !== undefined && type === null ? { fault: isThere ? ('unmappable' as const) : ('gone' as const) } : {}),
    whenNothing: onEmpty,
    guardTo: 'emptyOrZero',
    label: (isThere && found.displayName) || field,
    description: `The metadata field ${group}.${field} of ${who} in Pendo.${zone}`,
  };
}

function npsRule(measure: NpsMeasure, who: string): SourceRule {
  const rule = { source: 'nps', measure, hubspotType: 'number', whenNothing: 'keep', guardTo: 'empty' } as const;
  const newest = `the newest answer of ${who} to an NPS survey in Pendo`;
  const members = "this account's visitors' newest answers to NPS surveys in Pendo";
  switch (measure) {
    case 'category':
      return {
        ...rule,
        hubspotType: 'enumeration',
        options: npsOptions,
        guardTo: 'emptyOrZero',
        label: 'NPS Category',
        description: `Of ${newest}: promoter (9, 10), passive (7, 8) or detractor (0 to 6).`,
      };
    case 'comment':
      return {
        ...rule,
        hubspotType: 'string',
        whenNothing: 'clear',
        guardTo: 'emptyOrZero',
        label: 'NPS Comment',
        description: `What was written beside ${newest}. Empty where that answer has no comment.`,
      };
    case 'answeredOn':
      return {
        ...rule,
        hubspotType: 'date',
        guardTo: 'emptyOrZero',
        label: 'NPS Answered On',
        description: `The day of ${newest}, by the time zone of the Pendo subscription.`,
      };
    case 'averageScore':
      return { ...rule, label: 'NPS Average Score', description: `Average, 0 to 10, of ${members}.` };
    case 'netPromoterScore':
      return {
        ...rule,
        label: 'Net Promoter Score',
        description: `Share of promoters less share of detractors among ${members}, in percent points: -100 to 100.`,
      };
    case 'answers':
      return {
        ...rule,
        whenNothing: 'zero',
        guardTo: 'emptyOrZero',
        label: 'NPS Answers',
        description: `Number of ${members}, one for each visitor who answered.`,
      };
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
