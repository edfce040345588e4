import { describe, expect, it } from 'vitest';
import type { Call } from '../../../sandbox/contract.ts';
import { lines, openPortal, type TestPortal } from './portal.ts';

const small = { contacts: 10, companies: 10 };
const burst = (portal: TestPortal, path: string, count: number, body?: unknown) =>
  Promise.all(Array.from({ length: count }, () => portal.call(body === undefined ? 'GET' : 'POST', path, body)));
const refused = (answers: { status: number }[]) => answers.filter(({ status }) => status === 429).length;

describe('limits', () => {
  it.each([100, 190, 250] as const)(
    'a tier of %i lets that many calls through in ten seconds, and counts the rest as over',
    async (tier) => {
      await using portal = await openPortal({ ...small, tier });
      const answers = await burst(portal, '/account-info/v3/details', tier + 15);
      expect(refused(answers)).toBe(15);
      const over = lines<Call>((await portal.admin('GET', 'log')).text).filter((call) => call.overLimit);
      expect(over).toHaveLength(15);
      const last = answers.find(({ status }) => status === 429)!;
      expect(last.json).toMatchObject({
        message: 'You have reached your ten_secondly_rolling limit.',
        errorType: 'RATE_LIMIT',
        policyName: 'TEN_SECONDLY_ROLLING',
        groupName: expect.stringMatching(
          new RegExp(`^publicapi:private_app-api-calls-ten-secondly:\\d+:${portal.world.portalId}$`),
        ),
      });
    },
  );

  it('tells the limit and what is left of it in headers', async () => {
    await using portal = await openPortal({ ...small, tier: 190 });
    const headers = async () => Object.fromEntries((await portal.get('/account-info/v3/details')).headers);
    expect(await headers()).toMatchObject({
      'x-hubspot-ratelimit-max': '190',
      'x-hubspot-ratelimit-remaining': '189',
      'x-hubspot-ratelimit-interval-milliseconds': '10000',
      'x-hubspot-ratelimit-daily': '625000',
      'x-hubspot-ratelimit-daily-remaining': '624999',
    });
    expect((await headers())['x-hubspot-ratelimit-remaining']).toBe('188');
  });

  it('searches have a budget of their own, five a second for the portal, and tell nothing in headers', async () => {
    await using portal = await openPortal({ ...small, tier: 100 });
    const begin = performance.now();
    const answers = await burst(portal, '/crm/v3/objects/contacts/search', 40, {});
    const seconds = Math.ceil((performance.now() - begin) / 1_000);
    expect(refused(answers)).toBeGreaterThan(0);
    expect(40 - refused(answers)).toBeGreaterThanOrEqual(5);
    expect(40 - refused(answers)).toBeLessThanOrEqual(5 * seconds);
    const over = answers.find(({ status }) => status === 429)!;
    expect(over.json.message).toBe('You have reached your secondly limit.');
    expect(over.json).not.toHaveProperty('policyName');
    for (const { headers } of answers) expect(headers.get('x-hubspot-ratelimit-max')).toBeNull();
    expect(refused(await burst(portal, '/account-info/v3/details', 100))).toBe(0);
  });

  it('the day has a limit too, until midnight where the portal is', async () => {
    await using portal = await openPortal({ ...small, tier: 190 });
    await portal.portal({ dailyLimit: 3 });
    const answers = await burst(portal, '/account-info/v3/details', 5);
    expect(refused(answers)).toBe(2);
    expect(answers.find(({ status }) => status === 429)!.json).toMatchObject({
      policyName: 'DAILY',
      message: 'You have reached your daily limit.',
    });
    await portal.portal({ dailyLimit: 10 });
    const { json } = await portal.get('/account-info/2026-09/api-usage/daily/private-apps');
    expect(json.results[0]).toMatchObject({ usageLimit: 10, currentUsage: 4, resetsAt: '2026-09-16T04:00:00.000Z' });
    await portal.portal({ dailyLimit: 4 });
    expect((await portal.get('/account-info/v3/details')).status).toBe(429);
    await fetch(`${portal.sandbox.adminUrl}/admin/clock`, {
      method: 'PUT',
      body: JSON.stringify({ now: Date.parse('2026-09-16T04:00:00Z') }),
    });
    expect((await portal.get('/account-info/v3/details')).status).toBe(200);
  });

  it('a tier of 0 has no limits at all', async () => {
    await using portal = await openPortal({ ...small, tier: 0 });
    expect(refused(await burst(portal, '/crm/v3/objects/contacts/search', 300, {}))).toBe(0);
  });
});
