/** `crosswalk verify`: do this tenant's accounts work as Crosswalk takes for granted? */
import { writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { Assumptions, VerifiedAssumptions } from '../answers.ts';
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
      .option('--stored', 'show what was answered before, and ask nothing')
      .addOption(
        new Option(
          '--record <file>',
          'also write what was asked and answered, with invented names and values',
        ).conflicts('stored'),
      ),
    'crosswalk verify crm-4711',
    'crosswalk verify crm-4711 --record answers.json',
  ).action((named: string, { stored = false, record }: { stored?: boolean; record?: string }) =>
    cli.tenant(named, async (id) => {
      const at = path`/v1/tenants/${id}/assumptions`;
      const { recording, ...answer }: VerifiedAssumptions = stored
        ? await cli.api().get<Assumptions>(at)
        : await cli.api().post<VerifiedAssumptions>(`${at}/verify${record === undefined ? '' : '?record=true'}`);
      if (record !== undefined) {
        writeFileSync(record, `${JSON.stringify(recording, null, 1)}\n`);
        cli.hint(`Written to ${record}: names, ids and values are invented, and there is no credential in it.`);
      }
      cli.answer(answer, showAssumptions);
      if (answer.assumptions.some(({ needed, state }) => needed && state === 'disproved')) cli.terminal.exit(1);
    }),
  );
}

export function showAssumptions(page: Page, { assumptions }: Assumptions): void {
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
