import type { SyncConfig, SyncObject } from './config.ts';
import { namedPull, pendoPrefix } from './field-names.ts';
import { pushDefinitions } from './push-definitions.ts';
import { type ItemNames, itemWords } from './pendo-items.ts';
import { isItemMapping, type PushMapping } from './push-mapping.ts';
import { hasWindow, needsItemName, valueKey, windowOf } from './push-names.ts';
import { hasMeasure, hasOptions } from './push-sources.ts';
import type { HubSpotPropertyDefinition, PendoSchema, Problem, PushDefinition } from './types.ts';
import { canBeJoinKey, pendoTypeFor, pendoTypeMatches, valueTypeOf } from './value-types.ts';
import { isZone } from './zones.ts';

export interface MappingInput {
  object: SyncObject;
  config: SyncConfig;
  hubspotProperties: readonly HubSpotPropertyDefinition[];
  pendoSchema: PendoSchema;
  /** Pages, features, track types and segments as Pendo lists them. Kinds that are left out are not judged. */
  items?: ItemNames | undefined;
}

/**
 * Everything that is wrong with a configuration, before any record is touched; none: it can be enabled. Codes are
 * stable; messages name properties and fields, never values.
 */
export function checkMapping(input: MappingInput): Problem[] {
  const properties = new Map(input.hubspotProperties.filter(({ archived }) => !archived).map((p) => [p.name, p]));
  const check = { ...input, properties, owned: ownedProperties(input.object, input.config) };
  return [...joinKeyProblems(check), ...pullProblems(check), ...pushProblems(check), ...settingProblems(check)];
}

interface Check extends MappingInput {
  properties: ReadonlyMap<string, HubSpotPropertyDefinition>;
  /** HubSpot properties that this sync writes. */
  owned: ReadonlySet<string>;
}

function ownedProperties(object: SyncObject, config: SyncConfig): Set<string> {
  return new Set(pushDefinitions(object, config).map(({ property }) => property));
}

/** A property that was probably meant: in another case, or by the label that HubSpot's pages show. */
function meant(properties: Check['properties'], name: string): string | undefined {
  const folded = name.trim().toLowerCase();
  const all = [...properties.values()];
  return (
    all.find((each) => each.name.toLowerCase() === folded) ?? all.find((each) => each.label?.toLowerCase() === folded)
  )?.name;
}

function unknownFix(properties: Check['properties'], name: string, otherwise: string): string {
  const other = meant(properties, name);
  return other === undefined ? otherwise : `Write "${other}": internal names are lower case, and labels are not names.`;
}

function* joinKeyProblems({ config, properties, owned }: Check): Generator<Problem> {
  const name = config.joinKey.property;
  const property = properties.get(name);
  const path = 'joinKey.property';
  if (owned.has(name)) {
    yield {
      code: 'JOIN_KEY_OWNED',
      path,
      message: `The join key ${name} is a property that this sync writes itself.`,
      fix: 'Choose a property that holds the Pendo id and is filled by someone else.',
    };
  } else if (!property) {
    yield {
      code: 'JOIN_KEY_UNKNOWN',
      path,
      message: `HubSpot has no property ${name} that this connection can see.`,
      fix: unknownFix(properties, name, 'Choose one from the list of HubSpot properties, by its internal name.'),
    };
  } else if (!canBeJoinKey(property)) {
    yield {
      code: 'JOIN_KEY_TYPE',
      path,
      message: `The join key ${name} is of type ${property.type}, which cannot hold a Pendo id.`,
      fix: 'Choose a text property whose value equals the Pendo id.',
    };
  } else if (property.hidden) {
    yield {
      code: 'JOIN_KEY_HIDDEN',
      path,
      message: `The join key ${name} is hidden in HubSpot, so nobody there could correct a wrong value.`,
      fix: 'Choose a visible property, or make this one visible in HubSpot.',
    };
  }
}

function* pullProblems({ config, properties, owned, pendoSchema }: Check): Generator<Problem> {
  const seenProperties = new Set<string>();
  const seenFields = new Set<string>();
  for (const [index, { property: name, field }] of namedPull(config.pull).entries()) {
    const at = (member: string): string => `pull.${index}.${member}`;
    const property = properties.get(name);
    const type = property && valueTypeOf(property);
    if (seenProperties.has(name)) {
      yield {
        code: 'PROPERTY_DUPLICATE',
        path: at('property'),
        message: `The property ${name} is mapped twice.`,
        fix: 'Keep one of the two mappings.',
      };
    } else if (seenFields.has(field)) {
      yield {
        code: 'FIELD_DUPLICATE',
        path: at('field'),
        message: `Two properties are mapped to the Pendo field ${field}.`,
        fix: 'Give one of them another field name, or none to have one made.',
      };
    }
    seenProperties.add(name);
    seenFields.add(field);
    if (!field.startsWith(pendoPrefix)) {
      yield {
        code: 'FIELD_PREFIX',
        path: at('field'),
        message: `The Pendo field ${field} does not begin with ${pendoPrefix}, so it may belong to someone else.`,
        fix: `Name it ${pendoPrefix}${field}, or leave the name out.`,
      };
    }
    if (owned.has(name)) {
      yield {
        code: 'PROPERTY_OWNED',
        path: at('property'),
        message: `The property ${name} is written by this sync from Pendo; pulling it would feed it back.`,
        fix: 'Take it out of the pull: Pendo knows this value already.',
      };
    } else if (!property) {
      yield {
        code: 'PROPERTY_UNKNOWN',
        path: at('property'),
        message: `HubSpot has no property ${name} that this connection can see.`,
        fix: unknownFix(properties, name, 'Use its internal name; sensitive properties need their own scope.'),
      };
    } else if (!type) {
      yield {
        code: 'PROPERTY_TYPE_UNMAPPABLE',
        path: at('property'),
        message: `The property ${name} is of type ${property.type}, which has no counterpart in Pendo.`,
        fix: 'Take it out of the mapping.',
      };
    }
    const held = pendoSchema[config.pendoGroup]?.[field];
    // A deleted field keeps its type: Pendo can only bring it back, not make it anew.
    if (type && held && !pendoTypeMatches(type, held.type)) {
      const there = held.isDeleted ? `was deleted as ${held.type}, and keeps that type` : `exists as ${held.type}`;
      yield {
        code: 'FIELD_TYPE_CLASH',
        path: at('field'),
        message: `The Pendo field ${config.pendoGroup}.${field} ${there}; ${name} needs ${pendoTypeFor(type)}.`,
        fix: `Set another field name for this mapping, like ${freeField(pendoSchema[config.pendoGroup], field)}. Deleting the field in Pendo does not help: its name keeps its type.`,
      };
    }
  }
}

/** A name that Pendo does not know yet, deleted fields included. */
function freeField(fields: PendoSchema[string] | undefined, field: string): string {
  for (let n = 2; ; n++) {
    const name = `${field.slice(0, 190)}_${n}`;
    if (fields?.[name] === undefined) return name;
  }
}

function* pushProblems(check: Check): Generator<Problem> {
  const { object, config, properties, pendoSchema, items } = check;
  const seenValues = new Set<string>();
  const seenProperties = new Set<string>();
  const definitions = new Map(
    pushDefinitions(object, config, { schema: pendoSchema, items }).map((one) => [one.index, one]),
  );
  for (const [index, mapping] of config.push.entries()) {
    const at = (member: string): string => `push.${index}.${member}`;
    const definition = definitions.get(index);
    if (!definition) {
      yield notOfObject(check, mapping, at);
      continue;
    }
    const value = valueKey(mapping, config);
    const name = definition.property;
    if (seenValues.has(value)) {
      yield duplicate(mapping, windowOf(mapping, config), at);
    } else if (seenProperties.has(name)) {
      yield {
        code: 'PUSH_PROPERTY_DUPLICATE',
        path: at('property'),
        message: `Two push fields are mapped to the HubSpot property ${name}.`,
        fix: 'Give one of them another property name, or none to have one made.',
      };
    }
    seenValues.add(value);
    seenProperties.add(name);
    yield* sourceProblems(mapping, definition, items, at);
    yield* heldProblems(definition, properties, at);
  }
}

type At = (member: string) => string;

function notOfObject({ object }: Check, mapping: PushMapping, at: At): Problem {
  if ('metric' in mapping) {
    return {
      code: 'METRIC_NOT_FOR_VISITORS',
      path: at('metric'),
      message: `A visitor has no ${mapping.metric}; it exists for accounts only.`,
      fix: 'Take it out of the visitor sync.',
    };
  }
  if (!hasMeasure(mapping)) {
    return {
      code: 'MEASURE_NOT_FOR_SOURCE',
      path: at('measure'),
      message: `Pendo counts no minutes of a ${mapping.source}; only pages have them.`,
      fix: 'Use another measure: events, days, firstUse or lastUse.',
    };
  }
  const what = mapping.source === 'nps' ? `nps ${mapping.measure}` : mapping.source;
  return {
    code: 'SOURCE_NOT_FOR_VISITORS',
    path: at(mapping.source === 'nps' ? 'measure' : 'source'),
    message: `The push field ${what} does not exist for a ${object}; it is counted over the visitors of an account.`,
    fix: 'Take it out of the visitor sync, and map it in the account sync.',
  };
}

function duplicate(mapping: PushMapping, window: number | null, at: At): Problem {
  const days = window === null ? '' : ` over ${window} days`;
  if ('metric' in mapping) {
    return {
      code: 'METRIC_DUPLICATE',
      path: at('metric'),
      message: `The metric ${mapping.metric}${days} is mapped twice.`,
      fix: window === null ? 'Keep one of the two mappings.' : 'Keep one of the two mappings, or give one another window.',
    };
  }
  return {
    code: 'SOURCE_DUPLICATE',
    path: at('source'),
    message: `The push field ${describe(mapping)}${days} is mapped twice.`,
    fix: 'Keep one of the two mappings.',
  };
}

/** An entry in a few words, by what stands in the configuration. */
function describe(mapping: Exclude<PushMapping, { metric: unknown }>): string {
  const parts = [
    mapping.source,
    ...('group' in mapping ? [`${mapping.group}.${mapping.field}`] : []),
    ...('id' in mapping ? [mapping.id] : []),
    ...('measure' in mapping ? [mapping.measure] : []),
  ];
  return parts.join(' ');
}

function* sourceProblems(
  mapping: PushMapping,
  definition: PushDefinition,
  items: ItemNames | undefined,
  at: At,
): Generator<Problem> {
  if ('metric' in mapping) {
    if (mapping.window === undefined || hasWindow(mapping.metric)) return;
    yield {
      code: 'METRIC_WITHOUT_WINDOW',
      path: at('window'),
      message: `The metric ${mapping.metric} is not counted over a window.`,
      fix: 'Leave the window out. Days Active, Time on App and Usage Trending have one.',
    };
  } else if (mapping.source === 'metadata') {
    yield* metadataProblems(mapping, definition, at);
  } else if (isItemMapping(mapping)) {
    const kind = itemWords[mapping.source];
    if (definition.fault === 'gone') {
      yield {
        code: 'ITEM_UNKNOWN',
        path: at('id'),
        message: `Pendo lists no ${kind} with the id ${mapping.id}: it was deleted, or the id is another thing's.`,
        fix: `Use an id of the catalogue of ${kind}s, exactly as it stands there.`,
      };
    } else if (needsItemName(mapping) && items?.[mapping.source] === undefined) {
      yield {
        code: 'ITEM_NAME_UNKNOWN',
        path: at('property'),
        message: `The property of the ${kind} ${mapping.id} is named after it, and Pendo is not connected to ask for its name.`,
        fix: 'Connect Pendo first, or set a property name that begins with pendo_.',
      };
    }
  }
}

function* metadataProblems(
  { group, field }: Extract<PushMapping, { source: 'metadata' }>,
  definition: PushDefinition,
  at: At,
): Generator<Problem> {
  const { fault } = definition;
  if (field.startsWith(pendoPrefix)) {
    yield {
      code: 'METADATA_FED_BACK',
      path: at('field'),
      message: `The metadata field ${group}.${field} holds, or may come to hold, what was pulled from HubSpot; pushing it would feed it back.`,
      fix: `Take it out of the push: fields that begin with ${pendoPrefix} are filled from HubSpot.`,
    };
  } else if (fault === 'gone') {
    yield {
      code: 'METADATA_FIELD_UNKNOWN',
      path: at('field'),
      message: `Pendo has no metadata field ${field} in the group ${group}, or it was deleted.`,
      fix: 'Use a group and a field of the catalogue, exactly as they stand there.',
    };
  } else if (fault === 'unmappable') {
    yield {
      code: 'METADATA_TYPE_UNMAPPABLE',
      path: at('field'),
      message: `The metadata field ${group}.${field} is of type ${'pendoType' in definition ? definition.pendoType : ''}, which has no counterpart in HubSpot.`,
      fix: 'Take it out of the mapping.',
    };
  }
}

/** What stands in HubSpot under the name already. */
function* heldProblems(definition: PushDefinition, properties: Check['properties'], at: At): Generator<Problem> {
  const { property: name, hubspotType, label, options = [], typeUnknown } = definition;
  const held = properties.get(name);
  if (!held) return;
  const fix = `Set another property name for this field, like ${freeProperty(properties, name)}.`;
  if (!typeUnknown && held.type !== hubspotType) {
    yield {
      code: 'PUSH_PROPERTY_TYPE_CLASH',
      path: at('property'),
      message: `The HubSpot property ${name} exists as ${held.type}; ${label} needs ${hubspotType}.`,
      fix,
    };
  } else if (held.readOnlyValue || held.calculated) {
    yield {
      code: 'PUSH_PROPERTY_READ_ONLY',
      path: at('property'),
      message: `The HubSpot property ${name} exists and cannot be written.`,
      fix,
    };
  } else if (!hasOptions(held, options)) {
    const needed = options.map(({ value }) => value).join(', ');
    yield {
      code: 'PUSH_PROPERTY_OPTIONS_MISSING',
      path: at('property'),
      message: `The HubSpot property ${name} exists without all of the options ${needed}.`,
      fix: `${fix} Or add the options there, with these internal values.`,
    };
  }
}

function freeProperty(properties: Check['properties'], property: string): string {
  for (let n = 2; ; n++) {
    const name = `${property.slice(0, 90)}_${n}`;
    if (!properties.has(name)) return name;
  }
}

function* settingProblems({ object, config, properties }: Check): Generator<Problem> {
  const key = config.joinKey.property;
  const contactEmail = object === 'visitor' && key === 'email';
  const property = properties.get(key);
  if (config.create === 'hubspot' && property && !contactEmail && !property.hasUniqueValue) {
    yield {
      code: 'CREATE_NEEDS_UNIQUE_KEY',
      path: 'create',
      message: `HubSpot records can only be created by a unique property, and ${key} allows the same value twice.`,
      fix: "Set create to 'none', or join on a property with unique values (for contacts also email).",
    };
  }
  if (config.secondaryEmails && !contactEmail) {
    yield {
      code: 'SECONDARY_EMAILS_NEED_EMAIL',
      path: 'secondaryEmails',
      message: "Additional e-mail addresses belong to contacts, and help only where the join key is 'email'.",
      fix: 'Switch secondaryEmails off, or join contacts on email.',
    };
  }
  if (!isZone(config.schedule.timeZone)) {
    yield {
      code: 'TIME_ZONE_UNKNOWN',
      path: 'schedule.timeZone',
      message: `"${config.schedule.timeZone}" is not an IANA time zone.`,
      fix: 'Use a name such as Europe/Berlin, America/New_York or UTC. Abbreviations and offsets do not know daylight saving time.',
    };
  }
}
