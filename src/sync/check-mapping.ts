import { isZone } from './clock.ts';
import type { SyncConfig, SyncObject } from './config.ts';
import { namedPull, pendoPrefix } from './field-names.ts';
import { pushDefinitions } from './push-fields.ts';
import type { HubSpotPropertyDefinition, PendoSchema, Problem } from './types.ts';
import { canBeJoinKey, pendoTypeFor, pendoTypeMatches, valueTypeOf } from './value-types.ts';

export interface MappingInput {
  object: SyncObject;
  config: SyncConfig;
  hubspotProperties: readonly HubSpotPropertyDefinition[];
  pendoSchema: PendoSchema;
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
      fix: 'Choose one from the list of HubSpot properties, by its internal name.',
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
      message: `The join key ${name} is hidden in HubSpot, so nobody there could mend a wrong value.`,
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
        fix: 'Use its internal name; sensitive properties need their own scope.',
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
    if (type && held && !held.isDeleted && !pendoTypeMatches(type, held.type)) {
      yield {
        code: 'FIELD_TYPE_CLASH',
        path: at('field'),
        message: `The Pendo field ${config.pendoGroup}.${field} exists as ${held.type}; ${name} needs ${pendoTypeFor(type)}.`,
        fix: 'Set another field name for this mapping, or delete the field in Pendo.',
      };
    }
  }
}

function* pushProblems({ object, config, properties }: Check): Generator<Problem> {
  const seenMetrics = new Set<string>();
  const seenProperties = new Set<string>();
  for (const [index, mapping] of config.push.entries()) {
    const at = (member: string): string => `push.${index}.${member}`;
    const { metric } = mapping;
    const definition = pushDefinitions(object, { ...config, push: [mapping] })[0];
    if (!definition) {
      yield {
        code: 'METRIC_NOT_FOR_VISITORS',
        path: at('metric'),
        message: `A visitor has no ${metric}; it exists for accounts only.`,
        fix: 'Take it out of the visitor sync.',
      };
      continue;
    }
    const name = definition.property;
    if (seenMetrics.has(metric)) {
      yield {
        code: 'METRIC_DUPLICATE',
        path: at('metric'),
        message: `The metric ${metric} is mapped twice.`,
        fix: 'Keep one of the two mappings.',
      };
    } else if (seenProperties.has(name)) {
      yield {
        code: 'PUSH_PROPERTY_DUPLICATE',
        path: at('property'),
        message: `Two metrics are mapped to the HubSpot property ${name}.`,
        fix: 'Give one of them another property name, or none to have one made.',
      };
    }
    seenMetrics.add(metric);
    seenProperties.add(name);
    const held = properties.get(name);
    if (held && held.type !== definition.hubspotType) {
      yield {
        code: 'PUSH_PROPERTY_TYPE_CLASH',
        path: at('property'),
        message: `The HubSpot property ${name} exists as ${held.type}; ${definition.label} needs ${definition.hubspotType}.`,
        fix: 'Set another property name for this metric, or delete the property in HubSpot.',
      };
    } else if (held && (held.readOnlyValue || held.calculated)) {
      yield {
        code: 'PUSH_PROPERTY_READ_ONLY',
        path: at('property'),
        message: `The HubSpot property ${name} exists and cannot be written.`,
        fix: 'Set another property name for this metric.',
      };
    }
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
      message: `${config.schedule.timeZone} is no IANA time zone.`,
      fix: 'Use a name such as Europe/Berlin or UTC.',
    };
  }
}
