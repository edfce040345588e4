/** Entries of `events`: what their definitions are called and made of, and which of them stop. */
import type { RawEventDefinition, RawItem } from '../../sandbox/contract.ts';
import type { Truth } from '../contract.ts';
import type { ItemKind } from '../push-entry.ts';
import { chosenProperties, longestName as longest } from './chosen-properties.ts';
import type { EventEntry, ExpectedEventDefinition, OccurrenceSetup } from './contract.ts';
import { cut } from './cut.ts';

export const itemOf = ({ source, id }: Pick<EventEntry, 'source' | 'id'>): string => `${source} ${id}`;

const lists = { page: 'pages', feature: 'features', trackType: 'trackTypes' } as const satisfies Record<
  ItemKind,
  string
>;
const nouns: Record<ItemKind, string> = { page: 'page', feature: 'feature', trackType: 'track event' };

function listed({ source, id }: EventEntry, { subscription }: Truth): RawItem | undefined {
  return subscription[lists[source]].find((item) => item.id === id && !item.deleted);
}

/** Throws for entries that are never saved: there is nothing to expect of them. */
export function requireSaved(entries: readonly EventEntry[]): void {
  if (entries.length > 100) throw new Error('events: more than 100 entries');
  const [items, names] = [new Set<string>(), new Set<string>()];
  for (const entry of entries) {
    const item = itemOf(entry);
    if (items.has(item)) throw new Error(`events: ${item} twice`);
    items.add(item);
    if (entry.name === undefined) throw new Error(`events: the saved entry ${item} has a name`);
    if (!/^pendo_[a-z0-9_]*$/.test(entry.name) || entry.name.length > longest) {
      throw new Error(`events: ${entry.name} is no name of a definition`);
    }
    if (names.has(entry.name)) throw new Error(`events: two entries are named ${entry.name}`);
    names.add(entry.name);
    if (entry.properties?.some(({ property }) => property === undefined)) {
      throw new Error(`events: the saved entry ${item} names its properties`);
    }
    chosenProperties(entry);
  }
}

export function definitionOf(
  entry: EventEntry,
  truth: Truth,
  setup: OccurrenceSetup,
): ExpectedEventDefinition | 'gone' | 'takerType' {
  const item = listed(entry, truth);
  if (item === undefined) return 'gone';
  const name = entry.name!;
  const primaryObject = setup.object === 'visitor' ? 'CONTACT' : 'COMPANY';
  const noun = setup.object === 'visitor' ? nouns[entry.source] : `company ${nouns[entry.source]}`;
  const properties = [
    { name: 'pendo_day', type: 'string' },
    { name: 'pendo_count', type: 'number' },
    ...(entry.source === 'page' ? [{ name: 'pendo_minutes', type: 'number' }] : []),
    { name: 'pendo_occurrence_id', type: 'string' },
  ];
  const existing = truth.portal.eventDefinitions.find((it) => it.name === name && !it.archived);
  const chosen = chosenProperties(entry).map((one) => ({ name: one.property, label: cut(one.name, longest) }));
  if (existing && !takes(existing, primaryObject, properties, chosen)) return 'takerType';
  return {
    name,
    fullyQualifiedName: existing?.fullyQualifiedName ?? `pe${truth.portal.portalId}_${name}`,
    label: entry.label ?? cut(`Pendo ${noun}: ${item.name}`, longest),
    primaryObject,
    properties,
    chosen,
    existed: existing !== undefined,
  };
}

function takes(
  held: RawEventDefinition,
  primaryObject: 'CONTACT' | 'COMPANY',
  needed: readonly { name: string; type: string }[],
  chosen: readonly { name: string }[],
): boolean {
  if (held.primaryObject !== primaryObject) return false;
  if (chosen.some(({ name }) => held.properties.some((it) => it.name === name && it.type !== 'string'))) return false;
  return needed.every(({ name, type }) => held.properties.some((it) => it.name === name && it.type === type));
}
