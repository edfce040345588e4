import { counted } from './numbers.ts';

export const attention = {
  title: 'Needs attention',
  answer: (n: number) =>
    n === 0
      ? 'Nothing waits for a person.'
      : `${counted(n, 'thing waits', 'things wait')} for a person, the oldest first.`,
  empty:
    'Held runs, connections to make again, and syncs that stopped, fail or have gone quiet appear here by themselves.',
  since: 'since',
  openRun: 'Open the run',
  reconnect: 'Connect again',
  openSync: 'Open the sync',
  review: 'Review and decide',
};
