/** `crosswalk audit`: who changed what. */
import type { Command } from 'commander';
import type { AuditPage } from '../answers.ts';
import { query } from '../api-client.ts';
import { limitOption, outputOption, withExamples } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { downloadTo } from '../download.ts';
import type { Page } from '../print/page.ts';
import { shownValue } from '../print/value.ts';
import { auditChainCommands } from './audit-chains.ts';

interface AuditOptions {
  tenant?: string;
  limit?: string;
  before?: string;
  csv?: true;
  output?: string;
}

export function auditCommand(program: Command, cli: Cli): void {
  const trail = withExamples(
    program.command('audit').description('who changed what, and whether the trail is whole'),
    'crosswalk audit --tenant crm-4711',
  );
  withExamples(
    trail
      .command('list', { isDefault: true })
      .description('list who changed what, newest first; `audit` alone does the same')
      .option('-t, --tenant <tenant>', 'only about this tenant')
      .addOption(limitOption())
      .option('--before <id>', 'the next page: `next` of the page before')
      .option('--csv', 'the whole trail as CSV')
      .addOption(outputOption()),
    'crosswalk audit list --tenant crm-4711',
    'crosswalk audit --csv -o audit.csv',
  ).action(({ tenant, limit, before, csv, output }: AuditOptions) => {
    const list = async (tenantId?: string) => {
      if (csv) {
        await downloadTo(cli, `/v1/audit.csv${query({ tenantId })}`, output);
        return;
      }
      const answer = await cli.api().get<AuditPage>(`/v1/audit${query({ tenantId, limit, before })}`);
      cli.answer(answer, showEntries);
      if (answer.next !== null) cli.hint(`More: the same with --before ${answer.next}`);
    };
    return tenant === undefined ? list() : cli.tenant(tenant, list);
  });
  auditChainCommands(trail, cli);
}

function showEntries(page: Page, { entries }: AuditPage): void {
  if (entries.length === 0) page.line('Nothing was recorded yet.');
  else
    page.table(entries, [
      { title: 'When', value: ({ at }) => page.ago(at) },
      { title: 'Tenant', value: ({ tenantId }) => tenantId },
      { title: 'Who', value: ({ actor }) => actor, wraps: 'name' },
      { title: 'What', value: ({ action }) => action },
      { title: 'To what', value: ({ subject }) => subject, wraps: 'name' },
      {
        title: 'Change',
        value: ({ before, after }) =>
          [before, after].every((each) => each === null || each === undefined)
            ? ''
            : `${shownValue(before)} → ${shownValue(after)}`,
        wraps: 'text',
      },
    ]);
}
