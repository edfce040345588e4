/** What is wrong with the mappings of the push: Pendo metrics to HubSpot properties. */
import type { Check } from './mapping-check.ts';
import { pushDefinitions } from './push-fields.ts';
import type { Problem } from './types.ts';

export function* pushProblems({ object, config, properties }: Check): Generator<Problem> {
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
        fix: `Set another property name for this metric, like ${freeProperty(properties, name)}.`,
      };
    } else if (held && (held.readOnlyValue || held.calculated)) {
      yield {
        code: 'PUSH_PROPERTY_READ_ONLY',
        path: at('property'),
        message: `The HubSpot property ${name} exists and cannot be written.`,
        fix: `Set another property name for this metric, like ${freeProperty(properties, name)}.`,
      };
    }
  }
}

function freeProperty(properties: Check['properties'], property: string): string {
  for (let n = 2; ; n++) {
    const name = `${property.slice(0, 90)}_${n}`;
    if (!properties.has(name)) return name;
  }
}
