import type { PendoClient, PendoOptions } from './types.ts';

export function createPendo(_options: PendoOptions): PendoClient {
  throw new Error('not built yet');
}
