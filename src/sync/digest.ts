import { hash } from 'node:crypto';
import type { CanonDoc } from './types.ts';

/**
 * 16 bytes that are equal exactly when two documents are (SHA-256, cut): a cheap "nothing owed" for the mirror. The
 * order of the keys does not matter.
 */
export function digest(doc: CanonDoc): Buffer {
  const entries = Object.entries(doc).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from(hash('sha256', JSON.stringify(entries), 'buffer').subarray(0, 16));
}
