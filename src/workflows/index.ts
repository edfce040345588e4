export { scheduledSync } from './scheduled-sync.ts';
export { recordRun, syncRun } from './sync-run.ts';
