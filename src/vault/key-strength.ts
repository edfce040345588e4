/** Is a key that a person chose as good as a random one? An estimate that is wrong on the safe side: what looks like words is weak. */

const leastBits = 72;

/** What people put where a key should be. */
const words =
  /pass(word|wort|phrase)?|secret|change[-_ ]?me|cross[-_ ]?walk|admin(istrators?|istrator)?|boot[-_ ]?strap|example|default|token|letmein|welcome|qwert[yz](uiop)?|asdf(ghjkl)?|(z|y)xcvbnm?|hub[-_ ]?spot|pendo|local(host)?|test(ing)?|demo|first|key|prod(uction)?|staging|develop(ment)?|dev/gi;

export function isWeak(key: string): boolean {
  const bare = key.replace(words, '').replace(/[^a-z0-9]/gi, '');
  const fresh = withoutSequences(withoutRepeats(bare));
  if (fresh.length === 0) return true;
  const distinct = new Set(fresh).size;
  // Random text changes between kinds of characters all the time; words do so rarely, and a letter of a word is worth two bits.
  const bitsEach = changesOfKind(fresh) >= fresh.length / 6 ? Math.log2(distinct) : Math.min(2, Math.log2(distinct));
  return fresh.length * bitsEach < leastBits;
}

/** What stood before, three characters or more of it, adds one. */
function withoutRepeats(text: string): string {
  let kept = '';
  for (let at = 0; at < text.length; ) {
    let length = 0;
    while (at + length < text.length && text.slice(0, at + length).includes(text.slice(at, at + length + 1)))
      length += 1;
    kept += text[at];
    at += length >= 3 ? length : 1;
  }
  return kept;
}

/** `1234`, `abcd`, `dcba`, `aaaa`: from the third character on nothing is new. */
function withoutSequences(text: string): string {
  const step = (at: number) => text.charCodeAt(at) - text.charCodeAt(at - 1);
  return [...text].filter((_, at) => at < 2 || Math.abs(step(at)) > 1 || step(at) !== step(at - 1)).join('');
}

function changesOfKind(text: string): number {
  const kinds = [...text].map((sign) => (/\d/.test(sign) ? 'digit' : /[a-z]/.test(sign) ? 'lower' : 'upper'));
  return kinds.filter((kind, at) => at > 0 && kind !== kinds[at - 1]).length;
}
