/** `crosswalk status` and `attention`: how all syncs are, and what waits for a person. */
import { type Command, Option } from 'commander';
import type { AllRuns, Attention, FleetPage } from '../answers.ts';
import { query } from '../api-client.ts';
import { limitOption, withExamples } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import type { Page } from '../print/page.ts';
import { startedAs } from '../print/run.ts';
import { count } from '../print/times.ts';
import { toneOf } from '../print/tones.ts';

export function fleetCommands(program: Command, cli: Cli): void {
  withExamples(
    program
      .command('status')
      .description('list the syncs of all tenants, worst first')
      .option('--health <states>', 'only these, separated by commas, e.g. held,failed')
      .option('--search <text>', "part of a tenant's name or external id")
      .addOption(new Option('--sort <order>', 'another order').choices(['worst', 'name', 'oldest']))
      .addOption(limitOption())
      .option('--offset <n>', 'leave out so many'),
    'crosswalk status',
    'crosswalk status --health held,failed,quiet --json | jq -r ".syncs[].tenant.id"',
  ).action(async ({ search: q, ...filter }: Record<string, string>) => {
    const answer = await cli.api().get<FleetPage>(`/v1/syncs${query({ ...filter, q })}`);
    cli.answer(answer, showFleet);
    const seen = Number(filter.offset ?? 0) + answer.syncs.length;
    if (seen < answer.total) cli.hint(`${seen} of ${answer.total}. More: the same with --offset ${seen}`);
  });

  withExamples(
    program
      .command('all-runs')
      .description('list the runs of all tenants, newest first')
      .addOption(limitOption().default('20'))
      .addOption(new Option('--object <object>', 'only of these syncs').choices(['visitor', 'account']))
      .option('--state <state>', 'only in this state, e.g. held or failed')
      .option('--trigger <trigger>', 'only started by this, e.g. daily or manual')
      .option('--before <run>', 'the next page: `next` of the page before'),
    'crosswalk all-runs --state failed',
  ).action(async (filter: Record<string, string>) => {
    const answer = await cli.api().get<AllRuns>(`/v1/runs${query(filter)}`);
    cli.answer(answer, showAllRuns);
    if (answer.next !== null) cli.hint(`More: the same with --before ${answer.next}`);
  });

  withExamples(
    program
      .command('attention')
      .description('list what waits for a person, oldest first')
      .option('-t, --tenant <tenant>', 'only of this tenant'),
    'crosswalk attention',
  ).action(({ tenant }: { tenant?: string }) => {
    const list = async (tenantId?: string) =>
      cli.answer(await cli.api().get<Attention>(`/v1/attention${query({ tenantId })}`), showAttention);
    return tenant === undefined ? list() : cli.tenant(tenant, list);
  });
}

function showAllRuns(page: Page, { runs }: AllRuns): void {
  if (runs.length === 0) {
    page.line('There are no such runs.');
    return;
  }
  page.table(runs, [
    { title: 'Run', value: ({ run }) => run.id, right: true },
    { title: 'Tenant', value: ({ tenant }) => tenant.name, wraps: 'name' },
    { title: 'Id', value: ({ tenant }) => tenant.id },
    { title: 'Sync', value: ({ run }) => run.object },
    { title: 'State', value: ({ run }) => run.state, tone: ({ run }) => toneOf(run.state) },
    { title: 'Started as', value: ({ run }) => startedAs(run) },
    { title: 'Queued', value: ({ run }) => page.ago(run.queuedAt) },
    { title: 'Reason', value: ({ run }) => run.reason?.message, wraps: 'text' },
  ]);
}

function showFleet(page: Page, { syncs, counts }: FleetPage): void {
  if (syncs.length === 0) {
    page.line('There is no such sync.');
    return;
  }
  page.table(syncs, [
    { title: 'Health', value: ({ health }) => health, tone: ({ health }) => toneOf(health) },
    { title: 'Tenant', value: ({ tenant }) => tenant.name, wraps: 'name' },
    { title: 'Id', value: ({ tenant }) => tenant.id },
    { title: 'Sync', value: ({ object }) => object },
    { title: 'Since', value: ({ since }) => page.ago(since) },
    { title: 'Now', value: ({ active }) => active && `run ${active.run} ${active.state}` },
    { title: 'Last good run', value: ({ lastGood }) => page.ago(lastGood?.at) },
    { title: 'Reason', value: ({ reason }) => reason?.message, wraps: 'text' },
  ]);
  const summary = Object.entries(counts).map(([health, n]) => page.paint(toneOf(health), `${count(n)} ${health}`));
  page.line();
  page.line(summary.join(', '));
}

function showAttention(page: Page, { items, total }: Attention): void {
  if (items.length === 0) {
    page.line('Nothing waits for a person.');
    return;
  }
  page.table(items, [
    { title: 'What', value: ({ kind }) => kind, tone: ({ kind }) => toneOf(kind) },
    { title: 'Tenant', value: ({ tenant }) => tenant.name, wraps: 'name' },
    { title: 'Id', value: ({ tenant }) => tenant.id },
    { title: 'Sync', value: ({ object }) => object },
    { title: 'Run', value: ({ run }) => run?.id, right: true },
    { title: 'Since', value: ({ since }) => page.ago(since) },
    {
      title: 'What to do',
      value: ({ reason }) => [reason?.message, reason?.fix].filter(Boolean).join(' '),
      wraps: 'text',
    },
  ]);
  if (total > items.length) page.line(`${count(items.length)} of ${count(total)}.`);
}
