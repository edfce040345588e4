/** What wraps the tenants' data keys: a key of the deployment's environment, or a key service behind the same interface. */
import { createHmac } from 'node:crypto';
import { SealBroken, seal, unseal } from './envelope.ts';

export interface KeyEncryption {
  /** Id of the key that wraps from now on. */
  readonly current: string;
  /** Whether `unwrap` can open what the key of that id wrapped. */
  knows(keyId: string): boolean;
  wrap(dataKey: Buffer, context: readonly string[]): Promise<Buffer>;
  /** @throws SealBroken when the key of that id is not known or does not fit. */
  unwrap(wrapped: Buffer, keyId: string, context: readonly string[]): Promise<Buffer>;
}

/** Keys held in this process. The previous one only opens, so that a rotation needs no downtime. */
export function localKeyEncryption(current: Buffer, previous?: Buffer): KeyEncryption {
  const keys = new Map([current, ...(previous ? [previous] : [])].map((key) => [keyIdOf(key), key]));
  const currentId = keyIdOf(current);
  return {
    current: currentId,
    knows: (keyId) => keys.has(keyId),
    wrap: async (dataKey, context) => seal(current, dataKey, [...context, currentId]),
    unwrap: async (wrapped, keyId, context) => {
      const key = keys.get(keyId);
      if (key === undefined) throw new SealBroken();
      return unseal(key, wrapped, [...context, keyId]);
    },
  };
}

function keyIdOf(key: Buffer): string {
  if (key.length !== 32) throw new Error('a key-encryption key has 32 bytes');
  return `local-${createHmac('sha256', key).update('crosswalk key id').digest('hex').slice(0, 12)}`;
}
