/** `crosswalk whoami`, `health`, `metrics` and `openapi`: the installation itself. */
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Who } from '../answers.ts';
import { outputOption, withExamples } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { downloadTo } from '../download.ts';

export function installationCommands(program: Command, cli: Cli): void {
  withExamples(
    program.command('whoami').description('show which key is used, and what it may do'),
    'crosswalk whoami',
  ).action(async () =>
    cli.answer(await cli.api().get<Who>('/v1/session'), (page, { key, name, scopes, tenant, temporalUrl }) =>
      page.facts([
        ['Key', `${name} (${key})`],
        ['Scopes', scopes.join(', ')],
        ['Tenant', tenant === null ? 'all' : `${tenant.name} (${tenant.id})`],
        ['Temporal UI', temporalUrl ?? ''],
      ]),
    ),
  );

  withExamples(program.command('health').description('check that requests can be served'), 'crosswalk health').action(
    async () =>
      cli.answer(await cli.api().get<{ status: string }>('/health/ready'), (page, { status }) => page.line(status)),
  );

  withExamples(
    program.command('metrics').description('print the metrics, as Prometheus reads them'),
    'crosswalk metrics | grep crosswalk_runs_waiting',
  ).action(() => downloadTo(cli, '/v1/metrics', undefined));

  withExamples(
    program.command('openapi').description('write the API document').addOption(outputOption()),
    'crosswalk openapi -o openapi.json',
  ).action(async ({ output }: { output?: string }) => {
    const { apiDocument } = await import('../../api/document.ts');
    const text = `${JSON.stringify(apiDocument(), null, 2)}\n`;
    if (output === undefined) cli.terminal.print(text.trimEnd());
    else writeFileSync(output, text);
  });
}
