/** Who is excluded counts in no figure of an account, whatever the id looks like; and accounts can be excluded themselves. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApi } from '../../demo/api.ts';
import type { Stack } from '../../demo/stack.ts';
import type { RawEvent, RawPollEvent } from '../../sandbox/contract.ts';
import { expectAgreement } from './expect-agreement.ts';
import { openStack } from './open-stack.ts';
import { type TestedTenant, testedTenant } from './tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

const world = { contacts: 20, visitors: 40, companies: 12, accounts: 12, tame: true };

/** Held in HubSpot for the company of an account: what a run made of the account's figures. */
async function figures(tenant: TestedTenant, companyId: string): Promise<Record<string, unknown>> {
  const { companies } = await tenant.seen();
  const { properties } = companies.find(({ id }) => id === companyId)!;
  return Object.fromEntries(Object.entries(properties).filter(([name]) => name.startsWith('pendo_')));
}

async function accountRun(tenant: TestedTenant): Promise<void> {
  const run = await tenant.ended(await tenant.start('account'));
  expect([run.state, run.reason]).toEqual(['succeeded', null]);
}

describe('excluded visitors', { timeout: 120_000 }, () => {
  test('count in no figure of their accounts, forgotten or do-not-process, in any spelling and with any id', async () => {
    const tenant = await testedTenant(stack, { world, config: { account: { pull: [], guards: { valueShare: 1 } } } });
    expectAgreement(await tenant.round('enable', ['visitor', 'account']));
    const truth = await tenant.seen();
    const key = tenant.world.joinKeys.account;
    const matched = truth.companies.filter(({ archived, properties }) => !archived && properties[key]);
    const events = [...truth.events];
    const company = matched.find(({ properties }) => events.some(({ accountId }) => accountId === properties[key]))!;
    const account = company.properties[key]!;
    const nps = truth.subscription.guides.find(({ polls }) =>
      polls.some((poll) => /npsrating/i.test(poll.type ?? poll.attributes?.type ?? '')),
    )!;
    const poll = nps.polls.find((each) => /npsrating/i.test(each.type ?? each.attributes?.type ?? ''))!;
    const before = await figures(tenant, company.id);

    const forgotten = ['Forgotten.One@Example.test', ' forgotten.two@example.test'];
    const flagged = ['nul\0inside', 'half \ud800 pair', 'x'.repeat(5_000), 'plain@dnp.test'];
    const ids = [...forgotten, ...flagged];
    const app = truth.subscription.apps[0]!.id;
    const days = [...new Set(events.map(({ day }) => day))].sort((a, b) => b - a).slice(5, 60);
    const addActivity = async (visitorIds: string[], score: number): Promise<void> => {
      const admin = createApi(stack.sandbox.adminUrl);
      await tenant.patch(
        'visitors',
        visitorIds.map((id) => ({
          id,
          metadata: {
            auto: { accountids: [account], accountid: account },
            ...(flagged.includes(id) ? { pendo: { donotprocess: true } } : {}),
          },
        })),
      );
      const rows = visitorIds.flatMap((visitorId) =>
        days.map(
          (day): RawEvent => ({
            visitorId,
            accountId: account,
            appId: app,
            pageId: 'allevents',
            day,
            server: 's',
            remoteIp: '10.0.0.1',
            userAgent: 'u',
            numEvents: 1,
            numMinutes: 7,
            firstTime: day,
            lastTime: day,
          }),
        ),
      );
      await admin.post(`/admin/worlds/${tenant.name}/events`, rows);
      const answers = visitorIds.map(
        (visitorId, n): RawPollEvent => ({
          visitorId,
          accountId: account,
          guideId: nps.id,
          pollId: poll.id,
          appId: nps.appId,
          pollResponse: score,
          pollType: 'NPSRating',
          browserTime: truth.takenAt - 60_000 + n,
        }),
      );
      await admin.post(`/admin/worlds/${tenant.name}/poll-events`, answers);
    };
    await addActivity(ids, before.pendo_latest_nps_response === '10' ? 9 : 10);
    // Another spelling than Pendo's: it is the same person.
    for (const pendoId of ['forgotten.one@example.test', 'FORGOTTEN.two@example.test']) {
      await stack.api.post(`${tenant.path}/syncs/visitor/forget`, { key: pendoId });
    }
    await accountRun(tenant);
    expect(await figures(tenant, company.id)).toEqual(before);
    // The newest survey is not theirs to name either.
    await tenant.configure('account', { nps: 'newestSurvey' });
    await accountRun(tenant);
    const { pendo_latest_nps_response: _, ...rest } = before;
    expect(await figures(tenant, company.id)).toMatchObject(rest);

    // The same of somebody else counts: the test would see it.
    await tenant.configure('account', { nps: 'newestAnswer' });
    await addActivity(['somebody@else.test'], 3);
    await accountRun(tenant);
    const after = await figures(tenant, company.id);
    expect(after.pendo_latest_nps_response).toBe('3');
    expect(Number(after.pendo_total_visitors)).toBe(Number(before.pendo_total_visitors) + 1);
    expect(Number(after.pendo_time_on_app_180d)).toBeGreaterThanOrEqual(Number(before.pendo_time_on_app_180d) + 7);
    expect(Number(after.pendo_days_active_180d)).toBeGreaterThan(Number(before.pendo_days_active_180d));
  });

  test('an account that is not to be processed is counted as excluded, and its company is unmatched', async () => {
    const tenant = await testedTenant(stack, { world });
    const truth = await tenant.seen();
    const key = tenant.world.joinKeys.account;
    const company = truth.companies.find(
      ({ archived, properties }) => !archived && truth.accounts.some(({ id }) => id === properties[key]),
    )!;
    const account = company.properties[key]!;
    await tenant.patch('accounts', [{ id: account, metadata: { pendo: { donotprocess: true } } }]);
    const round = await tenant.round('enable', ['account']);
    const { run } = round.judged[0]!;
    expect(run.state).toBe('succeeded');
    expect(run.counts.legs?.push?.excluded).toBe(1);
    expect(run.counts.legs?.pull?.unmatched).toBeGreaterThan(0);
    const written = new Set(round.writes.flatMap((call) => call.writes ?? []).map(({ id }) => id));
    expect(written.size).toBeGreaterThan(0);
    expect([written.has(account), written.has(company.id)]).toEqual([false, false]);
  });
});
