/** A deployment as an operator has it: processes of any version, on the test run's servers and a database of their own. */
import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { inject } from 'vitest';
import { type Api, createApi } from '../../demo/api.ts';
import { type SandboxProcess, type Stack, startSandboxProcess } from '../../demo/stack.ts';
import { freePort } from '../../infra/ports.ts';
import { type RoleProcess, startRoleProcess } from '../e2e/worker-process.ts';
import { emptyDatabase } from '../setup/database.ts';
import { temporalAddress } from '../setup/temporal.ts';

const run = promisify(execFile);

export interface Deployment extends Pick<Stack, 'api' | 'sandbox' | 'setClock'>, AsyncDisposable {
  api: Api;
  sandbox: SandboxProcess;
  client: Client;
  /** As compose does before it starts anything else. @param version its folder */
  migrate(version: string): Promise<void>;
  /** The API of any version listens at the same address. */
  start(version: string, role: 'worker' | 'api'): Promise<RoleProcess>;
}

/** With nothing in its database, and nothing running. */
export async function openDeployment(): Promise<Deployment> {
  const database = await emptyDatabase();
  const sandbox = await startSandboxProcess();
  const connection = await Connection.connect({ address: temporalAddress() });
  const port = await freePort();
  // What the new version works with. The previous one has one address, the owner's, as its installations have.
  const application = new URL(database.url);
  [application.username, application.password] = [`service_${randomBytes(4).toString('hex')}`, 'service'];
  const key = randomBytes(24).toString('hex');
  const env: Record<string, string> = {
    DATABASE_URL: application.href,
    CROSSWALK_MIGRATION_DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: temporalAddress(),
    TEMPORAL_TASK_QUEUE: `test-${randomUUID()}`,
    HUBSPOT_BASE_URL: sandbox.hubspotUrl,
    PENDO_BASE_URL: sandbox.pendoUrl,
    CROSSWALK_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    CROSSWALK_BOOTSTRAP_KEY: key,
    CROSSWALK_PORT: String(port),
    // Longer than a test holds an answer back.
    CROSSWALK_VENDOR_TIMEOUT_MS: '120000',
  };
  const environmentOf = (version: string): Record<string, string> => ({
    ...env,
    ...(knowsRoles(version) ? {} : { DATABASE_URL: database.url }),
  });
  return {
    api: createApi(`http://127.0.0.1:${port}`, key),
    sandbox,
    client: new Client({ connection }),
    async migrate(version) {
      await run(process.execPath, [path.join(version, 'src/main.ts'), 'migrate'], {
        env: { ...process.env, ...environmentOf(version) },
      });
    },
    start: (version, role) => startRoleProcess(role, environmentOf(version), version),
    async setClock() {
      throw new Error('a deployment goes by the machine’s clock');
    },
    async [Symbol.asyncDispose]() {
      await connection.close();
      await sandbox.stop();
      await database.drop();
      await dropRole(application.username);
    },
  };
}

/** Version 0.1.0 does not. */
function knowsRoles(version: string): boolean {
  return existsSync(path.join(version, 'src/db/application-role.ts'));
}

async function dropRole(name: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  await client.query(`drop role if exists ${name}`);
  await client.end();
}
