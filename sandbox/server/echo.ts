import type { VendorRequest } from './vendor.ts';

const place = /\{\{(method|path|query|body|headers|header:[\w-]+)\}\}/g;

/**
 * Fills `{{method}}`, `{{path}}`, `{{query}}`, `{{body}}`, `{{headers}}` (a line for each) and `{{header:authorization}}`
 * with what the request had: a vendor, or what stands before it, that repeats the request in its answer.
 */
export function withEcho(
  text: string,
  request: VendorRequest,
  quote: (part: string) => string = (part) => part,
): string {
  return text.replaceAll(place, (_, name: string) => quote(partOf(name, request)));
}

/** As the inside of a JSON text, for bodies that are JSON. */
export const quotedForJson = (part: string): string => JSON.stringify(part).slice(1, -1);

function partOf(name: string, { method, path, query, body, headers }: VendorRequest): string {
  if (name.startsWith('header:')) return headers[name.slice('header:'.length).toLowerCase()] ?? '';
  const lines = () => Object.entries(headers).map(([header, value]) => `${header}: ${value}`);
  return (
    { method, path, query: String(query), body, headers: name === 'headers' ? lines().join('\n') : '' }[name] ?? ''
  );
}
