/** What is wrong with a configuration: its join key and its settings here, its mappings beside. */
import { eventProblems } from './check-events.ts';
import { pullProblems } from './check-pull.ts';
import { pushProblems } from './check-push.ts';
import type { SyncConfig, SyncObject } from './config.ts';
import { type Check, type MappingInput, unknownProperty } from './mapping-check.ts';
import { pushDefinitions } from './push-definitions.ts';
import type { Problem } from './types.ts';
import { canBeJoinKey } from './value-types.ts';
import { isZone } from './zones.ts';

export type { MappingInput };

/**
 * Everything that is wrong with a configuration, before any record is touched; none: it can be enabled. Codes are
 * stable; messages name properties and fields, never values.
 */
export function checkMapping(input: MappingInput): Problem[] {
  const properties = new Map(input.hubspotProperties.filter(({ archived }) => !archived).map((p) => [p.name, p]));
  const check = { ...input, properties, owned: ownedProperties(input.object, input.config) };
  return [
    ...joinKeyProblems(check),
    ...pullProblems(check),
    ...pushProblems(check),
    ...eventProblems(check),
    ...settingProblems(check),
  ];
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
    const otherwise = 'Choose one from the list of HubSpot properties, by its internal name.';
    yield unknownProperty(properties, { code: 'JOIN_KEY_UNKNOWN', path, name, otherwise });
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
