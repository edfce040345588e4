/** `crosswalk sync`: what a tenant's sync of visitors or accounts does, and whether it does it. */
import { type Command, Option } from 'commander';
import type {
  ComparedKeys,
  ConfiguredSync,
  EnabledSync,
  History,
  Sync,
  SyncCheck,
  SyncList,
  Version,
  VersionList,
} from '../answers.ts';
import { path, query } from '../api-client.ts';
import { objectArgument, tenantArgument, withExamples } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import type { Page } from '../print/page.ts';
import { startedAs } from '../print/run.ts';
import { count, duration } from '../print/times.ts';
import { toneOf } from '../print/tones.ts';
import { showReason } from '../print/value.ts';
import { misuse } from '../problem.ts';
import { readText } from '../secret-input.ts';

type Found = SyncCheck['problems'][number];

export function syncCommands(program: Command, cli: Cli): void {
  const sync = withExamples(
    program.command('sync').description('configure, enable and pause syncs'),
    'crosswalk sync get crm-4711 visitor',
  );
  /** A command about one sync of one tenant. */
  const about = (name: string, description: string, ...examples: string[]) =>
    withExamples(
      sync.command(name).description(description).addArgument(tenantArgument()).addArgument(objectArgument()),
      `crosswalk sync ${name} crm-4711 visitor`,
      ...examples,
    );
  const configFile = () => new Option('-f, --file <path>', 'the configuration as YAML or JSON; - is standard input');

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

  about('get', 'show a sync and its configuration', 'crosswalk sync get crm-4711 visitor --config > visitor.yaml')
    .option('--config', 'only the configuration, as a file that `sync set` takes')
    .action((named: string, object: string, { config }: { config?: true }) =>
      cli.tenant(named, async (id) => {
        const found = await cli.api().get<Sync>(path`/v1/tenants/${id}/syncs/${object}`);
        if (config) cli.file(found.config, await asYaml(found.config));
        else cli.answer(found, showSync);
      }),
    );

  about('set', 'set the configuration of a sync', 'crosswalk sync set crm-4711 visitor -f visitor.yaml')
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

  about(
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

  about(
    'versions',
    'list the versions of a configuration, newest first, or show one',
    'crosswalk sync versions crm-4711 visitor 3 --config > visitor-3.yaml',
  )
    .argument('[version]', 'show this one')
    .option('--config', 'only its configuration, as a file that `sync set` takes')
    .action((named: string, object: string, version: string | undefined, { config }: { config?: true }) =>
      cli.tenant(named, async (id) => {
        if (version === undefined) {
          const at = path`/v1/tenants/${id}/syncs/${object}/versions`;
          cli.answer(await cli.api().get<VersionList>(at), showVersions);
          return;
        }
        const at = path`/v1/tenants/${id}/syncs/${object}/versions/${version}`;
        const found = await cli.api().get<Version>(at);
        if (config) cli.file(found.config, await asYaml(found.config));
        else
          cli.answer(found, (page, shown) => {
            showVersions(page, { versions: [shown] });
            page.line();
            showConfig(page, shown.config);
          });
      }),
    );

  withExamples(
    sync
      .command('restore')
      .description('make an earlier configuration the present one, as a new version')
      .addArgument(tenantArgument())
      .addArgument(objectArgument())
      .argument('<version>', 'as `sync versions` lists it'),
    'crosswalk sync restore crm-4711 visitor 3',
  ).action((named: string, object: string, version: string) =>
    cli.tenant(named, async (id) => {
      const at = path`/v1/tenants/${id}/syncs/${object}/versions/${version}/restore`;
      cli.answer(await cli.api().post<ConfiguredSync>(at), (page, shown) => {
        page.line(`Version ${version} is restored, as version ${shown.version}.`);
        showFound(page, 'Warning', shown.warnings);
      });
    }),
  );

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

  about('enable', 'enable a sync: a first run starts, and then one a day').action((named: string, object: string) =>
    cli.tenant(named, async (id) => {
      const enabled = await cli.api().post<EnabledSync>(path`/v1/tenants/${id}/syncs/${object}/enable`);
      cli.answer(enabled, (page, { run, started }) => {
        page.line(started ? `Enabled. Run ${run.id} has started.` : `Enabled. Run ${run.id} was going on already.`);
      });
      cli.hint(`Watch it: crosswalk run watch ${id} ${enabled.run.id}`);
    }),
  );

  about('disable', 'disable a sync; nothing is deleted in HubSpot or Pendo')
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
    about(verb, description).action((named: string, object: string) =>
      cli.tenant(named, async (id) =>
        cli.answer(await cli.api().post<Sync>(`${path`/v1/tenants/${id}/syncs/${object}`}/${verb}`), showSync),
      ),
    );
  }

  about('history', 'show how a sync has done, run by run')
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

async function asYaml(config: Sync['config']): Promise<string> {
  const { stringify } = await import('yaml');
  return stringify(config, { lineWidth: 0, flowCollectionPadding: true });
}

function showSyncs(page: Page, syncs: readonly Sync[]): void {
  page.table(syncs, [
    { title: 'Sync', value: ({ object }) => object },
    { title: 'State', value: ({ state }) => state, tone: ({ state }) => toneOf(state) },
    { title: 'Version', value: ({ version }) => version, right: true },
    { title: 'Changed', value: ({ updatedAt }) => page.ago(updatedAt) },
    { title: 'Next run', value: ({ nextRunAt }) => page.ago(nextRunAt) },
    { title: 'Reason', value: ({ reason, scheduleProblem }) => (reason ?? scheduleProblem)?.message, wraps: 'text' },
  ]);
}

function showSync(page: Page, sync: Sync): void {
  page.facts([
    ['Sync', sync.object],
    ['State', sync.state, toneOf(sync.state)],
    ['Version', String(sync.version)],
    ['Changed', page.exactly(sync.updatedAt)],
    ['Next run', page.exactly(sync.nextRunAt)],
    ['Next delta', page.exactly(sync.nextDeltaAt)],
  ]);
  showReason(page, sync.reason);
  showReason(page, sync.scheduleProblem);
  page.line();
  showConfig(page, sync.config);
}

function showConfig(page: Page, { pull = [], push = [], joinKey, ...settings }: Sync['config']): void {
  page.facts([
    ['Join key', joinKey.property],
    ...Object.entries(settings).map(([name, set]) => [name, setting(set)] as const),
  ]);
  if (pull.length > 0) {
    page.line();
    page.table(pull, [
      { title: 'Pull property', value: ({ property }) => property, wraps: 'name' },
      { title: 'Pendo field', value: ({ field }) => field, wraps: 'name' },
      { title: 'If empty', value: ({ onEmpty }) => onEmpty },
      { title: 'Options as', value: ({ options }) => options },
    ]);
  }
  if (push.length > 0) {
    page.line();
    page.table(push, [
      { title: 'Push metric', value: ({ metric }) => metric },
      { title: 'HubSpot property', value: ({ property }) => property, wraps: 'name' },
    ]);
  }
}

function setting(value: unknown): string {
  if (Array.isArray(value) || typeof value !== 'object' || value === null)
    return value === null ? 'none' : String(value);
  return Object.entries(value)
    .map(([name, part]) => `${name} ${setting(part)}`)
    .join(', ');
}

function showCheck(page: Page, { ok, problems, warnings, nextRunsAt }: SyncCheck): void {
  showFound(page, 'Problem', problems);
  showFound(page, 'Warning', warnings);
  if (ok) page.line('The configuration can be set.');
  if (nextRunsAt.length > 0) page.line(`Runs would start at ${nextRunsAt.map((at) => page.exactly(at)).join(', ')}.`);
}

function showFound(page: Page, kind: string, found: readonly Found[]): void {
  for (const { path: at, code, message, fix } of found)
    page.line(`${kind}, ${at}: ${[message, fix].filter(Boolean).join(' ')} (${code})`);
}

function showVersions(page: Page, { versions }: VersionList): void {
  if (versions.length === 0) page.line('There is no version yet.');
  else
    page.table(versions, [
      { title: 'Version', value: ({ version }) => version, right: true },
      { title: 'Changed', value: ({ changedAt }) => page.ago(changedAt) },
      { title: 'By', value: ({ changedBy }) => changedBy ?? 'not known', wraps: 'name' },
      { title: 'Restored from', value: ({ restoredFrom }) => restoredFrom, right: true },
    ]);
}

function showComparedKeys(page: Page, { sampled, keys }: ComparedKeys): void {
  page.line(`Of the ${count(sampled)} records that were changed last:`);
  page.table(keys, [
    { title: 'Property', value: ({ property }) => property, wraps: 'name' },
    { title: 'Filled', value: ({ filled }) => count(filled), right: true },
    { title: 'Distinct', value: ({ distinct }) => count(distinct), right: true },
    { title: 'Shared', value: ({ shared }) => count(shared), right: true },
    { title: 'In Pendo', value: ({ matched }) => count(matched), right: true },
    { title: 'If folded', value: ({ matchedFolded }) => `+${count(matchedFolded)}`, right: true },
    { title: 'Not in Pendo', value: ({ examples }) => examples.unmatched.join(', '), wraps: 'text' },
  ]);
}

function showHistory(page: Page, { runs }: History): void {
  if (runs.length === 0) {
    page.line('No run in this time.');
    return;
  }
  const written = (legs: Record<string, Record<string, number>>, leg: string) => count(legs[leg]?.written ?? 0);
  page.table(runs, [
    { title: 'Run', value: ({ run }) => run, right: true },
    { title: 'State', value: ({ state }) => state, tone: ({ state }) => toneOf(state) },
    { title: 'Started as', value: startedAs },
    { title: 'Queued', value: ({ queuedAt }) => page.ago(queuedAt) },
    { title: 'Took', value: ({ seconds }) => (seconds === null ? '' : duration(seconds)), right: true },
    { title: 'HubSpot', value: ({ read }) => count(read.hubspot ?? 0), right: true },
    { title: 'Pendo', value: ({ read }) => count(read.pendo ?? 0), right: true },
    { title: 'Matched', value: ({ matched }) => (matched === null ? '' : count(matched)), right: true },
    { title: 'To Pendo', value: ({ legs }) => written(legs, 'pull'), right: true },
    { title: 'To HubSpot', value: ({ legs }) => written(legs, 'push'), right: true },
  ]);
}
