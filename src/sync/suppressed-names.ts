/** The names by which somebody forgotten is known again: what is hashed, and what is looked for. */
import { spellingsOf } from './join-key.ts';

export function hubspotName(recordId: string): string {
  return `hubspot:${recordId}`;
}

/** Of a join value (a Pendo id is one), in every spelling. */
export function keyNames(key: string): string[] {
  return spellingsOf(key).map((spelling) => `key:${spelling}`);
}
