/** The events of a run's plan: what HubSpot has defined for them, what is to be defined, and what stops. */
import type { SyncConfig, SyncObject } from './config.ts';
import { type EventMapping, eventsOf, longestEventName } from './event-mapping.ts';
import { eventLabel, eventNames, eventPropertyNames } from './event-names.ts';
import { type ItemNames, itemWords } from './pendo-items.ts';
import { shortened } from './text.ts';
import type { EventPlan } from './types.ts';

export interface EventProperty {
  name: string;
  label: string;
  type: 'string' | 'number';
}

/** As HubSpot has it. */
export interface EventDefinition {
  name: string;
  fullyQualifiedName: string;
  primaryObject: string;
  properties: readonly { name: string; type: string }[];
}

export interface NewEventDefinition {
  name: string;
  label: string;
  description: string;
  primaryObject: 'CONTACT' | 'COMPANY';
  properties: EventProperty[];
}

/** A property that a definition of HubSpot's does not have yet. */
export interface AddedEventProperty {
  /** Name of the definition. */
  event: string;
  property: EventProperty;
}

const dayOf: EventProperty = { name: 'pendo_day', label: 'Day', type: 'string' };
const countOf: EventProperty = { name: 'pendo_count', label: 'Count', type: 'number' };
const minutesOf: EventProperty = { name: 'pendo_minutes', label: 'Minutes', type: 'number' };
const idOf: EventProperty = { name: 'pendo_occurrence_id', label: 'Occurrence ID', type: 'string' };

/** What every occurrence may have. */
export const ownEventProperties: ReadonlySet<string> = new Set(
  [dayOf, countOf, minutesOf, idOf].map(({ name }) => name),
);

/** Only pages have minutes. */
function propertiesOf(source: EventPlan['source']): EventProperty[] {
  return source === 'page' ? [dayOf, countOf, minutesOf, idOf] : [dayOf, countOf, idOf];
}

/** The properties of a track event that an entry has chosen, as HubSpot has them. */
function chosenOf({ properties = [] }: Pick<EventPlan, 'properties'>): EventProperty[] {
  return properties.map(({ name, property }) => ({
    name: property,
    label: shortened(name, longestEventName),
    type: 'string',
  }));
}

export const liveEvents = (events: readonly EventPlan[] | undefined): EventPlan[] =>
  (events ?? []).filter(({ stopped }) => stopped === undefined);

export function planEvents(
  object: SyncObject,
  config: SyncConfig,
  items: ItemNames,
  held: readonly EventDefinition[],
): { events: EventPlan[]; missing: NewEventDefinition[]; added: AddedEventProperty[] } {
  const entries = eventsOf(config);
  const names = eventNames(object, entries, items);
  const primaryObject = object === 'visitor' ? 'CONTACT' : 'COMPANY';
  const missing: NewEventDefinition[] = [];
  const added: AddedEventProperty[] = [];
  const events = entries.map((mapping, index): EventPlan => {
    const { source, id } = mapping;
    const plan: EventPlan = {
      ...{ source, id, name: names[index] as string, label: eventLabel(object, mapping, items) },
      ...propertiesOfEntry(mapping),
    };
    const chosen = chosenOf(plan);
    const listed = items[source];
    if (listed !== undefined && !listed.has(id)) return { ...plan, stopped: 'gone' };
    const found = held.find(({ name }) => name === plan.name);
    if (found === undefined) {
      missing.push({
        name: plan.name,
        label: plan.label,
        description: descriptionOf(object, source, items[source]?.get(id) ?? id),
        primaryObject,
        properties: [...propertiesOf(source), ...chosen],
      });
      return plan;
    }
    const absent = chosen.filter(({ name }) => !found.properties.some((property) => property.name === name));
    const wanted = [...propertiesOf(source), ...chosen.filter((property) => !absent.includes(property))];
    if (!fits(found, primaryObject, wanted)) return { ...plan, stopped: 'takerType' };
    added.push(...absent.map((property) => ({ event: plan.name, property })));
    return { ...plan, eventName: found.fullyQualifiedName };
  });
  return { events, missing, added };
}

function propertiesOfEntry({ properties = [] }: EventMapping): Pick<EventPlan, 'properties'> {
  if (properties.length === 0) return {};
  const names = eventPropertyNames(properties);
  return { properties: properties.map(({ name }, index) => ({ name, property: names[index] as string })) };
}

/** The plan with the definitions that were made for it. */
export function withDefinitions(
  events: readonly EventPlan[],
  made: readonly Pick<EventDefinition, 'name' | 'fullyQualifiedName'>[],
): EventPlan[] {
  return events.map((event) => {
    const definition = made.find(({ name }) => name === event.name);
    return definition === undefined ? event : { ...event, eventName: definition.fullyQualifiedName };
  });
}

function fits(held: EventDefinition, primaryObject: string, wanted: readonly EventProperty[]): boolean {
  const has = ({ name, type }: EventProperty): boolean =>
    held.properties.some((property) => property.name === name && property.type === type);
  return held.primaryObject === primaryObject && wanted.every(has);
}

function descriptionOf(object: SyncObject, source: EventPlan['source'], name: string): string {
  const who = object === 'visitor' ? 'person' : 'account';
  return `Use of the ${itemWords[source]} "${name}" in Pendo by this ${who}: one occurrence for each day with use, by the time zone of the Pendo subscription. Sent by Crosswalk.`;
}
