/** What the definitions of events are called in HubSpot: docs/semantics.md, section 3.5. */
import type { SyncObject } from './config.ts';
import { type EventMapping, type EventPropertyMapping, eventKey, longestEventName } from './event-mapping.ts';
import { fitted, fold, unused } from './made-names.ts';
import { type ItemNames, itemWords } from './pendo-items.ts';
import { itemPrefixes } from './push-names.ts';
import { shortened } from './text.ts';

/** The name of each entry, in their order. Names that are set come first. */
export function eventNames(object: SyncObject, events: readonly EventMapping[], items: ItemNames = {}): string[] {
  const used = new Set(events.flatMap(({ name }) => name ?? []));
  return events.map((mapping) => {
    if (mapping.name !== undefined) return mapping.name;
    const name = unused(longestEventName, madeName(object, mapping, items), used);
    used.add(name);
    return name;
  });
}

/** The HubSpot property of each chosen one, in their order. Names that are set come first. */
export function eventPropertyNames(properties: readonly EventPropertyMapping[]): string[] {
  const used = new Set(properties.flatMap(({ property }) => property ?? []));
  return properties.map(({ name, property }) => {
    if (property !== undefined) return property;
    const made = unused(longestEventName, fitted(longestEventName, 'pendo_p', fold(name)), used);
    used.add(made);
    return made;
  });
}

/** As they are stored: each with its property, and with the one that it had. */
function resolvedProperties(
  { properties }: EventMapping,
  before: EventMapping | undefined,
): Pick<EventMapping, 'properties'> {
  if (properties === undefined) return {};
  const stored = new Map((before?.properties ?? []).map(({ name, property }) => [name, property]));
  const kept = properties.map(({ name, property = stored.get(name) }) => ({ name, property }));
  const names = eventPropertyNames(kept);
  return { properties: kept.map(({ name }, index) => ({ name, property: names[index] as string })) };
}

/** The entries as they are stored: with their names, so that an item that is renamed keeps its event. */
export function resolvedEvents(
  object: SyncObject,
  events: readonly EventMapping[],
  before: readonly EventMapping[],
  items: ItemNames,
): EventMapping[] {
  const stored = new Map(before.map((mapping) => [eventKey(mapping), mapping]));
  const kept = events.map((mapping): EventMapping => {
    const was = stored.get(eventKey(mapping));
    const name = mapping.name ?? was?.name;
    return { ...mapping, ...(name !== undefined && { name }), ...resolvedProperties(mapping, was) };
  });
  const names = eventNames(object, kept, items);
  return kept.map((mapping, index) =>
    mapping.name === undefined && !items[mapping.source]?.has(mapping.id)
      ? mapping
      : { ...mapping, name: names[index] as string },
  );
}

export function eventLabel(object: SyncObject, { source, id, label }: EventMapping, items: ItemNames = {}): string {
  const of = object === 'visitor' ? 'Pendo' : 'Pendo company';
  return label ?? shortened(`${of} ${itemWords[source]}: ${items[source]?.get(id) ?? id}`, longestEventName);
}

function madeName(object: SyncObject, { source, id }: EventMapping, items: ItemNames): string {
  const plain = itemPrefixes[source];
  const prefix = object === 'visitor' ? plain : plain.replace('pendo_', 'pendo_company_');
  return fitted(longestEventName, prefix, fold(items[source]?.get(id) ?? '') || fold(id));
}
