export { createHubSpotBudget, type HubSpotBudgetOptions } from './budget.ts';
export { createHubSpot } from './client.ts';
export { createHubSpotOAuth } from './oauth.ts';
export * from './types.ts';
