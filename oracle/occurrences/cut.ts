/** The first `longest` UTF-16 units. A character of two units is kept whole or left out. */
export function cut(text: string, longest: number): string {
  let kept = '';
  for (const character of text) {
    if (kept.length + character.length > longest) break;
    kept += character;
  }
  return kept;
}
