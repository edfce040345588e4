/** `crosswalk sync`: what a tenant's sync of visitors or accounts does, and whether it does it. */
import { type Command, Option } from 'commander';
import type { ComparedKeys, ConfiguredSync, EnabledSync, History, Sync, SyncCheck, SyncList } from '../answers.ts';
import { path, query } from '../api-client.ts';
import { aboutSync, objectArgument, tenantArgument, withExamples } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import {
  configAsYaml,
  showCheck,
  showComparedKeys,
  showFound,
  showHistory,
  showSync,
  showSyncs,
} from '../print/sync.ts';
import { misuse } from '../problem.ts';
import { readText } from '../secret-input.ts';
import { versionCommands } from './sync-versions.ts';

export function syncCommands(program: Command, cli: Cli): void {
  const sync = withExamples(
    program.command('sync').description('configure, enable and pause syncs'),
    'crosswalk sync get crm-4711 visitor',
  );
  listCommand(sync, cli);
  configCommands(sync, cli);
  versionCommands(sync, cli);
  compareKeysCommand(sync, cli);
  stateCommands(sync, cli);
  historyCommand(sync, cli);
}

function listCommand(sync: Command, cli: Cli): void {
  withExamples(
    sync.command('list').description('list both syncs of a tenant').addArgument(tenantArgument()),
    'crosswalk sync list crm-4711',
  ).action((named: string) =>
    cli.tenant(named, async (id) =>
      cli.answer(await cli.api().get<SyncList>(path`/v1/tenants/${id}/syncs`), (page, { syncs }) => {
        if (syncs.length === 0) page.line('No sync is configured yet: `crosswalk sync set`.');
        else showSyncs(page, syncs);
      }),
    ),
  );
}

function configCommands(sync: Command, cli: Cli): void {
  const configFile = () => new Option('-f, --file <path>', 'the configuration as YAML or JSON; - is standard input');

  aboutSync(
    sync,
    'get',
    'show a sync and its configuration',
    'crosswalk sync get crm-4711 visitor --config > visitor.yaml',
  )
    .option('--config', 'only the configuration, as a file that `sync set` takes')
    .action((named: string, object: string, { config }: { config?: true }) =>
      cli.tenant(named, async (id) => {
        const found = await cli.api().get<Sync>(path`/v1/tenants/${id}/syncs/${object}`);
        if (config) cli.file(found.config, await configAsYaml(found.config));
        else cli.answer(found, showSync);
      }),
    );

  aboutSync(sync, 'set', 'set the configuration of a sync', 'crosswalk sync set crm-4711 visitor -f visitor.yaml')
    .addOption(configFile().makeOptionMandatory())
    .action((named: string, object: string, { file }: { file: string }) =>
      cli.tenant(named, async (id) => {
        const set = await cli
          .api()
          .put<ConfiguredSync>(path`/v1/tenants/${id}/syncs/${object}`, await readConfig(file));
        cli.answer(set, (page, shown) => {
          page.line(`The configuration is set: version ${shown.version}.`);
          showFound(page, 'Warning', shown.warnings);
        });
      }),
    );

  aboutSync(
    sync,
    'check',
    'check a configuration without storing it; exit code 1 if it has problems',
    'crosswalk sync check crm-4711 visitor -f visitor.yaml',
  )
    .addOption(configFile().default(undefined, 'the stored one'))
    .action((named: string, object: string, { file }: { file?: string }) =>
      cli.tenant(named, async (id) => {
        const body = file === undefined ? {} : { config: await readConfig(file) };
        const check = await cli.api().post<SyncCheck>(path`/v1/tenants/${id}/syncs/${object}/check`, body);
        cli.answer(check, showCheck);
        if (!check.ok) cli.terminal.exit(1);
      }),
    );
}

function compareKeysCommand(sync: Command, cli: Cli): void {
  withExamples(
    sync
      .command('compare-keys')
      .description('compare candidates for the join key on the records that were changed last')
      .addArgument(tenantArgument())
      .addArgument(objectArgument())
      .argument('<property...>', 'HubSpot properties, up to five'),
    'crosswalk sync compare-keys crm-4711 visitor email hs_object_id',
  ).action((named: string, object: string, properties: string[]) =>
    cli.tenant(named, async (id) => {
      const at = path`/v1/tenants/${id}/syncs/${object}/keys/compare`;
      cli.answer(await cli.api().post<ComparedKeys>(at, { properties }), showComparedKeys);
    }),
  );
}

function stateCommands(sync: Command, cli: Cli): void {
  aboutSync(sync, 'enable', 'enable a sync: a first run starts, and then one a day').action(
    (named: string, object: string) =>
      cli.tenant(named, async (id) => {
        const enabled = await cli.api().post<EnabledSync>(path`/v1/tenants/${id}/syncs/${object}/enable`);
        cli.answer(enabled, (page, { run, started }) => {
          page.line(started ? `Enabled. Run ${run.id} has started.` : `Enabled. Run ${run.id} was going on already.`);
        });
        cli.hint(`Watch it: crosswalk run watch ${id} ${enabled.run.id}`);
      }),
  );

  aboutSync(sync, 'disable', 'disable a sync; nothing is deleted in HubSpot or Pendo')
    .option('--erase-values', 'also erase stored values and evidence')
    .action((named: string, object: string, { eraseValues = false }: { eraseValues?: boolean }) =>
      cli.tenant(named, async (id) =>
        cli.answer(
          await cli.api().post<Sync>(path`/v1/tenants/${id}/syncs/${object}/disable`, { eraseValues }),
          showSync,
        ),
      ),
    );

  for (const [verb, description] of [
    ['pause', 'pause a sync; its run stands still'],
    ['resume', 'resume a paused sync'],
  ] as const) {
    aboutSync(sync, verb, description).action((named: string, object: string) =>
      cli.tenant(named, async (id) =>
        cli.answer(await cli.api().post<Sync>(`${path`/v1/tenants/${id}/syncs/${object}`}/${verb}`), showSync),
      ),
    );
  }
}

function historyCommand(sync: Command, cli: Cli): void {
  aboutSync(sync, 'history', 'show how a sync has done, run by run')
    .option('--days <n>', 'how far back')
    .action((named: string, object: string, { days }: { days?: string }) =>
      cli.tenant(named, async (id) => {
        const at = `${path`/v1/tenants/${id}/syncs/${object}/history`}${query({ days })}`;
        cli.answer(await cli.api().get<History>(at), showHistory);
      }),
    );
}

async function readConfig(file: string): Promise<unknown> {
  const text = readText(file);
  try {
    const { parse } = await import('yaml');
    return parse(text);
  } catch (error) {
    throw misuse(`${file} is no YAML or JSON: ${(error as Error).message}`, 'Correct the file. Nothing was changed.');
  }
}
