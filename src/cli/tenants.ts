/** `crosswalk apply`, `diff` and `export`: a tenant's set-up as a file. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { ApiClient } from './api-client.ts';
import { FileInvalid, readTenantFile, type TenantFile, writeTenantFile } from './tenant-file.ts';
import { type CurrentState, type PlanStep, planTenant } from './tenant-plan.ts';
import type { Terminal } from './terminal.ts';
import { named, variablePrefix } from './variables.ts';

interface FileOptions {
  file: string;
  credentials?: boolean;
  var: string[];
}

export function tenantCommands(program: Command, client: () => ApiClient, terminal: Terminal): void {
  const file = ['-f, --file <path>', 'the file; - is standard input'] as const;
  const credentials = ['--credentials', 'send credentials again although the connections work'] as const;
  const variable = new Option(
    '--var <name>',
    `let the file name this variable of the environment for a credential, beside those that begin with ${variablePrefix}; may be repeated`,
  )
    .argParser((name: string, before: string[]) => [...before, name])
    .default([], 'none');
  const read = (options: FileOptions): TenantFile[] =>
    readTenantFile(readInput(options.file), { env: terminal.env, allowed: options.var });

  program
    .command('apply')
    .description('make tenants what a file says; nothing is done where nothing differs')
    .requiredOption(...file)
    .option(...credentials)
    .addOption(variable)
    .action(async (options: FileOptions) => {
      let steps = 0;
      for (const tenant of read(options)) {
        steps += await applyTenant(client(), terminal, tenant, options);
      }
      if (steps === 0) terminal.print('Nothing to do.');
    });

  program
    .command('diff')
    .description('show what apply would do; exit code 1 when there is something')
    .requiredOption(...file)
    .option(...credentials)
    .addOption(variable)
    .action(async (options: FileOptions) => {
      let steps = 0;
      for (const tenant of read(options)) {
        const { current } = await readStanding(client(), tenant);
        const plan = planTenant(tenant, current, options);
        for (const step of plan) show(terminal, tenant, step);
        steps += plan.length;
      }
      if (steps === 0) terminal.print('No difference.');
      else terminal.exit(1);
    });

  program
    .command('export')
    .description('write a tenant as a file that apply takes; credentials are named, not written')
    .argument('<tenant>', 'id or external id')
    .option('-o, --output <path>', 'where to; standard output when left out')
    .action(async (tenant: string, options: { output?: string }) => {
      const text = writeTenantFile(await exportTenant(client(), tenant));
      if (options.output === undefined) terminal.print(text.replace(/\n$/, ''));
      else await writeFile(options.output, text);
    });
}

/** @returns how many steps were taken. */
export async function applyTenant(
  client: ApiClient,
  terminal: Terminal,
  file: TenantFile,
  options: { credentials?: boolean } = {},
): Promise<number> {
  const { current } = await readStanding(client, file);
  let id = current.tenant?.id;
  const plan = planTenant(file, current, options);
  for (const step of plan) {
    show(terminal, file, step);
    const answer = await client.call(
      step.method,
      step.path.replace('{tenant}', encodeURIComponent(id ?? '')),
      step.body,
    );
    if (step.path === '/v1/tenants') id = answer.id;
    if (answer?.secret !== undefined) terminal.print(`  signing secret, shown this once: ${answer.secret}`);
  }
  return plan.length;
}

/** @throws FileInvalid where the file names a tenant by an id that is not there: such a one cannot be made. */
async function readStanding(
  client: ApiClient,
  { tenant: { externalId, id } }: TenantFile,
): Promise<{ current: CurrentState }> {
  const found = (externalId && (await findByExternalId(client, externalId))) || (id && (await findById(client, id)));
  if (found) return { current: await readAll(client, found) };
  if (externalId === undefined) {
    throw new FileInvalid(
      `tenant.id: there is no tenant ${id} here. To make one from this file, give it an externalId and take the id out.`,
    );
  }
  return { current: { tenant: undefined, connections: [], syncs: [], alerts: undefined } };
}

async function findByExternalId(client: ApiClient, externalId: string) {
  const { tenants } = await client.call('GET', `/v1/tenants?externalId=${encodeURIComponent(externalId)}`);
  if (tenants[0] !== undefined) return tenants[0];
  // Files of version 0.1.0 name a tenant without an external id by its id.
  const tenant = await findById(client, externalId);
  return tenant?.externalId === null ? tenant : undefined;
}

async function findById(client: ApiClient, id: string) {
  return /^[\w-]{1,64}$/.test(id) ? client.find(`/v1/tenants/${id}`) : undefined;
}

async function readAll(client: ApiClient, tenant: NonNullable<CurrentState['tenant']>): Promise<CurrentState> {
  const base = `/v1/tenants/${tenant.id}`;
  const [{ connections }, { syncs }, alerts] = await Promise.all([
    client.call('GET', `${base}/connections`),
    client.call('GET', `${base}/syncs`),
    client.find(`${base}/alerts/target`),
  ]);
  return { tenant, connections, syncs, alerts };
}

async function exportTenant(client: ApiClient, name: string): Promise<unknown> {
  const found = (await findById(client, name)) ?? (await findByExternalId(client, name));
  if (found === undefined) throw new Error(`There is no tenant ${name}.`);
  const { tenant, connections, syncs, alerts } = await readAll(client, found);
  const of = (vendor: string) => connections.find((row) => row.vendor === vendor && row.state !== 'disconnected');
  const [hubspot, pendo] = [of('hubspot'), of('pendo')];
  return {
    crosswalk: 1,
    tenant: {
      // Either finds this tenant again; only an external id makes one where there is none.
      ...(found.externalId === null ? { id: found.id } : { externalId: found.externalId }),
      name: tenant?.name,
      state: tenant?.state,
      settings: tenant?.settings,
    },
    connections: {
      ...(hubspot && { hubspot: hubspot.kind === 'token' ? { token: named('HUBSPOT_TOKEN') } : {} }),
      ...(pendo && { pendo: { ...pendo.settings, key: named('PENDO_KEY') } }),
    },
    syncs: Object.fromEntries(syncs.map(({ object, state, config }) => [object, { state, config }])),
    ...(alerts?.url && {
      alerts: {
        url: alerts.url.includes('…') ? named('ALERT_URL') : alerts.url,
        ...(alerts.kind && { kind: alerts.kind }),
        enabled: alerts.enabled,
        quietHours: alerts.quietHours,
      },
    }),
  };
}

function show(terminal: Terminal, file: TenantFile, step: PlanStep): void {
  terminal.print(`${file.tenant.externalId ?? file.tenant.id}: ${step.does}`);
  for (const { path, from, to } of step.differences) {
    terminal.print(`  ${path}: ${JSON.stringify(from)} → ${JSON.stringify(to)}`);
  }
}

function readInput(path: string): string {
  return readFileSync(path === '-' ? 0 : path, 'utf8');
}
