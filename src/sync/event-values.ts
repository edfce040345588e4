/** Values of a track event's properties on a day, as an occurrence carries them: docs/semantics.md, section 3.5. */
import { metadataCanon } from './metadata-value.ts';
import { compareUtf8, shortened } from './text.ts';
import type { EventPlan } from './types.ts';

/** HubSpot takes no longer text in a property of an event. UTF-16 units. */
const longestValue = 256;

/** So many distinct values are kept before those are dropped that no longer fit into what is sent. */
const mostKept = 256;

/** Pendo's name of a property, and the text that is sent. */
export type PropertyValues = [name: string, value: string][];

/** The properties that entries of one kind have chosen. */
export interface ChosenProperties {
  /** All of them, each once: in this order Pendo is asked for them. */
  names: readonly string[];
  /** Of each item, the places of its own among `names`. */
  places: ReadonlyMap<string, readonly number[]>;
}

export function chosenProperties(entries: readonly Pick<EventPlan, 'id' | 'properties'>[]): ChosenProperties {
  const names = [...new Set(entries.flatMap(({ properties = [] }) => properties.map(({ name }) => name)))].sort();
  const places = new Map(
    entries.map(({ id, properties = [] }) => [id, properties.map(({ name }) => names.indexOf(name))]),
  );
  return { names, places };
}

/** Of one record, item and day: distinct texts by the name of the property. */
export type DayValues = Map<string, Set<string>>;

/** @param listed the values of a row, by the property's place among the names */
export function collectRow(
  into: DayValues,
  { names, places }: ChosenProperties,
  id: string,
  listed: (place: number) => unknown,
): void {
  for (const place of places.get(id) ?? []) {
    const name = names[place] as string;
    const values = into.get(name) ?? new Set();
    const raw = listed(place);
    collect(values, Array.isArray(raw) ? raw : [raw]);
    into.set(name, values);
  }
}

/** As an occurrence carries them. What has no value is left out. */
export function textsOf(values: DayValues): PropertyValues {
  return [...values].flatMap(([name, texts]): PropertyValues => {
    return texts.size === 0 ? [] : [[name, shortened(inOrder(texts).join(';'), longestValue)]];
  });
}

/** What is empty or cannot be text is none. */
function collect(into: Set<string>, values: readonly unknown[]): void {
  for (const raw of values) {
    const text = metadataCanon(raw, { group: '', hubspotType: 'string' }, 'UTC');
    if (typeof text === 'string') into.add(text);
  }
  if (into.size <= mostKept) return;
  const sorted = inOrder(into);
  for (const text of sorted.slice(filling(sorted))) into.delete(text);
}

const inOrder = (texts: ReadonlySet<string>): string[] => [...texts].sort(compareUtf8);

/** How many of the first ones fill what is sent. Each has a character at least, and one stands between two. */
function filling(sorted: readonly string[]): number {
  let length = 0;
  const last = sorted.findIndex((text) => {
    length += text.length + 1;
    return length > longestValue;
  });
  return last + 1;
}
