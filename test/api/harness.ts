/** The API over a database of its own. The engine is a recorder: these tests are about what is asked of it. */

import type { OpenAPIHono } from '@hono/zod-openapi';
import { createApp } from '../../src/api/app.ts';
import type { ApiEnv } from '../../src/api/environment.ts';
import type { Limits } from '../../src/api/limits.ts';
import { systemCaller } from '../../src/control/caller.ts';
import type { Control } from '../../src/control/control.ts';
import { createApiKey } from '../../src/control/keys/api-keys.ts';
import type { Database } from '../../src/db/index.ts';
import type { Scope } from '../../src/db/schema-control.ts';
import type { Vault } from '../../src/vault/index.ts';
import { freshDatabase } from '../setup/database.ts';
import { assembleControl, type ControlOptions } from './assemble.ts';
import { breaches } from './contract.ts';

export interface Harness extends AsyncDisposable {
  app: OpenAPIHono<ApiEnv>;
  control: Control;
  db: Database;
  vault: Vault;
  databaseUrl: string;
  /** What was asked of the engine, e.g. `start 7`, `look visitor`, `reconcile visitor`. */
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

export interface HarnessOptions extends ControlOptions {
  limits?: Limits;
}

export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
  const database = await freshDatabase();
  const { control, db, vault, asked, logged, pass, close } = assembleControl(database.url, options);
  // Sweeps ask as fast as they can; the limits have tests of their own.
  const app = createApp(control, { limits: options.limits ?? { perSecond: 1e6, burst: 1e6, failuresPerMinute: 1e6 } });
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
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
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
    pass,
    [Symbol.asyncDispose]: async () => {
      await close();
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
