import { onTestFinished } from 'vitest';
import { createGuardedFetch } from '../../src/egress/guarded-fetch.ts';
import { createHubSpot, type HubSpotOptions } from '../../src/hubspot/index.ts';
import { type Answer, startServer } from '../egress/http-server.ts';
import { openBudget } from '../egress/open-budget.ts';

/** A client against a server that answers what the test says. */
export async function openHubSpot(answer: Answer, more: Partial<HubSpotOptions> = {}) {
  const server = await startServer(answer);
  const { fetch, close } = createGuardedFetch({ allow: [server.url] });
  onTestFinished(async () => {
    await close();
    await server[Symbol.asyncDispose]();
  });
  const open = openBudget();
  const client = createHubSpot({
    baseUrl: server.url,
    apiVersion: '2026-03',
    token: async () => 'pat-na1-token',
    budget: open.budget,
    fetch,
    ...more,
  });
  return { client, server, fetch, ...open };
}
