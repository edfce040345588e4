/**
 * Text of vendors and tenants as it may be shown on a terminal: what moves the cursor, colours, reorders or hides text is
 * written as `\u001b`, the form in which ids can also be typed.
 */

/** Control and format characters, halves of surrogate pairs, and separators of lines. */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

export function visible(text: string): string {
  return text.replace(invisible, escapeUnits);
}

/** Every text in an answer, names of members included. */
export function visibleAnswer<T>(answer: T): T {
  return deep(answer) as T;
}

function deep(value: unknown): unknown {
  if (typeof value === 'string') return visible(value);
  if (Array.isArray(value)) return value.map(deep);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [visible(name), deep(part)]));
}

/** JSON as it may be shown: the same value, with everything invisible escaped. */
export function visibleJson(value: unknown): string {
  // Line feeds are the layout's own: JSON escapes those of the values.
  return JSON.stringify(value, null, 2).replace(invisible, (found) => (found === '\n' ? found : escapeUnits(found)));
}

/** Text of several lines, such as a file, as it may be shown. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

function escapeUnits(found: string): string {
  return [...Array(found.length).keys()]
    .map((at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');
}
