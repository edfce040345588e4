/** What is wrong with one mapping of the push, by what it names in Pendo. */
import { pendoPrefix } from './field-names.ts';
import { type ItemNames, itemWords } from './pendo-items.ts';
import { isItemMapping, type PushMapping } from './push-mapping.ts';
import { hasWindow, needsItemName } from './push-names.ts';
import type { Problem, PushDefinition } from './types.ts';

/** The path of a member of the mapping. */
export type At = (member: string) => string;

/** By what the entry itself names: a window, a field of metadata, an item. */
export function* sourceProblems(
  mapping: PushMapping,
  definition: PushDefinition,
  items: ItemNames | undefined,
  at: At,
): Generator<Problem> {
  if ('metric' in mapping) {
    if (mapping.window === undefined || hasWindow(mapping.metric)) return;
    yield {
      code: 'METRIC_WITHOUT_WINDOW',
      path: at('window'),
      message: `The metric ${mapping.metric} is not counted over a window.`,
      fix: 'Leave the window out. Days Active, Time on App and Usage Trending have one.',
    };
  } else if (mapping.source === 'metadata') {
    yield* metadataProblems(mapping, definition, at);
  } else if (isItemMapping(mapping)) {
    const kind = itemWords[mapping.source];
    if (definition.fault === 'gone') {
      yield {
        code: 'ITEM_UNKNOWN',
        path: at('id'),
        message: `Pendo lists no ${kind} with the id ${mapping.id}: it was deleted, or the id is another thing's.`,
        fix: `Use an id of the catalogue of ${kind}s, exactly as it stands there.`,
      };
    } else if (needsItemName(mapping) && items?.[mapping.source] === undefined) {
      yield {
        code: 'ITEM_NAME_UNKNOWN',
        path: at('property'),
        message: `The property of the ${kind} ${mapping.id} is named after it, and Pendo is not connected to ask for its name.`,
        fix: 'Connect Pendo first, or set a property name that begins with pendo_.',
      };
    }
  }
}

function* metadataProblems(
  { group, field }: Extract<PushMapping, { source: 'metadata' }>,
  definition: PushDefinition,
  at: At,
): Generator<Problem> {
  const { fault } = definition;
  if (field.startsWith(pendoPrefix)) {
    yield {
      code: 'METADATA_FED_BACK',
      path: at('field'),
      message: `The metadata field ${group}.${field} holds, or may come to hold, what was pulled from HubSpot; pushing it would feed it back.`,
      fix: `Take it out of the push: fields that begin with ${pendoPrefix} are filled from HubSpot.`,
    };
  } else if (fault === 'gone') {
    yield {
      code: 'METADATA_FIELD_UNKNOWN',
      path: at('field'),
      message: `Pendo has no metadata field ${field} in the group ${group}, or it was deleted.`,
      fix: 'Use a group and a field of the catalogue, exactly as they stand there.',
    };
  } else if (fault === 'unmappable') {
    yield {
      code: 'METADATA_TYPE_UNMAPPABLE',
      path: at('field'),
      message: `The metadata field ${group}.${field} is of type ${'pendoType' in definition ? definition.pendoType : ''}, which has no counterpart in HubSpot.`,
      fix: 'Take it out of the mapping.',
    };
  }
}
