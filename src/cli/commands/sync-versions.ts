/** `crosswalk sync versions` and `sync restore`: earlier configurations of a sync. */
import type { Command } from 'commander';
import type { ConfiguredSync, Version, VersionList } from '../answers.ts';
import { path } from '../api-client.ts';
import { aboutSync, objectArgument, tenantArgument, withExamples } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { configAsYaml, showConfig, showFound, showVersions } from '../print/sync.ts';

export function versionCommands(sync: Command, cli: Cli): void {
  aboutSync(
    sync,
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
        if (config) cli.file(found.config, await configAsYaml(found.config));
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
}
