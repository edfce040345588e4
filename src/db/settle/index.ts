export { countCreations } from './count-creations.ts';
export { countNotCreated, findCreations } from './creations.ts';
export { planDeliveries } from './deliveries.ts';
export { findDifferences, triedAgainAfter } from './differences.ts';
export { findPair } from './find-pair.ts';
export { recordForgotten } from './forgotten.ts';
export { recordLeftBehind } from './left-behind.ts';
export { countLosses, type FieldLoss } from './losses.ts';
export { matchRecords } from './match.ts';
export {
  countFields,
  countJudged,
  countMatches,
  judgeRecords,
  type MatchCounts,
  recordTransitions,
} from './outcomes.ts';
export { countNearMisses, describeRun, type Preview } from './preview.ts';
export type { SettleScope } from './scope.ts';
