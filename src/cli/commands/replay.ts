/** `crosswalk replay`: a run's history, once more through the workflow code of this installation. */
import type { Command } from 'commander';
import { readTemporalAccess, type TemporalAccess } from '../../config/temporal-access.ts';
import type { RunDetail } from '../answers.ts';
import { path } from '../api-client.ts';
import { runArgument, tenantArgument, withExamples } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { misuse } from '../problem.ts';

interface ReplayOptions {
  temporal?: string;
  namespace?: string;
  save?: string;
}

export function replayCommand(program: Command, cli: Cli): void {
  withExamples(
    program
      .command('replay')
      .description(
        'fetch the history of a run from Temporal and replay it here; exit code 1 where it decides otherwise now',
      )
      .addArgument(tenantArgument())
      .addArgument(runArgument())
      .option('--temporal <address>', 'host:port of Temporal (TEMPORAL_ADDRESS)')
      .option('--namespace <name>', 'Temporal namespace (TEMPORAL_NAMESPACE)')
      .option('--save <prefix>', 'also write each history to <prefix>-<n>.json'),
    'crosswalk replay crm-4711 42 --temporal localhost:7233',
  ).action((named: string, run: string, options: ReplayOptions) =>
    cli.tenant(named, async (tenantId) => {
      const { address, namespace, credentials } = readAccess(cli, options);
      if (!address) throw misuse('Where is Temporal?', 'Set TEMPORAL_ADDRESS, or name it with --temporal.');
      const { object } = await cli.api().get<RunDetail>(path`/v1/tenants/${tenantId}/runs/${run}`);
      // Temporal's packages take a second to load, and no other command needs them.
      const { replayRun } = await import('../replay-run.ts');
      const executions = await replayRun({
        ...{ address, credentials, namespace, tenantId, object },
        ...{ runId: run, save: options.save, bundle: cli.terminal.env.CROSSWALK_WORKFLOW_BUNDLE },
      });
      cli.answer({ executions }, (page, { executions: all }) => {
        for (const { workflowId, execution, events, same, message } of all)
          page.line(
            `${workflowId}, execution ${execution}, ${events} events: ${same ? 'decides as it did.' : `decides otherwise. ${message}`}`,
          );
      });
      if (executions.some(({ same }) => !same)) cli.terminal.exit(1);
    }),
  );
}

/** As the environment says, where no option does. */
function readAccess({ terminal }: Cli, { temporal, namespace }: ReplayOptions): TemporalAccess {
  const access = readTemporalAccess({
    ...terminal.env,
    ...(temporal === undefined ? {} : { TEMPORAL_ADDRESS: temporal }),
    ...(namespace === undefined ? {} : { TEMPORAL_NAMESPACE: namespace }),
  });
  if ('problem' in access) throw misuse(`${access.problem}.`, 'Correct the variable, or unset it.');
  return access;
}
