/**
 * A vendor that quotes a request may quote the credential that it came with. What comes in is read without it, so that it can
 * reach no table, answer, log or workflow history.
 */

/** Stands where the credential was. Valid inside a JSON string. */
export const redacted = '[credential]';

/** A shorter text is no credential, and would be found by chance in what is none. */
const shortest = 8;

const schemes = /^(bearer|basic)\s+/i;

/** The credentials among the headers of a request. */
export function credentialsIn(headers: Readonly<Record<string, string>> | undefined): string[] {
  return Object.entries(headers ?? {})
    .filter(([name]) => /^(authorization|x-pendo-integration-key)$/i.test(name))
    .map(([, value]) => value.replace(schemes, ''));
}

/** As they are, and as JSON, an address and base64 write them; the longest first. */
function formsOf(secrets: readonly string[]): string[] {
  const forms = secrets
    .filter((secret) => secret.length >= shortest)
    .flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      secret.replaceAll('/', '\\/'),
      // As libraries write JSON that is to be harmless inside HTML.
      inUnicode(secret, (hex) => hex),
      inUnicode(secret, (hex) => hex.toUpperCase()),
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('base64url'),
      Buffer.from(secret).toString('hex'),
    ]);
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}

function inUnicode(secret: string, spelt: (hex: string) => string): string {
  return secret.replaceAll(/[^\w.~-]/g, (one) => `\\u${spelt(one.charCodeAt(0).toString(16).padStart(4, '0'))}`);
}

export function redactText(text: string, secrets: readonly string[]): string {
  return formsOf(secrets).reduce((rest, form) => rest.replaceAll(form, redacted), text);
}

/** Bytes of UTF-8 in, bytes of UTF-8 out. Holds back less than a credential's length. */
export async function* redactBytes(
  pieces: AsyncIterable<Uint8Array>,
  secrets: readonly string[],
): AsyncIterable<Uint8Array> {
  const forms = formsOf(secrets).map((form) => Buffer.from(form));
  const held = Math.max(0, ...forms.map(({ length }) => length - 1));
  if (held === 0) {
    yield* pieces;
    return;
  }
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    const bytes = replaceIn(rest.length === 0 ? asBuffer(piece) : Buffer.concat([rest, piece]), forms);
    const cut = Math.max(0, bytes.length - held);
    if (cut > 0) yield bytes.subarray(0, cut);
    rest = bytes.subarray(cut);
  }
  if (rest.length > 0) yield rest;
}

function asBuffer(piece: Uint8Array): Buffer {
  return Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
}

function replaceIn(bytes: Buffer, forms: readonly Buffer[]): Buffer {
  let result = bytes;
  for (const form of forms) {
    for (let at = result.indexOf(form); at >= 0; at = result.indexOf(form, at + redacted.length)) {
      result = Buffer.concat([result.subarray(0, at), Buffer.from(redacted), result.subarray(at + form.length)]);
    }
  }
  return result;
}
