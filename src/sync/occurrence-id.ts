/** A UUID of version 5 (RFC 9562): the same for the same names, always. */
import { createHash } from 'node:crypto';

const namespace = Buffer.from('6d1c1d525f0c4d0b9a3e2f4a2f6c7b11', 'hex');

export function occurrenceId(...names: readonly (string | number)[]): string {
  const bytes = createHash('sha1').update(namespace).update(JSON.stringify(names)).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
