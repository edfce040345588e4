/** The API over a database of its own. The engine is a recorder: these tests are about what is asked of it. */

import { randomBytes } from 'node:crypto';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { createApp } from '../../src/api/app.ts';
import type { ApiEnv } from '../../src/api/environment.ts';
import type { Limits } from '../../src/api/limits.ts';
import { createAlertEgress } from '../../src/control/alert-egress.ts';
import { createApiKey } from '../../src/control/api-keys.ts';
import { systemCaller } from '../../src/control/caller.ts';
import type { Control, Quotas } from '../../src/control/control.ts';
import { createVendors } from '../../src/control/vendors.ts';
import { type Database, openDatabase } from '../../src/db/index.ts';
import type { Scope } from '../../src/db/schema-control.ts';
import { createGuardedFetch } from '../../src/egress/index.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createVault, localKeyEncryption, type Vault } from '../../src/vault/index.ts';
import { freshDatabase } from '../setup/database.ts';
import { breaches } from './contract.ts';

export interface Harness extends AsyncDisposable {
  app: OpenAPIHono<ApiEnv>;
  control: Control;
  db: Database;
  vault: Vault;
  databaseUrl: string;
  /** What was asked of the engine, e.g. `start 7`, `signal visitor pause`, `reconcile visitor`. */
  asked: string[];
  /** Every line that was logged. */
  logged: string[];
  /** A new key's secret. */
  key(scopes: Scope[], tenantId?: string): Promise<string>;
  call(
    key: string | undefined,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** Moves the control plane's clock on. */
  pass(ms: number): void;
}

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read members of many shapes
  body: any;
  text: string;
  headers: Headers;
}

export interface HarnessOptions {
  hubspotUrl?: string;
  pendoUrl?: string;
  oauth?: { clientId: string; clientSecret: string };
  limits?: Limits;
  quotas?: Quotas;
  /** Where alerts may go besides public addresses. */
  alertOrigins?: string[];
}

export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
  const database = await freshDatabase();
  const db = openDatabase({ url: database.url });
  const vault = createVault(localKeyEncryption(randomBytes(32)));
  const asked: string[] = [];
  const logged: string[] = [];
  const log = createLog({ level: 'trace', write: (line) => void logged.push(line) });
  let offset = 0;
  const clock = () => Date.now() + offset;
  const hubspotUrl = options.hubspotUrl ?? 'http://127.0.0.1:9';
  const pendoUrl = options.pendoUrl ?? 'http://127.0.0.1:9';
  const egress = createGuardedFetch({ allow: [hubspotUrl, pendoUrl], timeouts: { total: 10_000 } });
  const alerts = createAlertEgress(options.alertOrigins ?? []);
  const publicUrl = 'http://crosswalk.test';
  const vendors = createVendors({
    db,
    vault,
    fetch: egress.fetch,
    publicUrl,
    config: {
      hubspot: {
        baseUrl: hubspotUrl,
        authorizeUrl: undefined,
        clientId: options.oauth?.clientId,
        clientSecret: options.oauth?.clientSecret,
        apiVersion: '2026-09',
      },
      pendo: { baseUrl: pendoUrl },
    },
  });
  const control: Control = {
    db,
    vault,
    vendors,
    clock,
    log,
    publicUrl,
    alerts,
    quotas: options.quotas,
    starter: {
      start: async ({ runId }) => void asked.push(`start ${runId}`),
      signal: async (_tenant, object, signal) => void asked.push(`signal ${object} ${signal}`),
    },
    schedules: {
      reconcile: async (_tenant, object) => void asked.push(`reconcile ${object}`),
      reconcileAll: async () => undefined,
      tryOut: async () => ({ accepted: true, next: [] }),
      next: async () => ({ full: null, delta: null }),
    },
  };
  // Sweeps ask as fast as they can; the limits have tests of their own.
  const app = createApp(control, options.limits ?? { perSecond: 1e6, burst: 1e6, failuresPerMinute: 1e6 });
  const call: Harness['call'] = async (key, method, path, body, headers = {}) => {
    const response = await app.request(path, {
      method,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    const answer = isJson ? JSON.parse(text) : undefined;
    const breach = isJson ? breaches(method, path, response.status, answer) : undefined;
    if (breach !== undefined) throw new Error(`the answer is not as the API document says: ${breach}`);
    return { status: response.status, body: answer, text, headers: response.headers };
  };
  return {
    app,
    control,
    db,
    vault,
    databaseUrl: database.url,
    asked,
    logged,
    call,
    key: async (scopes, tenantId) =>
      (await createApiKey(control, systemCaller('cli'), { name: 'test', scopes, tenantId })).secret.reveal(),
    pass: (ms) => {
      offset += ms;
    },
    [Symbol.asyncDispose]: async () => {
      await egress.close();
      await alerts.close();
      await db.close();
      await database.drop();
    },
  };
}

/** Rows as if both vendors had been connected, for tests that never call them. */
export async function connectOnPaper(db: Database, tenantId: string): Promise<void> {
  await db.tenant(tenantId, (tx) =>
    tx
      .insertInto('connections')
      .values([
        {
          tenant_id: tenantId,
          vendor: 'hubspot',
          kind: 'token',
          state: 'ok',
          // Of its own: two tenants that write to one portal stand in each other's way.
          identity: JSON.stringify({ portalId: `portal of ${tenantId}` }),
        },
        {
          tenant_id: tenantId,
          vendor: 'pendo',
          kind: 'key',
          state: 'ok',
          settings: JSON.stringify({ region: 'us', zone: 'UTC' }),
          credential: `key of ${tenantId}`,
        },
      ])
      .execute(),
  );
}
