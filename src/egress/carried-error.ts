/**
 * An error in a reply that says 200. A proxy in front of a vendor makes them, and so does Pendo when an aggregation fails after its
 * answer has begun. Beside `results` that are empty or missing it would look like a subscription that holds nothing.
 */

/**
 * The error that a reply carries, as JSON text; undefined: none.
 *
 * @param rowErrors the reply is that of a batch: `errors` is about rows, and whoever sent them reads it
 */
export function carriedError(reply: unknown, rowErrors = false): string | undefined {
  if (typeof reply !== 'object' || reply === null || Array.isArray(reply)) return undefined;
  const { error, errors, status } = reply as Record<string, unknown>;
  const failed = typeof status === 'string' && status.toLowerCase() === 'error';
  if (!failed && !saysSomething(error) && (rowErrors || !saysSomething(errors))) return undefined;
  return JSON.stringify(failed ? reply : saysSomething(error) ? error : errors);
}

function saysSomething(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() !== '';
  if (typeof value !== 'object' || value === null) return value === true || typeof value === 'number';
  return Object.keys(value).length > 0;
}
