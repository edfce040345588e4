/** Who is created, where a sync allows it at all: SEMANTICS 2.4. */
import type { RawPropertyDefinition } from '../sandbox/contract.ts';
import { kindOf } from './canonical.ts';
import type { MatchExpectation, Memory, OracleSetup, Side } from './contract.ts';
import { fold, readKey } from './keys.ts';
import { mappingOf } from './mapping.ts';
import { additionalEmails, isAnonymous, type People } from './people.ts';
import { Addresses, type VendorRules } from './vendor.ts';

export interface Planned {
  /** As it is sent. */
  key: string;
  /** Under which key HubSpot files it. */
  storedKey: string;
  /** HubSpot found it when it was asked right before: not sent. */
  taken: boolean;
  /** The record that HubSpot writes to in place of a new one. */
  into?: string;
}

export interface Creation {
  /** By the source's id. The guard counts them all. */
  planned: Map<string, Planned>;
  /** Source id -> why it stays unmatched. */
  refused: Map<string, string>;
}

interface Context {
  people: People;
  matched: MatchExpectation;
  setup: OracleSetup;
  memory: Memory | undefined;
  rules: VendorRules;
}

export const filedKey = (side: Side, sourceId: string, key: string): string => JSON.stringify([side, sourceId, key]);

export function creation(target: Side, join: RawPropertyDefinition, context: Context): Creation {
  const { people, matched, setup, memory, rules } = context;
  const { joinKey, create, keyFolding } = setup.syncConfig;
  const result: Creation = { planned: new Map(), refused: new Map() };
  if (create !== target) return result;
  const byEmail = setup.object === 'visitor' && joinKey.property === 'email';
  const unique = byEmail || join.hasUniqueValue;
  const numeric = kindOf(join) === 'number';
  const addresses = new Addresses(people.hubspot, rules);

  const near = new Set(matched.nearMisses.flatMap((miss) => [`hubspot ${miss.hubspot}`, `pendo ${miss.pendo}`]));
  const additional = new Set<string>();
  if (setup.object === 'visitor') {
    for (const { properties } of people.hubspot)
      for (const it of additionalEmails(properties)) additional.add(fold(it));
  }
  const barred = new Set<string>();
  for (const { id, properties } of people.hubspot) {
    const key = properties[joinKey.property];
    if (key !== undefined && people.excludedHubspot.has(id)) barred.add(fold(key));
  }
  for (const id of people.excludedPendo) barred.add(fold(id));

  const source = target === 'hubspot' ? 'pendo' : 'hubspot';
  const candidates =
    source === 'pendo'
      ? people.pendo.map(({ id }) => ({ id, raw: id }))
      : people.hubspot.map(({ id, properties }) => ({ id, raw: keyText(properties[joinKey.property]) }));
  for (const { id, raw } of candidates) {
    if (matched[source].states.get(id) !== 'unmatched') continue;
    const key = keyFolding === 'fold' ? raw.trim() : raw;
    const why = reason(id, key);
    if (why !== undefined) result.refused.set(id, why);
    else if (target === 'hubspot' && byEmail) result.planned.set(id, { key, ...addresses.file(key) });
    else result.planned.set(id, { key, storedKey: key, taken: false });
  }
  return result;

  /** The key itself: of a number, its canonical form. */
  function keyText(raw: string | undefined): string {
    const reading = readKey(raw, { folding: false, numeric });
    return reading.state === 'key' ? reading.text : '';
  }

  function reason(id: string, key: string): string | undefined {
    if (setup.object === 'visitor' && !people.additionalKnown) return 'ADDITIONAL_EMAILS_UNKNOWN';
    if (near.has(`${source} ${id}`)) return 'a record of the other side looks the same';
    if (additional.has(fold(key))) return 'the key is an additional e-mail of a contact';
    if (barred.has(fold(key))) return 'the person is excluded or forgotten';
    if (target === 'pendo') return isAnonymous(key) ? 'Pendo would take it for an anonymous visitor' : undefined;
    if (!unique) return `${joinKey.property} has no unique values`;
    if (byEmail && keyFolding === 'exact' && key !== fold(key)) {
      return 'HubSpot would trim the e-mail or lower its case, and it would not match';
    }
    if (numeric && keyText(key) !== key) return 'HubSpot would hold the number in another form, and it would not match';
    const filed = memory?.filedElsewhere.get(filedKey(target, id, key));
    return filed === mappingOf(setup) ? 'FILED_ELSEWHERE' : undefined;
  }
}
