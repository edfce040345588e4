/** Workflow history holds ids of ours, numbers and words from closed sets: nobody's address, value or credential. */

import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import { waitUntil } from '../../infra/wait-until.ts';
import { openDatabase } from '../../src/db/index.ts';
import { syncObjects } from '../../src/sync/config.ts';
import { historyOf } from './history.ts';
import { openStack } from './open-stack.ts';
import { expectPrivate, secretsOf } from './private.ts';
import { lastCall, type TestedTenant, testedTenant } from './tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

/** Every text of a history, payloads decoded. */
async function textOf(tenant: TestedTenant, object: (typeof syncObjects)[number]): Promise<string> {
  const json = historyToJSON(await historyOf(stack, tenant, object));
  const decoded: string[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk);
    else if (typeof value === 'object' && value !== null) {
      for (const [name, inner] of Object.entries(value)) {
        if (name === 'data' && typeof inner === 'string') decoded.push(Buffer.from(inner, 'base64').toString('utf8'));
        walk(inner);
      }
    }
  };
  walk(JSON.parse(json));
  return [json, ...decoded].join('\n');
}

const world = { contacts: 120, visitors: 130, companies: 40, accounts: 45 };

describe('the history of a run', { timeout: 90_000 }, () => {
  test('that went through faults of both vendors names nobody and nothing', async () => {
    const tenant = await testedTenant(stack, { world });
    const secrets = secretsOf(tenant, await tenant.seen());
    for (const vendor of ['hubspot', 'pendo'] as const) {
      for (const kind of ['reset', 'truncate', 'noBody200'] as const) {
        await tenant.fault({ vendor, kind, rate: 0.08, seed: 5 });
      }
      await tenant.fault({ vendor, kind: 'status', status: 500, rate: 0.05 });
    }
    const round = await tenant.round('enable').catch(async (error: unknown) => {
      // Enabling itself may meet a fault; then once more without.
      await tenant.noFaults();
      if (!String(error).includes('CHECKS_FAILED') && !String(error).includes('VENDOR')) throw error;
      return tenant.round('enable');
    });
    expect(round.judged.map(({ run }) => [run.object, run.state, run.reason])).toEqual(
      syncObjects.map((object) => [object, 'succeeded', null]),
    );
    expect(round.findings).toEqual([]);
    for (const object of syncObjects) expectPrivate(await textOf(tenant, object), secrets);
  });

  test('that sends properties of track events, or is refused them, has none of their values', async () => {
    const tenant = await testedTenant(stack, { world, config: { visitor: { pull: [], push: [] } } });
    const [track] = (await tenant.seen()).subscription.trackTypes;
    const matched = (await tenant.seen()).contacts.map(({ properties }) => properties.email!);
    const visitorId = (await tenant.seen()).visitors.find(({ id }) => matched.includes(id))!.id;
    const day = Date.parse('2026-06-10T04:00:00Z');
    const said = 'Quoted of somebody, 4711';
    const row = {
      ...{ visitorId, accountId: '', appId: -323232, pageId: 'allevents', trackTypeId: track!.id, day },
      ...{ server: 's', remoteIp: 'r', userAgent: 'u', numEvents: 3, numMinutes: 1, firstTime: day, lastTime: day },
      properties: { plan: said },
    };
    await tenant.admin.post(`/admin/worlds/${tenant.name}/events`, [row]);
    const events = [{ source: 'trackType' as const, id: track!.id, properties: [{ name: 'plan' }] }];
    await tenant.configure('visitor', { events });
    const secrets = secretsOf(tenant, await tenant.seen()).add(said);
    const body = { status: 'error', message: `No: ${said} {{body}}`, category: 'VALIDATION_ERROR', correlationId: 'c' };
    await tenant.fault({
      ...{ vendor: 'hubspot', kind: 'answerWith', status: 400, body: JSON.stringify(body) },
      ...{ headers: { 'content-type': 'application/json' }, route: '^POST /events/.*/send/batch$' },
    });
    const refused = await tenant.ended(await tenant.start('visitor', 'enable'));
    expect((refused.counts as { events?: object }).events).toMatchObject({ sent: 0, refused: expect.any(Number) });
    expectPrivate(await textOf(tenant, 'visitor'), secrets);
    const { rows } = await stack.services.control.db.tenant(tenant.id, (tx) =>
      sql<{ reason: string }>`
        select reason::text as reason from event_occurrences where state = 'refused'`.execute(tx),
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const { reason } of rows) expectPrivate(reason, secrets);
    await tenant.noFaults();
    const sent = await tenant.ended(await tenant.start('visitor'));
    expect([sent.state, sent.reason, (sent.counts as { events?: object }).events]).toMatchObject([
      ...['succeeded', null],
      { sent: rows.length },
    ]);
    expect(JSON.stringify(await tenant.lines('occurrences'))).toContain(said);
    expectPrivate(await textOf(tenant, 'visitor'), secrets);
  });

  test('that a credential ended, and one that ended with the database failing, name nobody and nothing', async () => {
    const tenant = await testedTenant(stack, { world });
    const secrets = secretsOf(tenant, await tenant.seen());
    expect((await tenant.round('enable', ['visitor'])).findings).toEqual([]);
    await tenant.fault({ vendor: 'hubspot', kind: 'revoked', route: 'GET .*/objects/' });
    const failed = await tenant.ended(await tenant.start('visitor'));
    expect(failed.state).toBe('failed');
    expectPrivate(await textOf(tenant, 'visitor'), secrets);

    await tenant.noFaults();
    await stack.api.put(`${tenant.path}/connections/hubspot`, { token: tenant.world.hubspotToken });
    // A check that a row breaks quotes that row in its error: the worst that a database can say.
    const database = openDatabase({ url: stack.databaseUrl, maxConnections: 1 });
    const constraint = sql.raw(`no_values_${tenant.id.replace(/\W/g, '')}`);
    await sql`alter table pendo_records add constraint ${constraint}
      check (tenant_id <> ${sql.lit(tenant.id)} or gives = '{}') not valid`.execute(database.owner);
    const from = await lastCall(tenant);
    const run = await tenant.start('account', 'enable');
    const text = await waitUntil(
      async () => {
        // The failure of an attempt is in the pending activity until the step ends.
        const described = await stack.services.client.workflow.getHandle(`sync/${tenant.id}/account`).describe();
        const pending = JSON.stringify(described.raw.pendingActivities ?? []);
        return pending.includes('DATABASE') ? pending : undefined;
      },
      { what: 'a step fails for the database', timeoutMs: 40_000 },
    );
    expect((await tenant.log(from)).length).toBeGreaterThan(0);
    expectPrivate(text, secrets);
    await sql`alter table pendo_records drop constraint ${constraint}`.execute(database.owner);
    await database.close();
    expect((await tenant.ended(run)).state).toBe('succeeded');
    expectPrivate(await textOf(tenant, 'account'), secrets);
  });
});
