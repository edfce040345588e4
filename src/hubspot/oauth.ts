import type { HubSpotOAuth, HubSpotOAuthOptions } from './types.ts';

export function createHubSpotOAuth(_options: HubSpotOAuthOptions): HubSpotOAuth {
  throw new Error('not built yet');
}
