import { readDecimal } from './numbers.ts';
import { textFault } from './text.ts';

/** Longest join value, in UTF-8 bytes as it came: two of them and an id still fit a row of a PostgreSQL index. */
export const maxKeyBytes = 1024;

export type KeyFolding = 'exact' | 'fold';

export interface ValidKey {
  state: 'ok';
  /** What is compared. */
  key: string;
  /** Trimmed and in lower case, whatever the setting. */
  folded: string;
  /** What names a likely partner: see `looseKey`. */
  loose: string;
  /** What a creation on the other side uses: the key as its source holds it. */
  spelling: string;
}

export type JoinKey =
  | ValidKey
  | { state: 'blank' }
  | { state: 'invalid'; reason: 'nul' | 'loneSurrogate' | 'tooLong' | 'notText' | 'notANumber' };

/**
 * Reads a join value, of a HubSpot property or a Pendo id: the same rules on both sides. Blank comes before invalid, so
 * two thousand spaces are blank.
 *
 * @param numeric The value is that of a HubSpot number property: its key is its canonical form.
 */
export function readKey(raw: unknown, folding: KeyFolding, numeric = false): JoinKey {
  if (raw === null || raw === undefined) return { state: 'blank' };
  if (typeof raw !== 'string') return { state: 'invalid', reason: 'notText' };
  const trimmed = raw.trim();
  if (trimmed === '') return { state: 'blank' };
  const fault = textFault(raw);
  if (fault) return { state: 'invalid', reason: fault };
  if (raw.length * 3 > maxKeyBytes && Buffer.byteLength(raw) > maxKeyBytes)
    return { state: 'invalid', reason: 'tooLong' };
  if (numeric) return numberKey(raw);
  const folded = trimmed.toLowerCase();
  const [key, spelling] = folding === 'fold' ? [folded, trimmed] : [raw, raw];
  return { state: 'ok', key, folded, loose: loose(raw, folded), spelling };
}

function numberKey(raw: string): JoinKey {
  const number = readDecimal(raw);
  if (typeof number !== 'string') return { state: 'invalid', reason: 'notANumber' };
  return { state: 'ok', key: number, folded: number, loose: number, spelling: number };
}

/** The one way in which text is folded, for keys and for additional e-mail addresses. */
export function foldedKey(text: string): string {
  return text.trim().toLowerCase();
}

/**
 * The form in which keys that look the same are equal: compatibility forms (full width, NFC and NFD), characters that
 * nobody sees, and what a mail link puts before an address make no difference. Never makes a match.
 */
export function looseKey(text: string): string {
  return loose(text, foldedKey(text));
}

// Of plain ASCII the loose key is the folded one, but for the mail link: keys are read by the million.
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const plainAscii = /^[\x00-\x7f]*$/;
const mailLink = /^mailto:/i;

function loose(text: string, folded: string): string {
  if (plainAscii.test(text)) return folded.startsWith('mailto:') ? folded.slice('mailto:'.length) : folded;
  const visible = text.normalize('NFKC').replace(/\p{Cf}/gu, '');
  return visible.trim().replace(mailLink, '').toLowerCase().normalize('NFKC');
}

/** Every text that somebody with this key may be known by: as it came, folded, and loose. */
export function spellingsOf(key: string): string[] {
  return [...new Set([key, foldedKey(key), looseKey(key)])];
}
