/**
 * A page for people, sent by a firewall, a proxy or a content network in the vendor's place. The APIs of both vendors answer
 * in JSON, and Pendo in plain text as well; a page says nothing about the request, the credential or the mapping.
 */
export function isWebPage(contentType: string | undefined, body: string): boolean {
  return /\bx?html\b/i.test(contentType ?? '') || /^\uFEFF?\s*</.test(body);
}
