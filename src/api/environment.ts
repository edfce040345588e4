/** What each request carries through the API. */
import type { Caller } from '../control/caller.ts';

export interface ApiEnv {
  Variables: {
    requestId: string;
    /** Set behind the authentication. */
    caller: Caller;
  };
}
