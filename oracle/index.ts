export { agree, compareLog, elsewhereOnly } from './agree.ts';
export { compare } from './compare.ts';
export * from './contract.ts';
export { EventTable } from './event-table.ts';
export { expect } from './expect.ts';
export { remember } from './memory.ts';
export { loadTruth, saveTruth } from './saved-truth.ts';
export { calls, snapshot } from './snapshot.ts';
export { expectedWrites } from './unfinished.ts';
