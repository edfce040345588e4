import { hash } from 'node:crypto';
import type { PullMapping, SyncConfig } from './config.ts';
import type { Plan } from './types.ts';

/** Fields in Pendo that Crosswalk owns begin with this, so that a person sees where they come from. */
export const pendoPrefix = 'hubspot_';

/**
 * Pendo field names for HubSpot properties: `hubspot_` and the name folded to Pendo's rules (lower-case letters, digits,
 * `_`). Where two names fold to the same, the one that folding left alone keeps it and the others get a short hash of
 * their own name, so that a name depends neither on the order nor on who came first.
 *
 * @param taken field names that the mapping sets by hand and that must stay free
 */
export function pendoFieldNames(properties: readonly string[], taken: readonly string[] = []): Record<string, string> {
  const distinct = [...new Set(properties)].sort();
  const folded = new Map(distinct.map((property) => [property, fold(property)]));
  const wanting = Map.groupBy(distinct, (property) => folded.get(property)!);
  const used = new Set(taken);

  const named = new Map<string, string>();
  for (const property of distinct) {
    const name = folded.get(property)!;
    const alone = wanting.get(name)!.length === 1;
    if ((alone || name === pendoPrefix + property) && !used.has(name)) named.set(property, name);
  }
  for (const name of named.values()) used.add(name);
  for (const property of distinct) {
    if (named.has(property)) continue;
    const name = unusedHashed(property, folded.get(property)!, used);
    used.add(name);
    named.set(property, name);
  }
  return Object.fromEntries(named);
}

/** The pull mappings with the names that their fields have or get in Pendo. */
export function namedPull(pull: readonly PullMapping[]): (PullMapping & { field: string })[] {
  const chosen = pull.flatMap(({ field }) => field ?? []);
  const unnamed = pull.filter(({ field }) => field === undefined).map(({ property }) => property);
  const names = pendoFieldNames(unnamed, chosen);
  return pull.map((mapping) => ({ ...mapping, field: mapping.field ?? names[mapping.property]! }));
}

/** Where each pulled property's value goes: what was sent is remembered of that field, and not of another. */
export function targetsOf({ pull }: Plan, { pendoGroup }: Pick<SyncConfig, 'pendoGroup'>): Record<string, string> {
  return Object.fromEntries(pull.map(({ property, field }) => [property, `${pendoGroup}.${field}`]));
}

function fold(property: string): string {
  return pendoPrefix + property.toLowerCase().replace(/[^a-z0-9_]/g, '_');
}

/** Six hex digits nearly always do; a longer piece of the hash where even those are in use. */
function unusedHashed(property: string, name: string, used: ReadonlySet<string>): string {
  const digits = hash('sha256', property);
  for (let length = 6; ; length++) {
    const candidate = `${name}_${digits.slice(0, length)}`;
    if (!used.has(candidate)) return candidate;
  }
}
