/** What is wrong with the mappings of the push: values of Pendo's to HubSpot properties. */
import { type At, sourceProblems } from './check-push-source.ts';
import type { Check } from './mapping-check.ts';
import { pushDefinitions } from './push-definitions.ts';
import type { PushMapping } from './push-mapping.ts';
import { valueKey, windowOf } from './push-names.ts';
import { hasMeasure, hasOptions } from './push-sources.ts';
import type { Problem, PushDefinition } from './types.ts';

export function* pushProblems(check: Check): Generator<Problem> {
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
        fix: 'Give one of them another property name, or leave the name out.',
      };
    }
    seenValues.add(value);
    seenProperties.add(name);
    yield* sourceProblems(mapping, definition, items, at);
    yield* heldProblems(definition, properties, at);
  }
}

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
      fix:
        window === null ? 'Keep one of the two mappings.' : 'Keep one of the two mappings, or give one another window.',
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
