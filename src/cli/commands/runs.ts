/** `crosswalk run`, `retry`, `dry-run`, `preview`, `runs`, `approve` and `cancel`. */
import { type Command, Option } from 'commander';
import type { Run, RunDetail, RunPage, StartedRun } from '../answers.ts';
import { path, query } from '../api-client.ts';
import { limitOption, objectArgument, runArgument, tenantArgument, withExamples } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { followRun } from '../follow-run.ts';
import type { Page } from '../print/page.ts';
import { showRun, showRuns } from '../print/run.ts';

interface Starting {
  watch: boolean;
  wait: boolean;
  delta?: boolean;
}

export function runCommands(program: Command, cli: Cli): void {
  const run = startCommands(program, cli);
  showCommands(run, cli);
  listCommand(program, cli);
  decisionCommands(program, cli);
}

/** @returns `crosswalk run`, which has commands of its own. */
function startCommands(program: Command, cli: Cli): Command {
  const run = withExamples(
    starting(program, cli, 'run', 'run a sync now; exit code 1 if the run does not succeed', (at, { delta }) =>
      cli.api().post(`${at}/runs`, { dryRun: false, scope: delta ? 'delta' : 'full' }),
    ).option(
      '--delta',
      'read only what was touched since the last run; everything where no finished full run stands behind it',
    ),
    'crosswalk run crm-4711 visitor',
    'crosswalk run crm-4711 visitor --delta --no-watch',
    'crosswalk run show crm-4711 42',
  );
  withExamples(
    starting(program, cli, 'retry', 'write again what was refused, with the values of now', (at) =>
      cli.api().post(`${at}/runs`, { retry: true }),
    ),
    'crosswalk retry crm-4711 visitor',
  );
  withExamples(
    starting(program, cli, 'dry-run', 'do everything but write', (at) =>
      cli.api().post(`${at}/runs`, { dryRun: true }),
    ),
    'crosswalk dry-run crm-4711 account',
  );
  withExamples(
    starting(program, cli, 'preview', 'see what a sync would do, enabled or not', (at) =>
      cli.api().post(`${at}/preview`),
    ),
    'crosswalk preview crm-4711 visitor',
  );

  return run;
}

/** A command that starts a run, and watches it unless it is asked not to. */
function starting(
  program: Command,
  cli: Cli,
  name: string,
  description: string,
  start: (at: string, options: Starting) => Promise<StartedRun>,
): Command {
  return (
    program
      .command(name)
      .description(description)
      .addArgument(tenantArgument())
      .addArgument(objectArgument())
      .addOption(new Option('--watch', 'show its progress and wait for its end').default(true, 'the default'))
      .option('--no-watch', 'end as soon as it has started')
      // As version 0.1.0 called it.
      .addOption(new Option('--no-wait').hideHelp())
      .action((named: string, object: string, options: Starting) =>
        cli.tenant(named, async (id) => {
          const started = await start(path`/v1/tenants/${id}/syncs/${object}`, options);
          const follows = options.watch && options.wait;
          // With --json there is one answer: the run at its end, or how it started.
          if (follows) cli.hint(howItStarted(started));
          else cli.answer(started, (page, answer) => page.line(howItStarted(answer)));
          if (follows) await followRun(cli, id, started.run.id);
          else cli.hint(`Watch it: crosswalk run watch ${id} ${started.run.id}`);
        }),
      )
  );
}

function showCommands(run: Command, cli: Cli): void {
  withExamples(aboutRun(run, 'show', 'show a run: state, reasons, counts'), 'crosswalk run show crm-4711 42').action(
    (named: string, number: string) =>
      cli.tenant(named, async (id) =>
        cli.answer(await cli.api().get<RunDetail>(path`/v1/tenants/${id}/runs/${number}`), showRun),
      ),
  );
  withExamples(
    aboutRun(run, 'watch', 'show the progress of a run and wait for its end'),
    'crosswalk run watch crm-4711 42',
  ).action((named: string, number: string) => cli.tenant(named, (id) => followRun(cli, id, number)));
}

function listCommand(program: Command, cli: Cli): void {
  withExamples(
    program
      .command('runs')
      .description('list runs, newest first')
      .addArgument(tenantArgument())
      .addOption(limitOption().default('20'))
      // As version 0.1.0 called it.
      .addOption(new Option('--number <n>').hideHelp())
      .addOption(new Option('--object <object>', 'only of this sync').choices(['visitor', 'account']))
      .option('--state <state>', 'only in this state, e.g. held or failed')
      .option('--before <run>', 'the next page: `next` of the page before'),
    'crosswalk runs crm-4711',
    'crosswalk runs crm-4711 --object visitor --state failed',
  ).action((named: string, { number, limit, ...filter }: Record<string, string>) =>
    cli.tenant(named, async (id) => {
      const asked = { ...filter, limit: number ?? limit };
      const answer = await cli.api().get<RunPage>(`${path`/v1/tenants/${id}/runs`}${query(asked)}`);
      cli.answer(answer, (page, { runs }) => {
        if (runs.length === 0) page.line('There are no runs.');
        else showRuns(page, runs);
      });
      if (answer.next !== null) cli.hint(`More: crosswalk runs ${id} --before ${answer.next}`);
    }),
  );
}

function decisionCommands(program: Command, cli: Cli): void {
  withExamples(
    aboutRun(program, 'approve', 'let a held run write')
      .addOption(new Option('--leg <leg>', 'only this direction; left out: every held one').choices(['pull', 'push']))
      .option('--reason <text>', 'why, for whoever reads the audit trail'),
    'crosswalk approve crm-4711 42',
    "crosswalk approve crm-4711 42 --leg push --reason 'The old plan names were retired on purpose.'",
  ).action((named: string, number: string, { leg, reason }: { leg?: string; reason?: string }) =>
    cli.tenant(named, async (id) => {
      const body = { ...(leg === undefined ? {} : { legs: [leg] }), ...(reason === undefined ? {} : { reason }) };
      cli.answer(await cli.api().post<Run>(path`/v1/tenants/${id}/runs/${number}/approve`, body), showDecision);
      cli.hint(`Watch it: crosswalk run watch ${id} ${number}`);
    }),
  );
  withExamples(
    aboutRun(program, 'cancel', 'cancel a run; what was written stays').option(
      '--reason <text>',
      'why, for whoever reads the audit trail',
    ),
    'crosswalk cancel crm-4711 42',
  ).action((named: string, number: string, { reason }: { reason?: string }) =>
    cli.tenant(named, async (id) => {
      const body = reason === undefined ? {} : { reason };
      cli.answer(await cli.api().post<Run>(path`/v1/tenants/${id}/runs/${number}/cancel`, body), showDecision);
    }),
  );
}

function aboutRun(parent: Command, name: string, description: string): Command {
  return parent.command(name).description(description).addArgument(tenantArgument()).addArgument(runArgument());
}

function showDecision(page: Page, { id, state, approved, cancelRequested }: Run): void {
  const requested = cancelRequested ? ', cancel requested' : '';
  page.line(`Run ${id}: ${state}${approved.length > 0 ? `, approved: ${approved.join(', ')}` : ''}${requested}.`);
}

function howItStarted({ run, started }: StartedRun): string {
  if (started) return `Run ${run.id} has started.`;
  if (run.state !== 'held') return `Run ${run.id} was going on already.`;
  return `No delta is started while run ${run.id} is held. Approve or cancel that one, or start a full run, which takes its place.`;
}
