import type { Prepared } from './global.ts';

/** What the set-up made, or a failure of the test that tells why it could not be made. */
export function orFail(what: string, prepared: Prepared): string {
  if ('ready' in prepared) return prepared.ready;
  throw new Error(`${what} could not be made by the test set-up: ${prepared.failed}`);
}
