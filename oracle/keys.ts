/** Keys, and the two looser forms in which they are compared. */
import { canonical, isPoison, read } from './canonical.ts';

export const fold = (key: string): string => key.trim().toLowerCase();

/** What a key looks like to a person. Equal ones name a likely partner, and never make a match. */
export function looseKey(key: string): string {
  const visible = key
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .trim();
  return visible
    .replace(/^mailto:/i, '')
    .toLowerCase()
    .normalize('NFKC');
}

export interface KeyRules {
  folding: boolean;
  /** The join property is a HubSpot number. */
  numeric: boolean;
}

export type KeyReading =
  | { state: 'blank' | 'invalidKey' }
  /** `text` is the key itself; `compared` what two records are matched by. */
  | { state: 'key'; text: string; compared: string };

export function readKey(raw: string | undefined, rules: KeyRules): KeyReading {
  if (raw === undefined || raw.trim() === '') return { state: 'blank' };
  if (isPoison(raw) || Buffer.byteLength(raw) > 1024) return { state: 'invalidKey' };
  const text = rules.numeric ? canonical(read('number', raw)) : raw;
  if (text === undefined || text === null) return { state: 'invalidKey' };
  return { state: 'key', text: String(text), compared: rules.folding ? fold(String(text)) : String(text) };
}
