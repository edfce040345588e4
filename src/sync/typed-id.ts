/**
 * Ids as a person can type them. Not every id fits into an address: `.` and `..` are taken for folders, and NUL and half of a
 * surrogate pair have no form there. Such an id is written as JSON text: `"."`, `"a\u0000b"`.
 */

/** What was typed, and the id that it may stand for. Which of them is meant, is known by what is there. */
export function readTypedId(typed: string): { literal: string; escaped?: string } {
  const quoted = /^".*"$/s.test(typed);
  if (!quoted && !/\\u[0-9a-f]{4}/i.test(typed)) return { literal: typed };
  try {
    const escaped: unknown = JSON.parse(quoted ? typed : `"${typed}"`);
    return typeof escaped === 'string' && escaped !== '' ? { literal: typed, escaped } : { literal: typed };
  } catch {
    return { literal: typed };
  }
}

/** The form in which an id can be put into an address. */
export function typeableId(id: string): string {
  return needsEscape(id) ? JSON.stringify(id) : id;
}

/** No id of this kind can be meant as it stands. */
export function needsEscape(id: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: names that stand for unstorable ids begin with one
  return id === '.' || id === '..' || /[\x00-\x1f]/.test(id) || !id.isWellFormed();
}
