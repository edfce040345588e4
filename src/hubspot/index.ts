export { createHubSpotBudget, type HubSpotBudgetOptions } from './budget.ts';
export { createHubSpot } from './client.ts';
export { crmTypeOf } from './crm-type.ts';
export { createHubSpotOAuth } from './oauth.ts';
export * from './oauth-types.ts';
export * from './types.ts';
