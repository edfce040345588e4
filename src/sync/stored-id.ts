/** Ids of Pendo's that PostgreSQL cannot hold, or not in an index, are kept under a name that stands for them. */
import { createHash } from 'node:crypto';
import { maxKeyBytes } from './join-key.ts';
import { textFault } from './text.ts';

export function isUnstorableId(id: string): boolean {
  return textFault(id) !== null || Buffer.byteLength(id) > maxKeyBytes;
}

/** The id itself; of an unstorable one, a name that sorts before every real one. */
export function storedId(id: string): string {
  return isUnstorableId(id) ? `\u0001${createHash('sha256').update(JSON.stringify(id)).digest('hex')}` : id;
}
