/** The properties to own in HubSpot for a sync. */
import type { SyncConfig, SyncObject } from './config.ts';
import { metricRules } from './push-fields.ts';
import { propertyNames, windowOf } from './push-names.ts';
import { hasMeasure, isForObject, type KnownInPendo, sourceRule } from './push-sources.ts';
import { shortened } from './text.ts';
import type { PushDefinition } from './types.ts';

type PushConfig = Pick<SyncConfig, 'push' | 'window' | 'visitType'>;

/** HubSpot's pages show no more. Characters. */
const longestLabel = 200;

/**
 * In the order of the configuration. An entry that the object does not have is left out (`checkMapping` names it).
 *
 * @param known what Pendo lists: types of metadata, and names. Left out: what depends on it is a placeholder.
 */
export function pushDefinitions(object: SyncObject, config: PushConfig, known: KnownInPendo = {}): PushDefinition[] {
  const names = propertyNames(config, known.items);
  const who = object === 'visitor' ? 'this person' : 'this account';
  return config.push.flatMap((mapping, index): PushDefinition[] => {
    if (!isForObject(object, mapping) || !hasMeasure(mapping)) return [];
    const place = { index, property: names[index] as string };
    const days = windowOf(mapping, config);
    if (!('metric' in mapping)) {
      const rule = sourceRule(object, mapping, days, known);
      return [{ ...rule, ...place, label: mapping.label ?? shortened(rule.label, longestLabel) }];
    }
    const { metric, window } = mapping;
    const { label, hubspotType, description, whenNothing, guardTo } = metricRules[metric];
    return [
      {
        metric,
        ...(window !== undefined && days !== null ? { window } : {}),
        ...place,
        hubspotType: hubspotType(config),
        label: mapping.label ?? (days === null ? label : `${label} (${days} days)`),
        description: description(who, days ?? config.window),
        whenNothing,
        guardTo,
      },
    ];
  });
}
