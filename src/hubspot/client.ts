import type { HubSpotClient, HubSpotOptions } from './types.ts';

export function createHubSpot(_options: HubSpotOptions): HubSpotClient {
  throw new Error('not built yet');
}
