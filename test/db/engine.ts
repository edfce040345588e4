import { MockActivityEnvironment } from '@temporalio/testing';
import type { sql } from 'kysely';
import { pino } from 'pino';
import type { EngineDeps } from '../../src/activities/index.ts';
import type { RunRef } from '../../src/activities/types.ts';
import { type Database, openDatabase, type Tx } from '../../src/db/index.ts';
import { mergeHubSpotPage, mergePendoPage } from '../../src/db/mirror/merge-page.ts';
import { addRange, advanceRange } from '../../src/db/runs/index.ts';
import type { RunsTable } from '../../src/db/schema.ts';
import { type SyncConfigInput, syncConfigSchema } from '../../src/sync/config.ts';
import { hubSpotRow, pendoRow } from '../../src/sync/mirror-row.ts';
import type { Plan } from '../../src/sync/types.ts';
import { freshDatabase } from '../setup/database.ts';

export const plan: Plan = {
  object: 'visitor',
  joinKey: { property: 'email', type: 'string' },
  pull: [
    { property: 'jobtitle', field: 'hubspot_jobtitle', valueType: 'string', onEmpty: 'clear' },
    { property: 'phone', field: 'hubspot_phone', valueType: 'string', onEmpty: 'keep' },
  ],
  push: [
    {
      metric: 'daysActive',
      property: 'pendo_days_active_180d',
      hubspotType: 'number',
      whenNothing: 'zero',
      guardTo: 'emptyOrZero',
    },
  ],
  create: { pendo: [], hubspot: [] },
};

export interface Contact {
  id: number;
  email: string | null;
  jobtitle?: string | null;
  phone?: string | null;
  days?: string | null;
  /** `hs_additional_emails`; null: HubSpot leaves the property out. */
  aliases?: string | null;
}

export interface Visitor {
  id: string;
  jobtitle?: unknown;
  phone?: unknown;
  days?: number;
  excluded?: boolean;
}

/** The engine's activities over a real database, with mirrors that a test fills itself. */
export async function openEngine(maxConnections = 8) {
  const fresh = await freshDatabase();
  const db: Database = openDatabase({ url: fresh.url, maxConnections });
  const tenantId = 't1';
  let now = Date.UTC(2026, 5, 15, 16);
  await db.platform((tx) => tx.insertInto('tenants').values({ id: tenantId, name: 'One' }).execute());
  // Accounts that are known to show late what was written: nothing goes ahead of the rest to be read back.
  const late = { state: 'unknown', evidence: '', at: '2100-01-01T00:00:00.000Z' };
  await db.tenant(tenantId, (tx) =>
    tx
      .insertInto('connections')
      .values(
        (['hubspot', 'pendo'] as const).map((vendor) => ({
          tenant_id: tenantId,
          vendor,
          kind: 'key',
          state: 'ok',
          answers: JSON.stringify({ [`canary.visitor.${vendor === 'pendo' ? 'pull' : 'push'}.seen`]: late }),
        })) as never,
      )
      .execute(),
  );
  const deps: EngineDeps = {
    db,
    log: pino({ level: 'silent' }),
    clock: () => now,
    openVendors: async () =>
      ({ pendoSettings: { zone: 'UTC', clear: 'null', aggregations: 1 } }) as unknown as Awaited<
        ReturnType<EngineDeps['openVendors']>
      >,
    openSuppression: async () => undefined,
    pauseSync: async () => undefined,
    afterClose: async () => undefined,
    draining: new AbortController().signal,
  };
  const inTenant = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => db.tenant(tenantId, work);

  return {
    db,
    url: fresh.url,
    deps,
    tenantId,
    inTenant,
    pass(ms: number) {
      now += ms;
    },
    async openRun(config: SyncConfigInput, change: Partial<RunsTable> = {}): Promise<RunRef> {
      const run = await inTenant((tx) =>
        tx
          .insertInto('runs')
          .values({
            tenant_id: tenantId,
            object: 'visitor',
            trigger: 'manual',
            epoch: 1,
            config: JSON.stringify(syncConfigSchema.parse(config)) as never,
            config_version: 1,
            plan: JSON.stringify(plan) as never,
            as_of: new Date(now),
            read_at: new Date(now),
            zone: 'UTC',
            ...(change as object),
          } as never)
          .returning('id')
          .executeTakeFirstOrThrow(),
      );
      return { tenantId, object: 'visitor', runId: run.id };
    },
    /** A whole read of both sides: what is not named is gone. */
    async read(ref: RunRef, contacts: Contact[], visitors: Visitor[]): Promise<void> {
      await inTenant(async (tx) => {
        const { config, plan: own } = await tx
          .selectFrom('runs')
          .select(['config', 'plan'])
          .where('id', '=', ref.runId)
          .executeTakeFirstOrThrow();
        const rules = { plan: own ?? plan, config, notYetCreated: new Set<string>() };
        const rows = contacts.map(({ id, email, jobtitle = null, phone = null, days = null, aliases = '' }) =>
          hubSpotRow(
            {
              id: String(id),
              properties: {
                [rules.plan.joinKey.property]: email,
                jobtitle,
                phone,
                pendo_days_active_180d: days,
                ...(aliases === null ? {} : { hs_additional_emails: aliases }),
              },
            },
            rules,
          ),
        );
        await mergeHubSpotPage(tx, { ...ref, proves: { from: null, to: null } }, rows);
        const held = visitors.map(({ id, jobtitle, phone, days = 0, excluded = false }) =>
          pendoRow(
            {
              id,
              held: { hubspot_jobtitle: jobtitle, hubspot_phone: phone },
              gives: { pendo_days_active_180d: String(days) },
              excluded,
            },
            rules,
          ),
        );
        await mergePendoPage(tx, { ...ref, proves: { from: null, to: null } }, held);
        for (const [side, n] of [
          ['hubspot', rows.length],
          ['pendo', held.length],
        ] as const) {
          const range = await addRange(tx, tenantId, ref.runId, side, { lo: null, hi: null });
          await advanceRange(tx, ref.runId, side, range, { cursor: null, done: true, records: n });
        }
      });
    },
    /** Runs one activity as a worker would. */
    act<T>(work: () => Promise<T>): Promise<T> {
      return new MockActivityEnvironment().run(work) as Promise<T>;
    },
    async rows<T>(query: ReturnType<typeof sql<T>>): Promise<T[]> {
      return (await inTenant((tx) => query.execute(tx))).rows;
    },
    run: (ref: RunRef) =>
      inTenant((tx) => tx.selectFrom('runs').selectAll().where('id', '=', ref.runId).executeTakeFirstOrThrow()),
    async close() {
      await db.close();
      await fresh.drop();
    },
  };
}

export type Engine = Awaited<ReturnType<typeof openEngine>>;
