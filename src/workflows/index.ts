export { scheduledSync } from './scheduled-sync.ts';
export { syncRun } from './sync-run.ts';
