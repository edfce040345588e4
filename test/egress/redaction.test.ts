/** A vendor that quotes the credential it was asked with is read without it, whatever it quotes it in. */
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { createGuardedFetch } from '../../src/egress/guarded-fetch.ts';
import { redactBytes, redacted, redactText } from '../../src/egress/redaction.ts';
import { startServer } from './http-server.ts';

const token = 'pat-na1-1c2d/3e4f+canary==';
const unicode = (text: string) =>
  text.replaceAll(/[+=/]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);

test.each([
  ['authorization', `Bearer ${token}`],
  ['X-Pendo-Integration-Key', token],
])('a credential of the header %s is in no reply, in any form and across any border', async (header, value) => {
  const quoted = JSON.stringify({
    plain: token,
    escaped: '@',
    base64: Buffer.from(token).toString('base64'),
    hex: Buffer.from(token).toString('hex'),
    // As libraries write it that keep JSON harmless inside HTML.
    forHtml: '@html',
    forHtmlUpper: '@HTML',
    address: `https://x.test/?key=${encodeURIComponent(token)}`,
    kept: 'é and 🦊',
  })
    .replace('@html', unicode(token))
    .replace(
      '@HTML',
      unicode(token).replaceAll(/\\u00../g, (one) => one.slice(0, 4) + one.slice(4).toUpperCase()),
    )
    .replace('@', token.replaceAll('/', '\\/'));
  const server = await startServer(async (_, response) => {
    response.writeHead(200);
    const bytes = Buffer.from(quoted);
    for (let at = 0; at < bytes.length; at += 7) {
      response.write(bytes.subarray(at, at + 7));
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  });
  const { fetch, close } = createGuardedFetch({ allow: [server.url] });
  onTestFinished(async () => {
    await close();
    await server[Symbol.asyncDispose]();
  });
  const response = await fetch(server.url, { method: 'GET', headers: { [header]: value } });
  expect(JSON.parse(await response.text())).toEqual({
    plain: redacted,
    escaped: redacted,
    base64: redacted,
    hex: redacted,
    forHtml: redacted,
    forHtmlUpper: redacted,
    address: `https://x.test/?key=${redacted}`,
    kept: 'é and 🦊',
  });
});

test('however a body is cut into pieces, it is read as its whole would be', async () => {
  const secret = 'abcabcab';
  const part = fc.oneof(fc.constant(secret), fc.stringMatching(/^[abc]{0,9}$/));
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 8 }), fc.array(fc.nat(9), { maxLength: 20 }), async (parts, cuts) => {
      const body = Buffer.from(parts.join(''));
      const pieces = async function* () {
        let at = 0;
        for (const cut of cuts) {
          yield body.subarray(at, at + cut);
          at += cut;
        }
        yield body.subarray(at);
      };
      const read: Uint8Array[] = [];
      for await (const piece of redactBytes(pieces(), [secret])) read.push(piece);
      expect(Buffer.concat(read).toString()).toBe(redactText(body.toString(), [secret]));
      expect(Buffer.concat(read).toString()).not.toContain(secret);
    }),
  );
});

test('a short text is no credential, and nothing is taken out for it', () => {
  expect(redactText('a key of 7 letters', ['letters'])).toBe('a key of 7 letters');
});
