/** Two vendors that answer as a recorded account did, and what Crosswalk finds out about them. */
import { onTestFinished } from 'vitest';
import { askAll, neededFor } from '../../src/assumptions/ask.ts';
import type { Need } from '../../src/assumptions/types.ts';
import type { Recording } from '../../src/control/connections/recording/recording.ts';
import { createGuardedFetch } from '../../src/egress/index.ts';
import { createHubSpot } from '../../src/hubspot/index.ts';
import { createPendo } from '../../src/pendo/index.ts';
import { startServer } from '../egress/http-server.ts';
import { openBudget } from '../egress/open-budget.ts';

export interface Replayed {
  /** By the assumption's id. */
  verdicts: Record<string, string>;
  /** Requests that the recording has no answer to. */
  unanswered: string[];
}

export async function replay(recording: Recording): Promise<Replayed> {
  const unanswered: string[] = [];
  const [hubspotUrl, pendoUrl] = [
    await answering(recording, 'hubspot', unanswered),
    await answering(recording, 'pendo', unanswered),
  ];
  const { fetch, close } = createGuardedFetch({ allow: [hubspotUrl, pendoUrl] });
  onTestFinished(close);
  const { budget } = openBudget();
  const token = 'any';
  const hubspot = createHubSpot({
    baseUrl: hubspotUrl,
    apiVersion: versionIn(recording),
    token: async () => token,
    budget,
    fetch,
  });
  const pendo = createPendo({ baseUrl: pendoUrl, key: async () => token, budget, fetch });
  const needs = recording.needs.map(needOf);
  const verdicts: Replayed['verdicts'] = {};
  for (const vendor of ['hubspot', 'pendo'] as const) {
    const list = neededFor(vendor, needs).filter(({ id }) => id in recording.verdicts);
    const { now, zone } = recording;
    const answers = await askAll(list, needs, { hubspot, pendo, zone, now });
    for (const [id, { state }] of Object.entries(answers)) verdicts[id] = state;
  }
  return { verdicts, unanswered };
}

/** Each answer is given once for each time that it was recorded; the last one again. */
async function answering(recording: Recording, vendor: string, unanswered: string[]): Promise<string> {
  const queues = new Map<string, Recording['exchanges']>();
  for (const exchange of recording.exchanges.filter((each) => each.vendor === vendor)) {
    const key = `${exchange.method} ${exchange.path} ${JSON.stringify(exchange.body ?? null)}`;
    queues.set(key, [...(queues.get(key) ?? []), exchange]);
  }
  const server = await startServer((request, response) => {
    const body: unknown = request.body === '' ? null : JSON.parse(request.body);
    const key = `${request.method} ${request.url} ${JSON.stringify(body)}`;
    const queue = queues.get(key);
    const recorded = queue !== undefined && queue.length > 1 ? queue.shift() : queue?.[0];
    if (recorded === undefined) {
      unanswered.push(key);
      response.writeHead(404).end();
      return;
    }
    const { status, headers, answer } = recorded;
    response.writeHead(status, headers).end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server.url;
}

function versionIn({ exchanges }: Recording): '2026-03' | '2026-09' {
  return exchanges.some(({ path }) => path.includes('/2026-09/')) ? '2026-09' : '2026-03';
}

/** A mapping that rests on the same. */
function needOf({ object, activity, pushes, pulls, sendsEvents }: Recording['needs'][number]): Need {
  const push = pushes.map((entry) => {
    const [source, measure] = entry.split(' ');
    return measure === undefined && !['segment', 'activeVisitors', 'metadata'].includes(entry)
      ? { metric: entry }
      : { source, ...(measure && { measure }) };
  });
  const config = { push, pull: pulls ? [{}] : [], events: sendsEvents ? [{}] : [], window: 180, apps: null };
  return { object, activity, config } as unknown as Need;
}
