/** Who is created, where a sync allows it at all: SEMANTICS 2, last rule. */
import type { RawPropertyDefinition } from '../sandbox/contract.ts';
import type { MatchExpectation, OracleSetup, Side } from './contract.ts';
import { additionalEmails, fold } from './match.ts';
import { isAnonymous, type People } from './people.ts';

export interface Creation {
  /** Giver id -> the key to create under. */
  keys: Map<string, string>;
  /** Giver id -> why it stays unmatched. */
  refused: Map<string, string>;
}

export function creation(
  taker: Side,
  people: People,
  matched: MatchExpectation,
  setup: OracleSetup,
  join: RawPropertyDefinition,
): Creation {
  const { joinKey, create } = setup.syncConfig;
  const result: Creation = { keys: new Map(), refused: new Map() };
  if (create !== taker) return result;
  const byEmail = setup.object === 'visitor' && joinKey.property === 'email';
  const unique = byEmail || join.hasUniqueValue;

  const near = new Set(matched.nearMisses.flatMap((miss) => [...miss.hubspot, ...miss.pendo]));
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

  const candidates =
    taker === 'hubspot'
      ? people.pendo.map(({ id }) => ({ id, key: id, state: matched.pendo.states.get(id) }))
      : people.hubspot.map(({ id, properties }) => ({
          id,
          key: properties[joinKey.property] ?? '',
          state: matched.hubspot.states.get(id),
        }));
  for (const { id, key, state } of candidates) {
    if (state !== 'unmatched') continue;
    const why = reason(id, key);
    if (why === undefined) result.keys.set(id, key);
    else result.refused.set(id, why);
  }
  return result;

  function reason(id: string, key: string): string | undefined {
    if (near.has(id)) return 'a record of the other side differs only in case or spaces';
    if (additional.has(fold(key))) return 'the key is an additional e-mail of a contact';
    if (barred.has(fold(key))) return 'the person is excluded or forgotten';
    if (taker === 'pendo') return isAnonymous(key) ? 'Pendo would take it for an anonymous visitor' : undefined;
    if (!unique) return `${joinKey.property} has no unique values`;
    if (byEmail && key !== fold(key)) return 'HubSpot would trim the e-mail or lower its case, and it would not match';
    return undefined;
  }
}
