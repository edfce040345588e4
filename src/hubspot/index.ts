export { createHubSpotBudget, type HubSpotBudgetOptions } from './budget.ts';
export { didNothing } from './call.ts';
export { createHubSpot } from './client.ts';
export { crmTypeOf } from './crm-type.ts';
export { mostOccurrences } from './events.ts';
export { createHubSpotOAuth } from './oauth.ts';
export * from './oauth-types.ts';
export * from './types.ts';
