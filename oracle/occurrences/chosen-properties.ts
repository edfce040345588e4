/** Properties of track events that an entry has chosen: what they are called in HubSpot, and what a day's values become. */
import { compareBytes } from '../canonical.ts';
import { readMetadata } from '../metadata.ts';
import { words } from '../names.ts';
import type { ChosenProperty, EventEntry } from './contract.ts';
import { cut } from './cut.ts';

const most = 10;
const longestValue = 256;
export const longestName = 50;
const own = new Set(['pendo_day', 'pendo_count', 'pendo_minutes', 'pendo_occurrence_id']);

const isPendoName = (name: string): boolean =>
  name.length <= 100 && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !/^__.*__$/.test(name);
const isHubSpotName = (name: string): boolean => name.length <= longestName && /^pendo_[a-z0-9_]*$/.test(name);

function requireAllowed({ source, properties = [] }: EventEntry): void {
  const refuse = (why: string): never => {
    throw new Error(`events: ${why}`);
  };
  if (properties.length > 0 && source !== 'trackType') refuse(`properties of a ${source}`);
  if (properties.length > most) refuse(`more than ${most} properties`);
  const names = new Set<string>();
  const taken = new Set<string>();
  for (const { name, property } of properties) {
    if (!isPendoName(name)) refuse(`${name} is no property that Pendo shows`);
    if (names.has(name)) refuse(`property ${name} twice`);
    names.add(name);
    if (property === undefined) continue;
    if (!isHubSpotName(property) || own.has(property)) refuse(`${property} is no name for a chosen property`);
    if (taken.has(property)) refuse(`two properties into ${property}`);
    taken.add(property);
  }
}

/** With the names that are not set by hand. Throws for an entry that is never saved. */
export function chosenProperties(entry: EventEntry): ChosenProperty[] {
  requireAllowed(entry);
  const chosen = entry.properties ?? [];
  const taken = new Set(chosen.flatMap(({ property }) => property ?? []));
  return chosen.map(({ name, property }) => {
    if (property !== undefined) return { name, property };
    const whole = `pendo_p_${words(name) || 'unnamed'}`;
    let unique = whole.slice(0, longestName);
    for (let n = 2; taken.has(unique); n++) unique = `${whole.slice(0, longestName - `_${n}`.length)}_${n}`;
    taken.add(unique);
    return { name, property: unique };
  });
}

/** The texts that the rows of one record, item and day have under each chosen name. */
export class DayTexts {
  private readonly texts: Map<string, Set<string>>;

  constructor(names: readonly string[]) {
    this.texts = new Map(names.map((name) => [name, new Set()]));
  }

  add(properties: Readonly<Record<string, unknown>>): void {
    for (const [name, texts] of this.texts) {
      if (!Object.hasOwn(properties, name)) continue;
      const reading = readMetadata(properties[name], 'string', '', '');
      if (reading.state === 'value') texts.add(String(reading.value));
    }
  }

  /** By Pendo's name. What has no value is left out. */
  values(): Map<string, string> {
    const joined = [...this.texts].map(([name, texts]) => {
      return [name, cut([...texts].sort(compareBytes).join(';'), longestValue)] as const;
    });
    return new Map(joined.filter(([, text]) => text !== ''));
  }
}
