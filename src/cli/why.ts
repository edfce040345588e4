/** `crosswalk why`: the answer for one record, found by its id or by whatever else a person has of it. */

import { typeableId } from '../sync/typed-id.ts';
import type { ApiClient } from './api-client.ts';

// biome-ignore lint/suspicious/noExplicitAny: described by the API document
type Answer = any;

interface Named {
  side: string;
  id: string;
}

/** @param at the tenant's address in the API */
export async function* answerWhy(
  client: ApiClient,
  at: string,
  object: string,
  who: string,
  id: string | undefined,
): AsyncGenerator<string> {
  if (id !== undefined) {
    if (who !== 'hubspot' && who !== 'pendo')
      throw new Error(`"${who}" is no side: write hubspot or pendo before an id.`);
    yield* explain(await ask(client, at, object, { side: who, id }));
    return;
  }
  const { records, forgotten } = await client.call('POST', `${at}/records/search`, { text: who });
  const found: Answer[] = records.filter((each: Answer) => each.object === object);
  const exact = found.filter((each) => each.found !== 'lookAlike');
  const told = new Set<string>();
  for (const each of exact.length > 0 ? exact : found) {
    if (told.has(nameOf(each))) continue;
    const answer = await ask(client, at, object, each);
    told.add(nameOf(each));
    // The two of a pair have one answer.
    const partner = { side: each.side === 'hubspot' ? 'pendo' : 'hubspot', id: answer.match.partnerId };
    told.add(nameOf(partner));
    const pair = answer.match.state === 'matched' ? ` and ${nameOf(partner)}` : '';
    yield `${nameOf(each)}${pair}${each.found === 'lookAlike' ? ', which looks alike' : ''}:`;
    for (const line of explain(answer)) yield `  ${line}`;
  }
  if (found.length > 0) return;
  if (forgotten.includes(object))
    yield 'Forgotten: somebody who goes by this is left out of every run, and nothing of them is kept.';
  else
    yield 'The last read found no record with this id, join value or additional e-mail address, nor one that looks alike.';
}

const nameOf = ({ side, id }: Named): string => `${side} ${id}`;

/** What an address cannot hold goes as JSON text. */
function ask(client: ApiClient, at: string, object: string, { side, id }: Named): Promise<Answer> {
  return client.call('GET', `${at}/syncs/${object}/records/${side}/${encodeURIComponent(typeableId(id))}`);
}

function* explain(answer: Answer): Generator<string> {
  const { match, legs, known, forgotten } = answer;
  if (forgotten) yield 'Forgotten: this person is left out of every run.';
  if (!known) yield 'The last read did not find it.';
  yield `Match: ${match.state}${match.partnerId === null ? '' : ` with ${match.partnerId}`}`;
  if (match.state === 'ambiguous')
    yield `  shared with HubSpot ${match.sharedWith.hubspot.join(', ')}; Pendo ${match.sharedWith.pendo.join(', ')}`;
  if (match.nearMisses.length > 0) yield `  the key looks the same and differs: ${match.nearMisses.join(', ')}`;
  for (const [name, leg] of Object.entries<Answer>(legs)) {
    yield `${name}: ${leg.outcome}${leg.since === null ? '' : ` since run ${leg.since.run}`}. ${leg.explanation}`;
    for (const { field, holds, wants, owed, withheld, stopped } of leg.fields) {
      const values =
        wants === null && holds === null ? '' : `holds ${JSON.stringify(holds)}, wants ${JSON.stringify(wants)}: `;
      const state = owed ? 'would be written' : withheld ? `not written (${stopped ?? withheld})` : 'as it should be';
      yield `  ${field}: ${values}${state}`;
    }
  }
}
