export { chosenProperties } from './chosen-properties.ts';
export { compareOccurrences, judgeAtRest } from './compare.ts';
export type * from './contract.ts';
export { eraseLedger, expectOccurrences } from './expect.ts';
export { occurrenceSnapshot } from './snapshot.ts';
