/** On whose behalf vendors are called, and what follows from it: how long a call may take, and who counts it. */
import type { Budget, Exchange, GuardedFetch, ReplyFacts } from '../../egress/index.ts';

/** On whose behalf calls are made: the run that the budget's gate asks about, and what aborts them. */
export interface VendorUse {
  runId?: string | undefined;
  signal?: AbortSignal | undefined;
  requestSignal?: AbortSignal | undefined;
  /** Called with every request and its answer, without credentials. */
  record?: ((exchange: Exchange) => void) | undefined;
  /** Called for every request that is made. */
  onCall?: ((vendor: 'hubspot' | 'pendo', limitClass: string) => void) | undefined;
}

/**
 * For a person who waits, and a process that answers others meanwhile: of all requests of one use, in ms, and of one reply, in
 * bytes. A portal with thousands of properties answers with some megabytes.
 */
const answerWithinMs = 60_000;
const mostOfAReply = 16 * 1024 * 1024;
const timeoutsForPeople = { headers: 20_000, body: 10_000, total: 30_000 };

/** What a client is opened with. A run has time-outs of its own, and reads in pages: only a person's use is bounded. */
export function boundedUse(
  fetch: GuardedFetch,
  { onCall: _, record: __, ...use }: VendorUse,
  withinMs = answerWithinMs,
) {
  if (use.runId !== undefined) return { ...use, fetch };
  const bounded: GuardedFetch = (url, request) =>
    fetch(url, { ...request, maxBytes: Math.min(request.maxBytes ?? mostOfAReply, mostOfAReply) });
  return {
    ...use,
    signal: use.signal ?? AbortSignal.timeout(withinMs),
    timeouts: timeoutsForPeople,
    fetch: bounded,
  };
}

/** The same budget; each call that it lets through is counted. */
export function counting(
  budget: Budget,
  vendor: 'hubspot' | 'pendo',
  onCall: VendorUse['onCall'],
  note: ((reply: ReplyFacts) => void) | undefined,
): Budget {
  if (onCall === undefined && note === undefined) return budget;
  return {
    async acquire(request) {
      const permission = await budget.acquire(request);
      // A call that came too late for its slot was not made, and was counted.
      if (permission.runState === 'running' && request.insteadOf === undefined) onCall?.(vendor, request.limitClass);
      if (note === undefined) return permission;
      return {
        ...permission,
        report(reply) {
          note(reply);
          return permission.report(reply);
        },
      };
    },
  };
}
