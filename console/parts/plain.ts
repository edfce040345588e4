/** Characters that turn the direction of whatever follows: one name could make its whole line read otherwise. */
const turning = /[\u202a-\u202e\u2066-\u2069]/g;

/** A text, or a value as JSON, with such characters written out. */
export function plainText(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replace(turning, (one) => `\\u${one.charCodeAt(0).toString(16)}`);
}
