/** Labels of HubSpot properties that are named after an item of Pendo's: docs/semantics.md, section 3.4. */
import type { SyncConfig, SyncObject } from './config.ts';
import type { ItemNames } from './pendo-items.ts';
import { pushDefinitions } from './push-definitions.ts';
import { isItemMapping } from './push-mapping.ts';
import type { HubSpotPropertyDefinition, Plan } from './types.ts';

export interface LabelInput {
  object: SyncObject;
  config: SyncConfig;
  items: ItemNames;
  hubspotProperties: readonly HubSpotPropertyDefinition[];
  /** The last plan that wrote, of whatever version of the mapping. */
  given: Plan | null | undefined;
}

export interface Relabelled {
  property: string;
  /** The one that the property has. */
  from: string;
  to: string;
}

/**
 * Notes in the plan which labels are Crosswalk's, and says which properties are to follow the name of their item: those that have
 * the label that Crosswalk gave them last. A label that somebody else wrote, there or in the configuration, stays.
 */
export function followLabels(plan: Plan, input: LabelInput): Relabelled[] {
  const { object, config, items, hubspotProperties, given } = input;
  const held = new Map(hubspotProperties.filter(({ archived }) => !archived).map((one) => [one.name, one.label]));
  const ours = new Map(given?.push.map(({ property, label }) => [property, label]));
  const changes: Relabelled[] = [];
  for (const { index, property, label, fault } of pushDefinitions(object, config, { items })) {
    const mapping = config.push[index];
    const field = plan.push.find((one) => one.property === property);
    if (!mapping || !isItemMapping(mapping) || mapping.label !== undefined || !field) continue;
    const last = ours.get(property);
    const shown = held.get(property);
    if (fault === undefined && (shown === undefined || shown === label)) field.label = label;
    else if (last !== undefined) field.label = last;
    if (fault === undefined && shown !== undefined && shown !== label && shown === last) {
      changes.push({ property, from: last, to: label });
    }
  }
  return changes;
}
