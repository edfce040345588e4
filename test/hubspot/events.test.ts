/** What must not happen twice is sent once: only where HubSpot says that it did nothing is it sent again. */
import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { didNothing, type Occurrence } from '../../src/hubspot/index.ts';
import { VendorError } from '../../src/sync/vendor-error.ts';
import { json } from '../egress/http-server.ts';
import { openHubSpot } from './open-hubspot.ts';

const one: Occurrence = {
  eventName: 'pe1_pendo_page_x',
  objectId: '7',
  occurredAt: Date.UTC(2026, 5, 1, 16),
  uuid: '00000000-0000-5000-8000-000000000000',
  properties: { pendo_count: '3' },
};

const taken = (response: ServerResponse): void => void response.writeHead(204).end();
const own = { status: 'error', message: 'x', category: 'VALIDATION_ERROR' };

/** The first request is answered so, all others as taken. */
async function sendAgainst(first: (response: ServerResponse) => void) {
  let calls = 0;
  const { client, server } = await openHubSpot((_, response) => (calls++ === 0 ? first(response) : taken(response)));
  let sent = 0;
  const error = await client
    .sendOccurrences([one], () => {
      sent += 1;
    })
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  return { error, sent, requests: server.seen.length };
}

describe('sending occurrences', () => {
  test('is done by an answer without a body, and by no other', async () => {
    expect(await sendAgainst(taken)).toEqual({ error: undefined, sent: 1, requests: 1 });
    const silent = await sendAgainst((response) => void response.writeHead(200).end());
    expect(silent).toMatchObject({ error: { code: 'UNREADABLE_REPLY' }, sent: 1, requests: 1 });
  });

  test.each([
    ['500', (response: ServerResponse) => json(response, 500, own)],
    ['503 that says when to come back', (response: ServerResponse) => json(response, 503, {}, { 'retry-after': '1' })],
    ['502 of a proxy', (response: ServerResponse) => json(response, 502, 'a page')],
    ['408', (response: ServerResponse) => json(response, 408, {})],
    ['400 of a firewall', (response: ServerResponse) => json(response, 400, 'a page')],
    ['a cut connection', (response: ServerResponse) => void response.destroy()],
  ])('is not repeated after %s, which may have done it', async (_what, answer) => {
    const { error, requests } = await sendAgainst(answer);
    expect(requests).toBe(1);
    expect(error).toBeInstanceOf(VendorError);
    expect(didNothing(error as VendorError)).toBe(false);
  });

  test.each([
    ['429', (response: ServerResponse) => json(response, 429, {}, { 'retry-after': '0' })],
    ['a busy portal', (response: ServerResponse) => json(response, 423, {})],
    ['a refusal that passes', (response: ServerResponse) => json(response, 401, own)],
  ])('is repeated after %s', async (_what, answer) => {
    expect(await sendAgainst(answer)).toMatchObject({ error: undefined, requests: 2 });
  });

  test('ends at once where the month is used up', async () => {
    const { error, requests } = await sendAgainst((response) =>
      json(response, 429, { message: 'You have reached your monthly limit.', policyName: 'MONTHLY' }),
    );
    expect(error).toMatchObject({ kind: 'wait', code: 'MONTHLY_LIMIT' });
    expect(requests).toBe(1);
  });
});
