/** Who belongs to whom: SEMANTICS 2, with nested loops over plain maps. */
import { isPoison } from './canonical.ts';
import type { MatchExpectation, MatchState, NearMiss, OracleSetup } from './contract.ts';
import type { People } from './people.ts';

export const fold = (key: string): string => key.trim().toLowerCase();

interface Keyed {
  id: string;
  /** As it came. */
  raw: string;
  /** What is compared. */
  key: string;
  additional: string[];
}

const states: MatchState[] = ['matched', 'excluded', 'blank', 'invalidKey', 'ambiguous', 'unmatched'];

class SideMatch {
  readonly states = new Map<string, MatchState>();
  readonly keyed: Keyed[] = [];
  readonly byKey = new Map<string, Keyed[]>();

  add(id: string, raw: string | undefined, excluded: boolean, folding: boolean, additional: string[] = []): void {
    if (excluded) this.states.set(id, 'excluded');
    else if (raw === undefined || raw.trim() === '') this.states.set(id, 'blank');
    else if (isPoison(raw) || Buffer.byteLength(raw) > 1024) this.states.set(id, 'invalidKey');
    else {
      const entry = { id, raw, key: folding ? fold(raw) : raw, additional };
      this.states.set(id, 'unmatched');
      this.keyed.push(entry);
      const group = this.byKey.get(entry.key);
      if (group) group.push(entry);
      else this.byKey.set(entry.key, [entry]);
    }
  }

  leftovers(): Keyed[] {
    return this.keyed.filter((entry) => this.states.get(entry.id) === 'unmatched');
  }

  summary(): MatchExpectation['hubspot'] {
    const counts = Object.fromEntries(states.map((state) => [state, 0])) as Record<MatchState, number>;
    for (const state of this.states.values()) counts[state] += 1;
    return { states: this.states, counts, read: this.states.size };
  }
}

/** Additional e-mails as HubSpot joins them. */
export function additionalEmails(properties: Record<string, string>): string[] {
  return (properties.hs_additional_emails ?? '').split(';').filter((it) => it !== '');
}

export function match(people: People, setup: OracleSetup): MatchExpectation {
  const { joinKey, keyFolding, secondaryEmails } = setup.syncConfig;
  const folding = keyFolding === 'fold';
  const secondary = secondaryEmails && setup.object === 'visitor' && joinKey.property === 'email';
  const hubspot = new SideMatch();
  const pendo = new SideMatch();
  for (const { id, properties } of people.hubspot) {
    const additional = secondary ? additionalEmails(properties).map((it) => (folding ? fold(it) : it)) : [];
    hubspot.add(id, properties[joinKey.property], people.excludedHubspot.has(id), folding, additional);
  }
  for (const { id } of people.pendo) pendo.add(id, id, people.excludedPendo.has(id), folding);

  const pairs = new Map<string, string>();
  const ambiguous: MatchExpectation['ambiguous'] = [];
  for (const key of new Set([...hubspot.byKey.keys(), ...pendo.byKey.keys()])) {
    const left = hubspot.byKey.get(key) ?? [];
    const right = pendo.byKey.get(key) ?? [];
    if (left.length === 1 && right.length === 1) pair(left[0]!, right[0]!);
    else if (left.length > 1 || right.length > 1) tangle(left, right);
  }
  if (secondary) matchAdditional();

  return {
    pairs,
    hubspot: hubspot.summary(),
    pendo: pendo.summary(),
    nearMisses: folding ? [] : nearMisses(hubspot, pendo),
    ambiguous,
  };

  function pair(left: Keyed, right: Keyed): void {
    pairs.set(left.id, right.id);
    hubspot.states.set(left.id, 'matched');
    pendo.states.set(right.id, 'matched');
  }

  function tangle(left: Keyed[], right: Keyed[]): void {
    for (const { id } of left) hubspot.states.set(id, 'ambiguous');
    for (const { id } of right) pendo.states.set(id, 'ambiguous');
    ambiguous.push({ hubspot: left.map((it) => it.id), pendo: right.map((it) => it.id) });
  }

  /** Links between what primaries left over; only a link that neither end shares is a match. */
  function matchAdditional(): void {
    const visitors = new Map(pendo.leftovers().map((visitor) => [visitor.key, visitor]));
    const linksOf = new Map<Keyed, Keyed[]>();
    const contactsOf = new Map<Keyed, Keyed[]>();
    for (const contact of hubspot.leftovers()) {
      for (const email of new Set(contact.additional)) {
        const visitor = visitors.get(email);
        if (!visitor) continue;
        linksOf.set(contact, [...(linksOf.get(contact) ?? []), visitor]);
        contactsOf.set(visitor, [...(contactsOf.get(visitor) ?? []), contact]);
      }
    }
    for (const [contact, linked] of linksOf) {
      const lone = linked.length === 1 && contactsOf.get(linked[0]!)!.length === 1;
      if (lone) pair(contact, linked[0]!);
      else tangle([contact], linked);
    }
  }
}

/** Unmatched records that share a folded key with any record of the other side that has a valid key. */
function nearMisses(hubspot: SideMatch, pendo: SideMatch): NearMiss[] {
  const byFolded = (side: SideMatch): Map<string, Keyed[]> => Map.groupBy(side.keyed, (entry) => fold(entry.raw));
  const right = byFolded(pendo);
  const found: NearMiss[] = [];
  for (const [folded, left] of byFolded(hubspot)) {
    const near = right.get(folded);
    if (!near) continue;
    const unmatched = [
      ...left.map(({ id }) => hubspot.states.get(id)),
      ...near.map(({ id }) => pendo.states.get(id)),
    ].includes('unmatched');
    if (unmatched) found.push({ hubspot: left.map((it) => it.id), pendo: near.map((it) => it.id), folded });
  }
  return found;
}
