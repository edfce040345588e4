/** Labels of properties that are named after an item or a segment of Pendo's: SEMANTICS 3.4. */
import type { RawPropertyDefinition, RawSubscription } from '../sandbox/contract.ts';
import type { Expectation, ExpectedLabel, Memory, Truth } from './contract.ts';
import { type ItemKind, isItem, type PushMapping } from './push-entry.ts';

const lists = { page: 'pages', feature: 'features', trackType: 'trackTypes' } as const satisfies Record<
  ItemKind,
  string
>;

/** The item's or the segment's name; undefined where Pendo does not list it, and for entries of no such thing. */
export function nameOf(mapping: PushMapping, subscription: RawSubscription): string | undefined {
  if (isItem(mapping)) {
    return subscription[lists[mapping.source]].find(({ id, deleted }) => id === mapping.id && !deleted)?.name;
  }
  if ('metric' in mapping || mapping.source !== 'segment') return undefined;
  return subscription.segments.find(({ id }) => id === mapping.id)?.name;
}

export function expectedLabel(
  mapping: PushMapping,
  existing: RawPropertyDefinition | undefined,
  { subscription }: Truth,
  memory: Memory | undefined,
): ExpectedLabel {
  if (mapping.label !== undefined) return { is: mapping.label, follows: 'not' };
  const names = nameOf(mapping, subscription);
  if (names === undefined) return { follows: 'not' };
  const given = existing && memory?.labels?.get(existing.name);
  // Who gave a label that no run is known to have given cannot be told here.
  if (!given) return { names, follows: existing ? 'may' : 'not' };
  return { names, follows: existing.label === given.label && given.name !== names ? 'must' : 'not' };
}

/** Is the label made from the name? How, is not said; a long name may be cut. */
export const isMadeFrom = (label: string, name: string): boolean => label.includes(name.trim().slice(0, 50));

/** Labels that the run gave, read where it left them. */
export function learnLabels(memory: Memory, { definitions, setup }: Expectation, after: Truth | undefined): void {
  if (!after || setup.dryRun) return;
  const properties = after.portal.properties[setup.object === 'visitor' ? 'contacts' : 'companies'];
  for (const it of definitions) {
    if (it.side !== 'hubspot' || it.label.names === undefined) continue;
    const label = properties.find(({ name, archived }) => name === it.name && !archived)?.label;
    const given = !it.existed || it.label.follows === 'must';
    if (given && label !== undefined) memory.labels?.set(it.name, { label, name: it.label.names });
  }
}
