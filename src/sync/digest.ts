import { hash } from 'node:crypto';
import type { CanonDoc } from './types.ts';

/**
 * 16 bytes that are equal exactly when two documents are (SHA-256, cut): a cheap "nothing owed" for the mirror. The
 * order of the keys does not matter.
 */
export function digest(doc: CanonDoc): Buffer {
  const flat: unknown[] = [];
  for (const field of Object.keys(doc).sort()) flat.push(field, doc[field]);
  // As text, one character a byte: three times as fast as having the hash make a Buffer, and this runs twice a record.
  return Buffer.from(hash('sha256', JSON.stringify(flat), 'binary').slice(0, 16), 'latin1');
}
