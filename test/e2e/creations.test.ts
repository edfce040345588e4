/** Nobody else's record is written to by a creation, whatever HubSpot hides or answers. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import { openStack } from './open-stack.ts';
import { lastCall, type TestedTenant, testedTenant } from './tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

const world = { contacts: 40, visitors: 50, companies: 5, accounts: 5, matched: 0.6 };
const config = { visitor: { create: 'hubspot' as const } };

interface NotCreated {
  rejections?: { leg: string; code: string; rows: number }[];
  notCreated?: Record<string, Record<string, number>>;
  created?: Record<string, number>;
}

/** A run, and the keys that were sent for creation in it. */
async function run(tenant: TestedTenant, how: 'enable' | 'run' = 'run') {
  const from = await lastCall(tenant);
  const ended = await tenant.ended(await tenant.start('visitor', how));
  const log = await tenant.log(from);
  const upserts = log.filter((call) => call.operation === 'batchUpsert').flatMap((call) => call.writes ?? []);
  return { ...ended, counts: ended.counts as typeof ended.counts & NotCreated, log, upserts };
}

/** Why a Pendo record was not created, in words. */
async function why(tenant: TestedTenant, id: string): Promise<string> {
  const answer = await stack.api.get<{ legs: { push: { explanation: string } } }>(
    `${tenant.path}/syncs/visitor/records/pendo/${encodeURIComponent(id)}`,
  );
  return answer.legs.push.explanation;
}

describe('a creation in HubSpot', { timeout: 90_000 }, () => {
  test('that HubSpot files under another record is rejected once, not tried again, and tried anew after a change', async () => {
    const tenant = await testedTenant(stack, { world: { ...world, tame: true }, config });
    const preview = await tenant.ended(await tenant.start('visitor', 'preview'));
    expect(preview.counts.match?.unmatchedPendo).toBeGreaterThan(3);
    // One of those that are created comes back under another address.
    const contacts = new Set((await tenant.seen()).contacts.map(({ properties }) => properties.email));
    const [id = ''] = (await tenant.seen()).visitors
      .map((visitor) => visitor.id)
      .filter((each) => each.includes('@') && each === each.toLowerCase() && !contacts.has(each));
    await tenant.fault({
      vendor: 'hubspot',
      kind: 'changeAnswer',
      route: 'batch/upsert$',
      edits: [
        {
          path: ['results', '*', 'properties', 'email'],
          where: { path: ['properties', 'email'], equals: id },
          set: 'filed@elsewhere.example',
        },
      ],
    });
    const first = await run(tenant, 'enable');
    await tenant.noFaults();
    expect(first.counts.legs?.push?.rejected).toBe(1);
    expect(first.counts.rejections).toMatchObject([{ leg: 'push', code: 'FILED_ELSEWHERE', rows: 1 }]);
    // And that is where it stands from now on.
    const filed = (await tenant.seen()).contacts.find(({ properties }) => properties.email === id);
    await tenant.patch('contacts', [{ id: filed?.id, properties: { email: 'filed@elsewhere.example' } }]);
    for (let day = 0; day < 2; day++) {
      const next = await run(tenant);
      expect(next.upserts.map((write) => write.id)).toEqual([]);
      expect(next.state).toBe('succeeded');
      expect(next.counts.notCreated?.push).toMatchObject({ FILED_ELSEWHERE: 1 });
    }
    expect(await why(tenant, id)).toMatch(/not created: HubSpot answered an earlier attempt with another record/);
    await tenant.configure('visitor', { window: 90 });
    const again = await run(tenant);
    expect(again.counts.created).toMatchObject({ push: 1 });
    expect(again.counts.notCreated?.push?.FILED_ELSEWHERE).toBeUndefined();
  });

  test('happens to nobody where additional e-mails are not shown; shown as none, their owners are still found', async () => {
    const tenant = await testedTenant(stack, { world: { ...world, tame: true }, config });
    const before = await tenant.seen();
    const visitors = new Set(before.visitors.map(({ id }) => id));
    const emails = new Set(before.contacts.map(({ properties }) => properties.email));
    const owner = before.contacts.find(({ properties: { email } }) => email && !visitors.has(email));
    const [alias = ''] = [...visitors].filter((id) => /^[^A-Z]*@[^A-Z]*$/.test(id) && !emails.has(id));
    await tenant.patch('contacts', [
      { id: owner?.id, properties: { hs_additional_emails: `other@x.example;${alias}` } },
    ]);

    const list = { vendor: 'hubspot', kind: 'changeAnswer', route: 'GET .*/contacts$' } as const;
    const path = ['results', '*', 'properties', 'hs_additional_emails'];
    await tenant.fault({ ...list, edits: [{ path, remove: true }] });
    const hidden = await run(tenant, 'enable');
    expect(hidden.counts.notCreated?.push?.ADDITIONAL_EMAILS_UNKNOWN).toBeGreaterThan(3);
    expect(hidden.upserts).toEqual([]);
    await tenant.noFaults();
    // What the list does not say, HubSpot still knows when it is asked.
    await tenant.fault({ ...list, edits: [{ path, set: null }] });
    const blind = await run(tenant);
    await tenant.noFaults();
    expect(blind.counts.notCreated).toEqual({ push: { KEY_TAKEN: 1 } });
    expect(blind.upserts.length).toBeGreaterThan(3);
    expect(blind.upserts.filter((write) => !write.created)).toEqual([]);
    expect((await tenant.seen()).contacts.find(({ id }) => id === owner?.id)?.properties).not.toHaveProperty(
      'pendo_days_active_180d',
    );
    expect(await why(tenant, alias)).toMatch(/not created: HubSpot already finds a record under this key/);
    // Shown again, the reason is the plain one.
    const shown = await run(tenant);
    expect(shown.counts.notCreated).toEqual({ push: { ADDITIONAL_EMAIL: 1 } });
  });
});
