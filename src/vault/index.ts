export { signingKey, WrongEncryptionKey } from './deployment-keys.ts';
export { SealBroken } from './envelope.ts';
export { type KeyEncryption, localKeyEncryption } from './key-encryption.ts';
export { Secret } from './secret.ts';
export { ensureSuppression, openSuppression, type SuppressionHash } from './suppression.ts';
export { createVault, type Vault } from './vault.ts';
