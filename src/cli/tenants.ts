/** `crosswalk apply`, `diff` and `export`: a tenant's set-up as a file. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { ApiClient } from './api-client.ts';
import { readTenantFile, type TenantFile, writeTenantFile } from './tenant-file.ts';
import { planTenant, type Standing, type Step } from './tenant-plan.ts';
import type { Terminal } from './terminal.ts';

export function tenantCommands(program: Command, client: () => ApiClient, terminal: Terminal): void {
  const file = ['-f, --file <path>', 'the file; - is standard input'] as const;
  const credentials = ['--credentials', 'send credentials again although the connections work'] as const;

  program
    .command('apply')
    .description('make tenants what a file says; nothing is done where nothing differs')
    .requiredOption(...file)
    .option(...credentials)
    .action(async (options: { file: string; credentials?: boolean }) => {
      let steps = 0;
      for (const tenant of readTenantFile(readInput(options.file), terminal.env)) {
        steps += await applyTenant(client(), terminal, tenant, options);
      }
      if (steps === 0) terminal.print('Nothing to do.');
    });

  program
    .command('diff')
    .description('show what apply would do; exit code 1 when there is something')
    .requiredOption(...file)
    .option(...credentials)
    .action(async (options: { file: string; credentials?: boolean }) => {
      let steps = 0;
      for (const tenant of readTenantFile(readInput(options.file), terminal.env)) {
        const { standing } = await readStanding(client(), tenant.tenant.externalId);
        const plan = planTenant(tenant, standing, options);
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
      if (options.output === undefined) terminal.print(text.trimEnd());
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
  const { standing } = await readStanding(client, file.tenant.externalId);
  let id = standing.tenant?.id;
  const plan = planTenant(file, standing, options);
  for (const step of plan) {
    show(terminal, file, step);
    const answer = await client.call(step.method, step.path.replace('{tenant}', id ?? ''), step.body);
    if (step.path === '/v1/tenants') id = answer.id;
    if (answer?.secret !== undefined) terminal.print(`  signing secret, shown this once: ${answer.secret}`);
  }
  return plan.length;
}

async function readStanding(client: ApiClient, externalId: string): Promise<{ standing: Standing }> {
  const { tenants } = await client.call('GET', `/v1/tenants?externalId=${encodeURIComponent(externalId)}`);
  const tenant = tenants[0];
  if (tenant === undefined) return { standing: { tenant: undefined, connections: [], syncs: [], alerts: undefined } };
  return { standing: await readAll(client, tenant) };
}

async function readAll(client: ApiClient, tenant: NonNullable<Standing['tenant']>): Promise<Standing> {
  const base = `/v1/tenants/${tenant.id}`;
  const [{ connections }, { syncs }, alerts] = await Promise.all([
    client.call('GET', `${base}/connections`),
    client.call('GET', `${base}/syncs`),
    client.find(`${base}/alerts/target`),
  ]);
  return { tenant, connections, syncs, alerts };
}

async function exportTenant(client: ApiClient, name: string): Promise<unknown> {
  const found =
    (/^[\w-]{1,64}$/.test(name) ? await client.find(`/v1/tenants/${name}`) : undefined) ??
    (await client.call('GET', `/v1/tenants?externalId=${encodeURIComponent(name)}`)).tenants[0];
  if (found === undefined) throw new Error(`There is no tenant ${name}.`);
  const { tenant, connections, syncs, alerts } = await readAll(client, found);
  const of = (vendor: string) => connections.find((row) => row.vendor === vendor && row.state !== 'disconnected');
  const [hubspot, pendo] = [of('hubspot'), of('pendo')];
  return {
    crosswalk: 1,
    tenant: {
      externalId: found.externalId ?? found.id,
      name: tenant?.name,
      state: tenant?.state,
      settings: tenant?.settings,
    },
    connections: {
      ...(hubspot && { hubspot: hubspot.kind === 'token' ? { token: named('HUBSPOT_TOKEN') } : {} }),
      ...(pendo && { pendo: { key: named('PENDO_KEY'), ...pendo.settings } }),
    },
    syncs: Object.fromEntries(syncs.map(({ object, state, config }) => [object, { state, config }])),
    ...(alerts?.url && {
      alerts: {
        url: alerts.url.endsWith('/…') ? named('ALERT_URL') : alerts.url,
        ...(alerts.kind && { kind: alerts.kind }),
        enabled: alerts.enabled,
        quietHours: alerts.quietHours,
      },
    }),
  };
}

function show(terminal: Terminal, file: TenantFile, step: Step): void {
  terminal.print(`${file.tenant.externalId}: ${step.does}`);
  for (const { path, from, to } of step.differences) {
    terminal.print(`  ${path}: ${JSON.stringify(from)} → ${JSON.stringify(to)}`);
  }
}

function readInput(path: string): string {
  return readFileSync(path === '-' ? 0 : path, 'utf8');
}

/** How a file names what it does not write. */
const named = (variable: string): string => `\${${variable}}`;
