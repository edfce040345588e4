/**
 * The ways in which a key can be awkward. Every one of them turns up at least once in any 240 neighbouring people (or
 * companies), so that a small world has them all; the other places are ordinary.
 */
export type Oddity =
  | 'case' // the sides differ by case only: a near miss
  | 'spaces' // ... by spaces around it
  | 'foldTwin' // the Pendo id is another Pendo id but for case: ambiguous when folded
  | 'blank' // HubSpot holds nothing
  | 'spacesOnly' // HubSpot holds spaces
  | 'duplicate' // HubSpot holds the key of the record before it
  | 'secondary' // only an additional e-mail links the two
  | 'doNotProcess'
  | 'quote'
  | 'backslash'
  | 'slash'
  | 'percent'
  | 'unicode'
  | 'numeric'
  | 'overLong' // more than 1,024 UTF-8 bytes, on both sides
  | 'nul' // holds U+0000, on both sides
  | 'surrogate'; // holds half of a surrogate pair, on both sides

const period = 240;
const step = 97;

const laidOut: readonly Oddity[] = [
  'case',
  'case',
  'case',
  'spaces',
  'foldTwin',
  'blank',
  'blank',
  'spacesOnly',
  'duplicate',
  'duplicate',
  'secondary',
  'secondary',
  'doNotProcess',
  'doNotProcess',
  'quote',
  'backslash',
  'slash',
  'percent',
  'unicode',
  'unicode',
  'numeric',
  'overLong',
  'nul',
  'surrogate',
];

/** The oddity of the person or company at this place, if any. */
export function oddityAt(index: number, shift: number): Oddity | null {
  return laidOut[(index * step + shift) % period] ?? null;
}

/** The key with the oddity in it, for those that both sides spell alike. */
export function oddKey(oddity: Oddity | null, key: string, number: number): string {
  switch (oddity) {
    case 'quote':
      return `"${key.slice(0, 3)}"${key.slice(3)}`;
    case 'backslash':
      return `${key.slice(0, 3)}\\${key.slice(3)}`;
    case 'slash':
      return `${key.slice(0, 3)}/${key.slice(3)}`;
    case 'percent':
      return `${key.slice(0, 3)}%41${key.slice(3)}`;
    case 'unicode':
      return `${key.slice(0, 3)}zoë名😀${key.slice(3)}`;
    case 'numeric':
      return String(1_000_000 + number);
    case 'overLong':
      return `${'x'.repeat(1_100)}${key}`;
    case 'nul':
      return `${key.slice(0, 3)}\u0000${key.slice(3)}`;
    case 'surrogate':
      return `${key.slice(0, 3)}\ud83d${key.slice(3)}`;
    default:
      return key;
  }
}

/** The same key for a careless reader: capitals where there were none. */
export function capitalised(key: string): string {
  return key.replace(/(^|[.@-])([a-z])/g, (_, before: string, letter: string) => before + letter.toUpperCase());
}
