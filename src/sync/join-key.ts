import { textFault } from './text.ts';

/** Longest join value, in UTF-8 bytes as it came: two of them and an id still fit a row of a PostgreSQL index. */
export const maxKeyBytes = 1024;

export type KeyFolding = 'exact' | 'fold';

export type JoinKey =
  /** `key` is what is compared; `folded` finds near misses, whatever the setting. */
  | { state: 'ok'; key: string; folded: string }
  | { state: 'blank' }
  | { state: 'invalid'; reason: 'nul' | 'loneSurrogate' | 'tooLong' | 'notText' };

/**
 * Reads a join value, of a HubSpot property or a Pendo id: the same rules on both sides. Blank comes before invalid, so
 * two thousand spaces are blank.
 */
export function readKey(raw: unknown, folding: KeyFolding): JoinKey {
  if (raw === null || raw === undefined) return { state: 'blank' };
  if (typeof raw !== 'string') return { state: 'invalid', reason: 'notText' };
  const trimmed = raw.trim();
  if (trimmed === '') return { state: 'blank' };
  const fault = textFault(raw);
  if (fault) return { state: 'invalid', reason: fault };
  if (raw.length * 3 > maxKeyBytes && Buffer.byteLength(raw) > maxKeyBytes)
    return { state: 'invalid', reason: 'tooLong' };
  const folded = trimmed.toLowerCase();
  return { state: 'ok', key: folding === 'fold' ? folded : raw, folded };
}
