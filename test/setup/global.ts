import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../../infra/postgres.ts';
import { startTemporal } from '../../infra/temporal.ts';
import { temporaryFolder } from '../../infra/temporary-folder.ts';

/** A thing prepared once for the whole run, or why it could not be: then every test that asks for it fails. */
export type Prepared = { ready: string } | { failed: string };

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of a PostgreSQL where the tests may create databases. */
    postgresUrl: string;
    /** Name of the migrated database that suites copy. */
    template: Prepared;
    temporalAddress: string;
    /** File with the bundled workflows. */
    workflowBundle: Prepared;
  }
}

const searchAttributes = ['CrosswalkTenant', 'CrosswalkObject', 'CrosswalkTrigger', 'CrosswalkState'];

/**
 * One PostgreSQL, one Temporal and one workflow bundle for the whole run. A server that cannot be started fails
 * the run, with what to do about it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await temporaryFolder('crosswalk-test');
  const environment = process.env;
  const starting = await Promise.allSettled([
    startPostgres({
      url: environment.DATABASE_URL,
      dataDir: join(folder.path, 'postgres'),
      database: 'crosswalk_test',
      durable: false,
      environment,
    }),
    startTemporal({
      address: environment.TEMPORAL_ADDRESS,
      namespace: environment.TEMPORAL_NAMESPACE,
      searchAttributes,
      environment,
    }),
    prepare(() => bundleWorkflows(folder.path)),
  ]);
  const [postgres, temporal, bundle] = starting;
  const teardown = async () => {
    if (temporal.status === 'fulfilled') await temporal.value.stop();
    if (postgres.status === 'fulfilled') await postgres.value.stop();
    await folder.remove();
  };
  if (postgres.status !== 'fulfilled' || temporal.status !== 'fulfilled' || bundle.status !== 'fulfilled') {
    await teardown();
    const reasons = starting.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []));
    throw new Error(['The tests need a real PostgreSQL and a real Temporal server.', ...reasons].join('\n'));
  }
  const template = await prepare(() => migrateTemplate(postgres.value.url));

  project.provide('postgresUrl', postgres.value.url);
  project.provide('template', template);
  project.provide('temporalAddress', temporal.value.address);
  project.provide('workflowBundle', bundle.value);
  return teardown;
}

async function prepare(work: () => Promise<string>): Promise<Prepared> {
  try {
    return { ready: await work() };
  } catch (error) {
    const failed = error instanceof Error ? (error.stack ?? error.message) : String(error);
    console.error(failed);
    return { failed };
  }
}

async function bundleWorkflows(folder: string): Promise<string> {
  const workflowsPath = resolve('src/workflows/index.ts');
  if (!existsSync(workflowsPath)) throw new Error(`${workflowsPath} does not exist.`);
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  const file = join(folder, 'workflows.js');
  await writeFile(file, code);
  return file;
}

async function migrateTemplate(postgresUrl: string): Promise<string> {
  const module = resolve('src/db/index.ts');
  if (!existsSync(module)) throw new Error(`${module} does not exist.`);
  const { migrate } = (await import(pathToFileURL(module).href)) as { migrate(url: string): Promise<unknown> };
  const { createDatabase } = await import('./create-database.ts');
  const name = `crosswalk_template_${process.pid}`;
  await migrate(await createDatabase(postgresUrl, name));
  return name;
}
