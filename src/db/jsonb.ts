import { storableText } from '../sync/text.ts';

/**
 * JSON text for a `jsonb` column or parameter. PostgreSQL refuses NUL and half a surrogate pair, and with them the whole
 * statement: a vendor's message that quotes such a value, or is cut in the middle of an emoji, would stop a run for good.
 * They become U+FFFD. For texts that people read; values and ids that are compared are checked before (`textFault`).
 */
export function toJsonb(value: unknown): string {
  const text = JSON.stringify(value);
  // Both are written as escapes, so most texts are seen to hold none at a glance.
  return /\\u(?:0000|[dD][89a-fA-F])/.test(text) ? JSON.stringify(value, storable) : text;
}

function storable(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? storableText(value) : value;
}
