/** `crosswalk usage`: what was used of the vendors' limits. */
import type { Command } from 'commander';
import type { AllUsage, TenantUsage } from '../answers.ts';
import { path, query } from '../api-client.ts';
import { withExamples } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import type { Page } from '../print/page.ts';
import { sideName } from '../print/record.ts';
import { count } from '../print/times.ts';

export function usageCommand(program: Command, cli: Cli): void {
  withExamples(
    program
      .command('usage')
      .description('show calls, limits and records written by day: of one tenant, or of all')
      .argument('[tenant]', 'id, external id or name; left out: all tenants')
      .option('--days <n>', 'so many days back', '30'),
    'crosswalk usage crm-4711 --days 7',
    'crosswalk usage --json | jq ".tenants[0]"',
  ).action((named: string | undefined, { days }: { days: string }) => {
    if (named !== undefined) {
      return cli.tenant(named, async (id) =>
        cli.answer(await cli.api().get<TenantUsage>(`${path`/v1/tenants/${id}/usage`}${query({ days })}`), showDays),
      );
    }
    return showAll(cli, days);
  });
}

async function showAll(cli: Cli, days: string): Promise<void> {
  cli.answer(await cli.api().get<AllUsage>(`/v1/usage${query({ days })}`), (page, answer) => {
    showDays(page, answer);
    if (answer.tenants.length === 0) return;
    page.line();
    page.table(answer.tenants, [
      { title: 'Tenant', value: ({ name }) => name, wraps: 'name' },
      { title: 'Id', value: ({ id }) => id },
      { title: 'Calls', value: ({ calls }) => count(calls), right: true },
      { title: '429', value: ({ throttled }) => count(throttled), right: true },
      { title: 'Written', value: ({ written }) => count(written), right: true },
    ]);
  });
}

function showDays(page: Page, { days }: TenantUsage): void {
  if (days.length === 0) {
    page.line('No call was made in this time.');
    return;
  }
  page.table(days.toReversed(), [
    { title: 'Day', value: ({ day }) => day },
    { title: 'Vendor', value: ({ vendor }) => sideName(vendor) },
    { title: 'Calls', value: ({ calls }) => count(calls), right: true },
    { title: '429', value: ({ throttled }) => count(throttled), right: true },
    { title: 'Limit', value: ({ limit }) => limit && count(limit), right: true },
    { title: 'Used by all', value: ({ used }) => used && count(used), right: true },
    { title: 'Written', value: ({ written }) => count(written), right: true },
  ]);
}
