/** Why a record that may be created was not: a closed set of codes, each with its words for a person. */
import type { KeyFolding } from './join-key.ts';
import type { Leg } from './legs.ts';
import { readDecimal } from './numbers.ts';

const words = {
  TAKER_EXCLUDED:
    'the other side has a record with this key that is marked do-not-process or was forgotten here. Nothing to do.',
  NEAR_MISS:
    'the other side has a record whose key looks the same and is not. If both are the same person, correct one of the two keys, or set keyFolding to fold if only case or spaces differ.',
  ADDITIONAL_EMAIL:
    'the key is an additional e-mail address of a contact. Set secondaryEmails to match contacts by these as well.',
  ADDITIONAL_EMAILS_UNKNOWN:
    'HubSpot does not show the additional e-mail addresses of every contact, so nobody can tell whose this address is. Give the HubSpot credential access to the property hs_additional_emails.',
  KEY_NOT_LOWER_CASE:
    'the key has upper-case letters. HubSpot keeps e-mail addresses in lower case, so the new contact would not match. Set keyFolding to fold, or identify people by lower-case addresses.',
  KEY_HAS_SPACES:
    'the key has spaces around it. HubSpot removes them from e-mail addresses, so the new contact would not match. Set keyFolding to fold, or correct the id in Pendo.',
  KEY_NOT_CANONICAL:
    'the join property is a number, and this id is not written as HubSpot numbers are read (13, not 13.0), so the new record would not match. Correct the id in Pendo.',
  KEY_ANONYMOUS:
    'the key begins with _PENDO_T_, which marks anonymous visitors: it would not be read again. Correct the join value in HubSpot.',
  KEY_TAKEN:
    'HubSpot already finds a record under this key that Crosswalk does not see with it, for example by an additional e-mail address. Look for the key in HubSpot and correct the record that has it.',
  FILED_ELSEWHERE:
    'HubSpot answered an earlier attempt with another record than one with this key. Look for the key in HubSpot. It is tried again when the key, or the configuration of the sync, changes.',
  NOTHING_MAPPED:
    'records are created by the direction that writes them, and that direction has no field. Map one, or set create to none.',
  LEG_HELD: 'a guard held the run. Approve it, or correct the cause.',
  NOT_REACHED: 'the run ended before it came to this record. The next run creates it.',
} as const;

export type NotCreated = keyof typeof words;

/** @returns a sentence, or nothing for what is no such code. */
export function whyNotCreated(code: unknown): string | undefined {
  return typeof code === 'string' && Object.hasOwn(words, code)
    ? `It was not created: ${words[code as NotCreated]}`
    : undefined;
}

export interface KeyTarget {
  leg: Leg;
  folding: KeyFolding;
  joinKey: { property: string; type: string };
}

/**
 * Would what is created under this key be matched by it? HubSpot stores e-mail addresses trimmed and in lower case, and numbers
 * as numbers.
 *
 * @param key As the creation would use it; folded keys of the push leg do as well.
 */
export function keyWouldNotMatch(key: string, { leg, folding, joinKey }: KeyTarget): NotCreated | undefined {
  if (leg === 'pull') return key.startsWith('_PENDO_T_') ? 'KEY_ANONYMOUS' : undefined;
  if (joinKey.type === 'number') {
    const number = readDecimal(key);
    // What is no number at all is sent, and refused by HubSpot.
    return typeof number === 'string' && number !== key ? 'KEY_NOT_CANONICAL' : undefined;
  }
  if (joinKey.property !== 'email' || folding === 'fold') return undefined;
  if (key !== key.trim()) return 'KEY_HAS_SPACES';
  return key === key.toLowerCase() ? undefined : 'KEY_NOT_LOWER_CASE';
}
