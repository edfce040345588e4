/**
 * What may be kept of a vendor's error. A vendor quotes what it was sent: credentials, e-mail addresses, the values of a row, a
 * whole batch. Kept is what explains the refusal, and nothing that is about a person.
 */
import { storableText } from './text.ts';

/** Characters. */
const longestText = 500;
const longestCode = 64;

/** Lower case, upper case, digits and separators, as every code of the vendors is written. */
const code = new RegExp(`^[A-Za-z][A-Za-z0-9_.-]{0,${longestCode - 1}}$`);
const scope = /^[a-z][a-z0-9._:-]{0,99}$/i;
const mostScopes = 20;
const property = /^\w{1,100}$/;

const address = /[^\s"'<>(),;:[\]{}\\]+@[^\s"'<>(),;:[\]{}\\]+/g;

/** Of a text that may quote rows, in characters. */
const lookedAt = 65_536;

/** Values shorter than this are parts of ordinary words. */
const shortestValue = 3;

/** A vendor's code, where it looks like one. */
export function keptCode(text: string | undefined): string | undefined {
  return text !== undefined && code.test(text) ? text : undefined;
}

/** Names of properties, where they look like such: letters, digits and underscores. HubSpot has none above 100. */
export function keptProperties(names: readonly string[]): string[] {
  return names.filter((name) => property.test(name));
}

export function keptScopes(scopes: readonly string[]): string[] {
  return [...new Set(scopes.filter((one) => scope.test(one)))].slice(0, mostScopes);
}

/** A vendor's text without e-mail addresses, cut, and storable. */
export function keptText(text: string): string {
  // Cut before as well: nothing of a text of megabytes is looked at but its beginning.
  const begins = text.slice(0, 4 * longestText);
  const shown = begins.replace(address, '[e-mail]').trim();
  return storableText(shown.length <= longestText ? shown : `${shown.slice(0, longestText - 1)}…`);
}

/** The same, without the values, ids and keys of the rows that the refused request carried. */
export function keptTextAbout(values: () => Iterable<unknown>): (text: string) => string {
  const known = new Map<string, string>();
  let longestFirst: string[] | undefined;
  return (text) => {
    let kept = known.get(text);
    if (kept === undefined) {
      longestFirst ??= formsOf(values());
      const begins = text.slice(0, lookedAt);
      kept = keptText(longestFirst.reduce((rest, value) => rest.replaceAll(value, '[value]'), begins));
      known.set(text, kept);
    }
    return kept;
  };
}

/** As they are and as JSON writes them, the longest first. */
function formsOf(values: Iterable<unknown>): string[] {
  const forms = new Set<string>();
  for (const value of values) {
    const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
    if (text.length >= shortestValue) forms.add(text).add(JSON.stringify(text).slice(1, -1));
  }
  return [...forms].sort((a, b) => b.length - a.length);
}
