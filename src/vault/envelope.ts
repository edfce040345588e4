/**
 * AES-256-GCM. A sealed value is: version (1 byte), nonce (12, fresh for each), tag (16), ciphertext. The context is
 * authenticated and not stored, so a value that is copied to another tenant or another name does not open.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const version = 1;

export function seal(key: Buffer, plain: Buffer, context: readonly string[]): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(encodeContext(context));
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.of(version), nonce, cipher.getAuthTag(), text]);
}

/** @throws SealBroken when the key, the context or a byte of the value is not what it was. */
export function unseal(key: Buffer, sealed: Buffer, context: readonly string[]): Buffer {
  try {
    if (sealed.length < 29 || sealed[0] !== version) throw new Error('not a sealed value');
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 13), { authTagLength: 16 });
    decipher.setAAD(encodeContext(context));
    decipher.setAuthTag(sealed.subarray(13, 29));
    return Buffer.concat([decipher.update(sealed.subarray(29)), decipher.final()]);
  } catch (cause) {
    throw new SealBroken({ cause });
  }
}

/** A stored credential does not open: wrong encryption key, or the row was tampered with. */
export class SealBroken extends Error {
  override name = 'SealBroken';
  constructor(options?: ErrorOptions) {
    super('a stored credential does not open: the encryption key is another one, or the row was changed', options);
  }
}

// JSON keeps the parts apart: ["a","bc"] and ["ab","c"] must not be the same context.
function encodeContext(context: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(context), 'utf8');
}
