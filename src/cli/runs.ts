/** `crosswalk run`, `retry`, `preview`, `dry-run`, `runs`, `approve`, `cancel` and `why`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Argument, type Command } from 'commander';
import { syncObjects } from '../sync/config.ts';
import { whyNotCreated } from '../sync/not-created.ts';
import type { ApiClient } from './api-client.ts';
import { describePreview } from './preview.ts';
import type { Terminal } from './terminal.ts';
import { answerWhy } from './why.ts';

// biome-ignore lint/suspicious/noExplicitAny: described by the API document
type Answer = any;

const tenantArgument = () => new Argument('<tenant>', "the tenant's id");
const objectArgument = () =>
  new Argument('<object>', 'visitor (contacts) or account (companies)').choices([...syncObjects]);
const over = ['held', 'succeeded', 'degraded', 'failed', 'cancelled'];

interface Starting {
  wait: boolean;
  delta?: boolean;
}

export function runCommands(program: Command, client: () => ApiClient, terminal: Terminal): void {
  const starting = (name: string, description: string, start: (path: string, options: Starting) => Promise<Answer>) =>
    program
      .command(name)
      .description(description)
      .addArgument(tenantArgument())
      .addArgument(objectArgument())
      .option('--no-wait', 'do not wait for the end')
      .action(async (tenant: string, object: string, options: Starting) => {
        const { run, started } = await start(`/v1/tenants/${encodeURIComponent(tenant)}/syncs/${object}`, options);
        if (started) terminal.print(`Run ${run.id} is on its way.`);
        else if (run.state === 'held')
          terminal.print(
            `No delta is started while run ${run.id} is held. Approve or cancel that one, or start a full run, which takes its place.`,
          );
        else terminal.print(`Run ${run.id} was going on already.`);
        if (options.wait) await follow(client(), terminal, tenant, run.id);
      });

  starting('run', 'run a sync now', (path, { delta }) =>
    client().call('POST', `${path}/runs`, { dryRun: false, scope: delta ? 'delta' : 'full' }),
  ).option(
    '--delta',
    'read only what was touched since the last run; everything where no finished full run stands behind it',
  );
  starting('retry', 'try again what was refused, with the values of now', (path) =>
    client().call('POST', `${path}/runs`, { retry: true }),
  );
  starting('dry-run', 'do everything but write', (path) => client().call('POST', `${path}/runs`, { dryRun: true }));
  starting('preview', 'see what a sync would do, enabled or not', (path) => client().call('POST', `${path}/preview`));

  program
    .command('runs')
    .description('list the newest runs')
    .addArgument(tenantArgument())
    .option('-n, --number <n>', 'how many', '20')
    .action(async (tenant: string, options: { number: string }) => {
      const { runs } = await client().call(
        'GET',
        `/v1/tenants/${encodeURIComponent(tenant)}/runs?limit=${encodeURIComponent(options.number)}`,
      );
      for (const run of runs) terminal.print(describe(run));
      if (runs.length === 0) terminal.print('There are no runs.');
    });

  program
    .command('approve')
    .description('let a held run deliver')
    .addArgument(tenantArgument())
    .argument('<run>')
    .action(async (tenant: string, run: string) => {
      terminal.print(
        describe(
          await client().call(
            'POST',
            `/v1/tenants/${encodeURIComponent(tenant)}/runs/${encodeURIComponent(run)}/approve`,
            {},
          ),
        ),
      );
    });

  program
    .command('cancel')
    .description('cancel a run; what was delivered stays')
    .addArgument(tenantArgument())
    .argument('<run>')
    .action(async (tenant: string, run: string) => {
      terminal.print(
        describe(
          await client().call(
            'POST',
            `/v1/tenants/${encodeURIComponent(tenant)}/runs/${encodeURIComponent(run)}/cancel`,
          ),
        ),
      );
    });

  program
    .command('why')
    .description('was this record synced, and if not, why?')
    .addArgument(tenantArgument())
    .addArgument(objectArgument())
    .argument(
      '<who>',
      'an e-mail address, a join value, an id or the address of a page; or hubspot or pendo, before an id',
    )
    .argument('[id]', 'the id of that side')
    .action(async (tenant: string, object: string, who: string, id: string | undefined) => {
      for await (const line of answerWhy(client(), `/v1/tenants/${encodeURIComponent(tenant)}`, object, who, id))
        terminal.print(line);
    });
}

/** A line whenever something changed, until the run is over. Exit code 1 when it did not succeed. */
async function follow(client: ApiClient, terminal: Terminal, tenant: string, id: string): Promise<void> {
  let last = '';
  for (;;) {
    const run = await client.call('GET', `/v1/tenants/${encodeURIComponent(tenant)}/runs/${encodeURIComponent(id)}`);
    const line = describe(run);
    if (line !== last) terminal.print(line);
    last = line;
    if (over.includes(run.state)) {
      for (const detail of summarise(run)) terminal.print(detail);
      if (run.state !== 'succeeded') terminal.exit(1);
      return;
    }
    await sleep(1000);
  }
}

function describe(run: Answer): string {
  const steps = Object.entries<Answer>(run.progress ?? {}).map(
    ([name, { done, total }]) => `${name} ${done}${total === null ? '' : `/${total}`}`,
  );
  const left = run.secondsLeft === null ? '' : `, about ${run.secondsLeft} s left`;
  const going = over.includes(run.state) ? `after ${run.durationSeconds} s` : `${run.phase} ${steps.join(', ')}${left}`;
  return `run ${run.id}  ${run.object}  ${run.trigger}${run.dryRun ? ' (dry)' : ''}  ${run.state}  ${going}`.trimEnd();
}

function* summarise(run: Answer): Generator<string> {
  if (run.reason) yield `  ${run.reason.message} ${run.reason.fix ?? ''}`.trimEnd();
  for (const { leg, field, code, message } of run.dropped ?? [])
    yield `  dropped: ${leg}, ${field} was refused for everybody (${code}): ${message}`;
  for (const held of run.held) yield `  held: ${held.leg}, ${held.message}`;
  for (const [leg, counts] of Object.entries<Answer>(run.counts?.legs ?? {})) {
    const parts = Object.entries(counts).map(([outcome, n]) => `${outcome} ${n}`);
    yield `  ${leg}: ${parts.join(', ')}`;
  }
  const isNew = ({ leg, property }: Answer): boolean =>
    (run.counts?.newlyStopped ?? []).some((each: Answer) => each.leg === leg && each.property === property);
  for (const stopped of run.counts?.stopped ?? [])
    yield `  stopped: ${stopped.leg}, ${stopped.property} (${stopped.reason})${isNew(stopped) ? ', since this run' : ''}`;
  for (const [leg, codes] of Object.entries<Answer>(run.counts?.notCreated ?? {}))
    for (const [code, n] of Object.entries(codes))
      yield `  ${leg}: ${n} not created (${code}). ${whyNotCreated(code) ?? ''}`.trimEnd();
  if (run.preview) yield* describePreview(run);
}
