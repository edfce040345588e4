/** Who belongs to whom: SEMANTICS 2, with nested loops over plain maps. */
import type { MatchExpectation, MatchState, NearMiss, OracleSetup } from './contract.ts';
import { fold, type KeyRules, looseKey, readKey } from './keys.ts';
import { additionalEmails, type People } from './people.ts';

interface Keyed {
  id: string;
  /** Before folding. */
  text: string;
  /** What is compared. */
  key: string;
  additional: string[];
}

const states: MatchState[] = ['matched', 'excluded', 'blank', 'invalidKey', 'ambiguous', 'unmatched'];

class SideMatch {
  readonly states = new Map<string, MatchState>();
  readonly keyed: Keyed[] = [];
  readonly byKey = new Map<string, Keyed[]>();

  add(id: string, raw: string | undefined, excluded: boolean, rules: KeyRules, additional: string[] = []): void {
    const reading = readKey(raw, rules);
    if (excluded) this.states.set(id, 'excluded');
    else if (reading.state !== 'key') this.states.set(id, reading.state);
    else {
      const entry = { id, text: reading.text, key: reading.compared, additional };
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

/** @param numeric the join property is a HubSpot number */
export function match(people: People, setup: OracleSetup, numeric: boolean): MatchExpectation {
  const { joinKey, keyFolding, secondaryEmails } = setup.syncConfig;
  const folding = keyFolding === 'fold';
  const rules = { folding, numeric };
  const secondary =
    secondaryEmails && people.additionalKnown && setup.object === 'visitor' && joinKey.property === 'email';
  const hubspot = new SideMatch();
  const pendo = new SideMatch();
  for (const { id, properties } of people.hubspot) {
    const additional = secondary ? additionalEmails(properties).map((it) => (folding ? fold(it) : it)) : [];
    hubspot.add(id, properties[joinKey.property], people.excludedHubspot.has(id), rules, additional);
  }
  for (const { id } of people.pendo) pendo.add(id, id, people.excludedPendo.has(id), { folding, numeric: false });

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
    nearMisses: nearMisses(hubspot, pendo),
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

/** Pairs whose keys differ and look the same, at least one of the two unmatched. */
function nearMisses(hubspot: SideMatch, pendo: SideMatch): NearMiss[] {
  const right = Map.groupBy(pendo.keyed, (entry) => looseKey(entry.text));
  const found: NearMiss[] = [];
  for (const contact of hubspot.keyed) {
    const loose = looseKey(contact.text);
    for (const visitor of right.get(loose) ?? []) {
      if (contact.key === visitor.key) continue;
      const unmatched = [hubspot.states.get(contact.id), pendo.states.get(visitor.id)].includes('unmatched');
      if (unmatched) found.push({ hubspot: contact.id, pendo: visitor.id, loose });
    }
  }
  return found;
}
