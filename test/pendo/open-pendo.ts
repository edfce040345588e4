import { onTestFinished } from 'vitest';
import { createGuardedFetch } from '../../src/egress/guarded-fetch.ts';
import { createPendo, type PendoOptions } from '../../src/pendo/index.ts';
import { type Answer, startServer } from '../egress/http-server.ts';
import { openBudget } from '../egress/open-budget.ts';

/** A client against a server that answers what the test says. */
export async function openPendo(answer: Answer, more: Partial<PendoOptions> = {}) {
  const server = await startServer(answer);
  const { fetch, close } = createGuardedFetch({ allow: [server.url] });
  onTestFinished(async () => {
    await close();
    await server[Symbol.asyncDispose]();
  });
  const open = openBudget();
  const client = createPendo({ baseUrl: server.url, key: async () => 'key.eu', budget: open.budget, fetch, ...more });
  return { client, server, ...open };
}
