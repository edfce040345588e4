/** What is wrong with the entries of `events`. */
import { type EventMapping, eventKey, eventsOf } from './event-mapping.ts';
import { eventNames, eventPropertyNames } from './event-names.ts';
import { ownEventProperties } from './event-plan.ts';
import type { Check } from './mapping-check.ts';
import { type ItemNames, itemWords } from './pendo-items.ts';
import type { Problem } from './types.ts';

export function* eventProblems({
  object,
  config,
  items,
}: Pick<Check, 'object' | 'config' | 'items'>): Generator<Problem> {
  const events = eventsOf(config);
  const names = eventNames(object, events, items);
  const seenItems = new Set<string>();
  const seenNames = new Set<string>();
  for (const [index, mapping] of events.entries()) {
    const at = (member: string): string => `events.${index}.${member}`;
    const name = names[index] as string;
    if (seenItems.has(eventKey(mapping))) {
      yield {
        code: 'EVENT_DUPLICATE',
        path: at('id'),
        message: `The ${itemWords[mapping.source]} ${mapping.id} is sent as an event twice.`,
        fix: 'Keep one of the two entries.',
      };
    } else if (seenNames.has(name)) {
      yield {
        code: 'EVENT_NAME_DUPLICATE',
        path: at('name'),
        message: `Two entries are sent as the event ${name}.`,
        fix: 'Give one of them another name, or leave the name out.',
      };
    }
    seenItems.add(eventKey(mapping));
    seenNames.add(name);
    yield* itemProblems(mapping, items, at);
    yield* propertyProblems(mapping, at);
  }
}

function* itemProblems(
  { source, id, name }: EventMapping,
  items: ItemNames | undefined,
  at: (member: string) => string,
): Generator<Problem> {
  const kind = itemWords[source];
  const listed = items?.[source];
  if (listed !== undefined && !listed.has(id)) {
    yield {
      code: 'ITEM_UNKNOWN',
      path: at('id'),
      message: `Pendo lists no ${kind} with the id ${id}: it was deleted, or the id is another thing's.`,
      fix: `Use an id of the catalogue of ${kind}s, exactly as it stands there.`,
    };
  } else if (name === undefined && listed === undefined) {
    yield {
      code: 'ITEM_NAME_UNKNOWN',
      path: at('name'),
      message: `The event of the ${kind} ${id} is named after it, and Pendo is not connected to ask for its name.`,
      fix: 'Connect Pendo first, or set a name that begins with pendo_.',
    };
  }
}

function* propertyProblems(
  { source, properties = [] }: EventMapping,
  at: (member: string) => string,
): Generator<Problem> {
  if (properties.length > 0 && source !== 'trackType') {
    yield {
      code: 'EVENT_PROPERTY_SOURCE',
      path: at('properties'),
      message: `A ${itemWords[source]} has no properties in Pendo: only track events have.`,
      fix: 'Take `properties` out of this entry.',
    };
    return;
  }
  const names = eventPropertyNames(properties);
  for (const [index, { name }] of properties.entries()) {
    const property = names[index] as string;
    const fault = (code: Problem['code'], member: string, message: string, fix: string): Problem => {
      return { code, path: at(`properties.${index}.${member}`), message, fix };
    };
    const otherName = 'Give it another name, or leave `property` out.';
    if (properties.findIndex((one) => one.name === name) < index) {
      yield fault('EVENT_PROPERTY_DUPLICATE', 'name', `The property ${name} is chosen twice.`, 'Keep one of the two.');
    } else if (ownEventProperties.has(property)) {
      yield fault('EVENT_PROPERTY_RESERVED', 'property', `Every event has ${property} for something else.`, otherName);
    } else if (names.indexOf(property) < index) {
      yield fault('EVENT_PROPERTY_NAME_DUPLICATE', 'property', `Two are sent as the property ${property}.`, otherName);
    }
  }
}
