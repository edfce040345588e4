export { createPendoBudget, type PendoBudgetOptions } from './budget.ts';
export { createPendo } from './client.ts';
export { readItemNames } from './items.ts';
export * as pipelines from './pipelines.ts';
export { type Listed, type Recognised, recognise } from './recognise.ts';
export { definitionsOf } from './schema.ts';
export * from './types.ts';
