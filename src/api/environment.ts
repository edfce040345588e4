/** What each request carries through the API. */
import type { SecurityLog } from '../control/audit/security-log.ts';
import type { Caller } from '../control/caller.ts';

export interface ApiEnv {
  Variables: {
    requestId: string;
    security: SecurityLog;
    /** Set behind the authentication. */
    caller: Caller;
  };
}
