/** `crosswalk verify`: do this tenant's accounts work as Crosswalk takes for granted? */
import type { Command } from 'commander';
import type { Assumptions } from '../answers.ts';
import { path } from '../api-client.ts';
import { tenantArgument, withExamples } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import type { Page } from '../print/page.ts';
import { sideName } from '../print/record.ts';
import { toneOf } from '../print/tones.ts';

export function verifyCommands(program: Command, cli: Cli): void {
  withExamples(
    program
      .command('verify')
      .description('ask both accounts whether they work as assumed; exit code 1 if one does not')
      .addArgument(tenantArgument())
      .option('--stored', 'show what was answered before, and ask nothing'),
    'crosswalk verify crm-4711',
  ).action((named: string, { stored = false }: { stored?: boolean }) =>
    cli.tenant(named, async (id) => {
      const answer = stored
        ? await cli.api().get<Assumptions>(path`/v1/tenants/${id}/assumptions`)
        : await cli.api().post<Assumptions>(path`/v1/tenants/${id}/assumptions/verify`);
      cli.answer(answer, show);
      if (answer.assumptions.some(({ needed, state }) => needed && state === 'disproved')) cli.terminal.exit(1);
    }),
  );
}

function show(page: Page, { assumptions }: Assumptions): void {
  page.table(assumptions, [
    { title: 'Vendor', value: ({ vendor }) => sideName(vendor) },
    { title: 'Assumed', value: ({ assumed }) => assumed, wraps: 'text' },
    { title: 'Result', value: ({ state }) => words[state], tone: ({ state }) => toneOf(state) },
    {
      title: 'Answer',
      value: ({ needed, evidence }) => (needed ? (evidence ?? '') : 'No sync needs it.'),
      wraps: 'text',
    },
    { title: 'Asked', value: ({ askedAt }) => page.ago(askedAt) },
  ]);
  const needed = assumptions.filter((each) => each.needed);
  const proved = needed.filter(({ state }) => state === 'proved').length;
  page.line(
    `${proved} of ${needed.length} proved on these accounts; ${assumptions.length - needed.length} not needed.`,
  );
  for (const { matters, fix } of needed.filter(({ state }) => state === 'disproved')) page.line(`${matters} ${fix}`);
}

const words = { proved: 'proved', disproved: 'not so', unknown: 'cannot tell', notAsked: 'not asked' } as const;
