export { type Fence, type FencedStep, FenceLost, holdFence, holdFenceForAnswers, takeFence } from './fence.ts';
export {
  addRange,
  addRanges,
  advanceRange,
  clearReads,
  clearWork,
  dropRanges,
  listRanges,
  mirrorBorders,
  mirrorWeight,
  type Range,
  type RangeSide,
  readTables,
  readTotals,
  splitRange,
} from './ranges.ts';
export { beginStep, blockRun, loadRun, moveRun, noteProgress, type Run, type StopCause, stopCause } from './run.ts';
export { active, activeStates } from './states.ts';
