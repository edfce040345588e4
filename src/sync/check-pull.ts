/** What is wrong with the mappings of the pull: HubSpot properties to Pendo fields. */
import { namedPull, pendoPrefix } from './field-names.ts';
import { type Check, unknownProperty } from './mapping-check.ts';
import type { HubSpotPropertyDefinition, PendoSchema, Problem } from './types.ts';
import { pendoTypeFor, pendoTypeMatches, valueTypeOf } from './value-types.ts';

/** One mapping; `property` is missing where HubSpot has none of that name. */
interface Mapping {
  name: string;
  property: HubSpotPropertyDefinition | undefined;
  field: string;
  at: (member: string) => string;
}

export function* pullProblems(check: Check): Generator<Problem> {
  const seenProperties = new Set<string>();
  const seenFields = new Set<string>();
  for (const [index, { property: name, field }] of namedPull(check.config.pull).entries()) {
    const at = (member: string): string => `pull.${index}.${member}`;
    const mapping: Mapping = { name, property: check.properties.get(name), field, at };
    yield* duplicateProblems(mapping, seenProperties, seenFields);
    seenProperties.add(name);
    seenFields.add(field);
    yield* prefixProblems(mapping);
    yield* propertyProblems(mapping, check);
    yield* clashProblems(mapping, check);
  }
}

function* duplicateProblems(
  { name, field, at }: Mapping,
  seenProperties: ReadonlySet<string>,
  seenFields: ReadonlySet<string>,
): Generator<Problem> {
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
      fix: 'Give one of them another field name, or leave the name out.',
    };
  }
}

function* prefixProblems({ field, at }: Mapping): Generator<Problem> {
  if (field.startsWith(pendoPrefix)) return;
  yield {
    code: 'FIELD_PREFIX',
    path: at('field'),
    message: `The Pendo field ${field} does not begin with ${pendoPrefix}, so it may belong to someone else.`,
    fix: `Name it ${pendoPrefix}${field}, or leave the name out.`,
  };
}

function* propertyProblems({ name, property, at }: Mapping, { owned, properties }: Check): Generator<Problem> {
  const path = at('property');
  if (owned.has(name)) {
    yield {
      code: 'PROPERTY_OWNED',
      path,
      message: `The property ${name} is written by this sync from Pendo; pulling it would feed it back.`,
      fix: 'Take it out of the pull: Pendo knows this value already.',
    };
  } else if (!property) {
    const otherwise = 'Use its internal name; sensitive properties need their own scope.';
    yield unknownProperty(properties, { code: 'PROPERTY_UNKNOWN', path, name, otherwise });
  } else if (!valueTypeOf(property)) {
    yield {
      code: 'PROPERTY_TYPE_UNMAPPABLE',
      path,
      message: `The property ${name} is of type ${property.type}, which has no counterpart in Pendo.`,
      fix: 'Take it out of the mapping.',
    };
  }
}

/** A deleted field keeps its type: Pendo can only bring it back, not make it anew. */
function* clashProblems({ name, property, field, at }: Mapping, check: Check): Generator<Problem> {
  const { pendoGroup } = check.config;
  const type = property && valueTypeOf(property);
  const held = check.pendoSchema[pendoGroup]?.[field];
  if (!type || !held || pendoTypeMatches(type, held.type)) return;
  const there = held.isDeleted ? `was deleted as ${held.type}, and keeps that type` : `exists as ${held.type}`;
  yield {
    code: 'FIELD_TYPE_CLASH',
    path: at('field'),
    message: `The Pendo field ${pendoGroup}.${field} ${there}; ${name} needs ${pendoTypeFor(type)}.`,
    fix: `Set another field name for this mapping, like ${freeField(check.pendoSchema[pendoGroup], field)}. Deleting the field in Pendo does not help: its name keeps its type.`,
  };
}

/** A name that Pendo does not know yet, deleted fields included. */
function freeField(fields: PendoSchema[string] | undefined, field: string): string {
  for (let n = 2; ; n++) {
    const name = `${field.slice(0, 190)}_${n}`;
    if (fields?.[name] === undefined) return name;
  }
}
