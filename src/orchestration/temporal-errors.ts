/** What an error of Temporal's client says about the request. */
import { CronError } from '../sync/cron.ts';

/**
 * True where the same request can never be taken; false where it may be tried again. For a schedule's INVALID_ARGUMENT the
 * client throws a TypeError with the server's words.
 */
export function isRefusal(error: unknown): boolean {
  return error instanceof CronError || error instanceof TypeError;
}
