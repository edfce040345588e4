import { counted } from './numbers.ts';

export const attention = {
  title: 'Needs attention',
  answer: (n: number) =>
    n === 0 ? 'Nothing needs a person.' : `${counted(n, 'thing needs', 'things need')} a person, oldest first.`,
  empty: 'Held runs, lost connections, and syncs that stopped, fail or have gone quiet appear here automatically.',
  since: 'since',
  openRun: 'Open the run',
  reconnect: 'Connect again',
  openSync: 'Open the sync',
  review: 'Review and decide',
};
