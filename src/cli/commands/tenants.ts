/** `crosswalk tenants`: the customers of this installation. */
import { type Command, Option } from 'commander';
import type { Tenant, TenantPage } from '../answers.ts';
import { path, query } from '../api-client.ts';
import { limitOption, tenantArgument, withExamples } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import type { Page } from '../print/page.ts';
import { toneOf } from '../print/tones.ts';
import { misuse } from '../problem.ts';

export function tenantCommands(program: Command, cli: Cli): void {
  const tenants = withExamples(
    program.command('tenants').description('create, show and pause tenants'),
    'crosswalk tenants list',
  );

  withExamples(
    tenants
      .command('list')
      .description('list tenants')
      .addOption(limitOption())
      .option('--after <id>', 'the next page: `next` of the page before')
      .option('--external-id <id>', 'only the tenant with this external id'),
    'crosswalk tenants list',
    'crosswalk tenants list --json | jq -r ".tenants[].id"',
  ).action(async ({ limit, after, externalId }: { limit?: string; after?: string; externalId?: string }) => {
    const answer = await cli.api().get<TenantPage>(`/v1/tenants${query({ limit, after, externalId })}`);
    cli.answer(answer, (page, { tenants: found }) => {
      if (found.length === 0) page.line('There are no tenants.');
      else showTenants(page, found);
    });
    if (answer.next !== null) cli.hint(`More: crosswalk tenants list --after ${answer.next}`);
  });

  withExamples(
    tenants.command('show').description('show one tenant').addArgument(tenantArgument()),
    'crosswalk tenants show crm-4711',
  ).action((named: string) =>
    cli.tenant(named, async (id) => cli.answer(await cli.api().get<Tenant>(path`/v1/tenants/${id}`), showTenant)),
  );

  editCommands(tenants, cli);

  const verbs = {
    pause: 'pause all syncs of a tenant; its runs stand still',
    resume: 'resume a tenant that was paused or disabled',
    disable: 'disable a tenant and cancel its runs',
  };
  for (const [verb, description] of Object.entries(verbs)) {
    withExamples(
      tenants.command(verb).description(description).addArgument(tenantArgument()),
      `crosswalk tenants ${verb} crm-4711`,
    ).action((named: string) =>
      cli.tenant(named, async (id) =>
        cli.answer(await cli.api().post<Tenant>(`${path`/v1/tenants/${id}`}/${verb}`), showTenant),
      ),
    );
  }

  withExamples(
    tenants
      .command('delete')
      .description('delete a tenant with its values, credentials and configuration, for good')
      .addArgument(tenantArgument())
      .requiredOption('--confirm <id>', "the tenant's id, once more"),
    'crosswalk tenants delete t_k3v9q2m8x7c4b6n5 --confirm t_k3v9q2m8x7c4b6n5',
  ).action((named: string, { confirm }: { confirm: string }) =>
    cli.tenant(named, async (id) => {
      await cli.api().call('DELETE', `${path`/v1/tenants/${id}`}${query({ confirm })}`);
      cli.answer({}, (page) => page.line(`Deleted tenant ${id}. Nothing was deleted in HubSpot or Pendo.`));
    }),
  );
}

function editCommands(tenants: Command, cli: Cli): void {
  const setting = () =>
    new Option('--setting <name=value>', 'a note of your own, kept with the tenant; may be repeated').argParser(
      (pair: string, before: Record<string, unknown> = {}) => ({ ...before, ...readSetting(pair) }),
    );

  withExamples(
    tenants
      .command('create')
      .description('create a tenant; one with this external id that exists is shown')
      .argument('<name>', 'shown to people')
      .option('--external-id <id>', 'your own id for this customer')
      .addOption(setting()),
    "crosswalk tenants create 'Acme Inc.' --external-id crm-4711",
  ).action(async (name: string, { externalId, setting: settings }: { externalId?: string; setting?: object }) => {
    cli.answer(await cli.api().post<Tenant>('/v1/tenants', { name, externalId, settings }), showTenant);
  });

  withExamples(
    tenants
      .command('update')
      .description('change the name or the settings of a tenant')
      .addArgument(tenantArgument())
      .option('--name <name>', 'a new name')
      .addOption(setting()),
    "crosswalk tenants update crm-4711 --name 'Acme Ltd.'",
  ).action((named: string, { name, setting: added }: { name?: string; setting?: object }) =>
    cli.tenant(named, async (id) => {
      if (name === undefined && added === undefined) throw misuse('Nothing to change.', 'Give --name or --setting.');
      const at = path`/v1/tenants/${id}`;
      // The API replaces all settings at once.
      const settings = added && { ...(await cli.api().get<Tenant>(at)).settings, ...added };
      cli.answer(await cli.api().call<Tenant>('PATCH', at, { name, settings }), showTenant);
    }),
  );
}

function readSetting(pair: string): Record<string, unknown> {
  const at = pair.indexOf('=');
  if (at < 1) throw misuse(`The setting "${pair}" has no name.`, 'Write it as name=value.');
  return { [pair.slice(0, at)]: pair.slice(at + 1) };
}

function showTenants(page: Page, tenants: readonly Tenant[]): void {
  page.table(tenants, [
    { title: 'Id', value: ({ id }) => id },
    { title: 'External id', value: ({ externalId }) => externalId, wraps: 'name' },
    { title: 'Name', value: ({ name }) => name, wraps: 'name' },
    { title: 'State', value: ({ state }) => state, tone: ({ state }) => toneOf(state) },
    { title: 'Created', value: ({ createdAt }) => page.ago(createdAt) },
  ]);
}

function showTenant(page: Page, { id, externalId, name, state, settings, createdAt }: Tenant): void {
  page.facts([
    ['Id', id],
    ['External id', externalId ?? ''],
    ['Name', name],
    ['State', state, toneOf(state)],
    ['Created', page.exactly(createdAt)],
    ...Object.entries(settings).map(([setting, value]) => [setting, String(value)] as const),
  ]);
}
