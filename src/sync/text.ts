/** Text that PostgreSQL can hold, and its byte order. */

/** PostgreSQL's `text` and `jsonb` can hold neither NUL nor half of a surrogate pair. */
export function textFault(text: string): 'nul' | 'loneSurrogate' | null {
  if (text.includes('\0')) return 'nul';
  return text.isWellFormed() ? null : 'loneSurrogate';
}

/** A text for people as PostgreSQL can hold it. Not for what is compared: keys and values are checked with `textFault`. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}

/** At most so many UTF-16 units of a text, and no half of a surrogate pair at its end. */
export function shortened(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const last = text.charCodeAt(longest - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? longest - 1 : longest);
}

/**
 * Orders well-formed text by its UTF-8 bytes (as `COLLATE "C"` does), without encoding it. UTF-16 units sort the same
 * way, except that surrogates (code points from U+10000) must come after U+E000 to U+FFFF.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return byteRank(left) - byteRank(right);
  }
  return a.length - b.length;
}

function byteRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
