import type { Budget, ReplyFacts } from '../../src/egress/types.ts';

/** Permission for everything, for tests that are not about limits; remembers what was asked and reported. */
export function openBudget(state: { runState: string } = { runState: 'running' }) {
  const limitClasses: string[] = [];
  const reports: ReplyFacts[] = [];
  const budget: Budget = {
    async acquire({ limitClass }) {
      limitClasses.push(limitClass);
      const report = async (reply: ReplyFacts) => {
        reports.push(reply);
        return reply.status === 429 ? Date.now() + (reply.retryAfter ?? 50) : undefined;
      };
      return { runState: state.runState, report, release() {} };
    },
  };
  return { budget, limitClasses, reports };
}
