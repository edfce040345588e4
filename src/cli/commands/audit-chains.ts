/** `crosswalk audit export` and `verify`: the trail as it is chained, and `crosswalk erasures`. */
import type { Command } from 'commander';
import type { AuditVerification, ErasurePage } from '../answers.ts';
import { query } from '../api-client.ts';
import { limitOption, outputOption, withExamples } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { downloadTo } from '../download.ts';
import type { Page } from '../print/page.ts';
import { type ExportReport, verifyExport } from '../verify-export.ts';

/** A tenant that was deleted has no name any more, and its id is taken as it is. */
const tenantOption = 'its id (also of a tenant that was deleted), external id or name';

export function auditChainCommands(trail: Command, cli: Cli): void {
  withExamples(
    trail
      .command('export')
      .description('the trail as JSON lines, oldest first, each with its place and hash in its chain')
      .option('-c, --chain <chain>', `one chain: a tenant's id, or "deployment"`)
      .option('--after <seq>', 'only what comes after this place of the chain')
      .addOption(outputOption()),
    'crosswalk audit export -o audit.jsonl',
    'crosswalk audit export --chain deployment --after 120',
  ).action(({ chain, after, output }: { chain?: string; after?: string; output?: string }) =>
    downloadTo(cli, `/v1/audit.jsonl${query({ chain, after })}`, output),
  );

  withExamples(
    trail
      .command('verify')
      .description('check that nothing was changed, removed or put in between; exit code 1 if something was')
      .option('-t, --tenant <id>', tenantOption)
      .option('-f, --file <path>', 'check a file that `audit export` wrote, without a server'),
    'crosswalk audit verify',
    'crosswalk audit verify --file audit.jsonl',
  ).action(async ({ tenant, file }: { tenant?: string; file?: string }) => {
    if (file !== undefined) {
      const report = await verifyExport(file);
      cli.answer(report, showFile);
      if (!report.intact) cli.terminal.exit(1);
      return;
    }
    const verify = async (tenantId?: string) => {
      const answer = await cli.api().get<AuditVerification>(`/v1/audit/verify${query({ tenantId })}`);
      cli.answer(answer, showChains);
      if (!answer.intact) cli.terminal.exit(1);
    };
    await (tenant === undefined || isTenantId(tenant) ? verify(tenant) : cli.tenant(tenant, verify));
  });
}

export function erasureCommand(program: Command, cli: Cli): void {
  withExamples(
    program
      .command('erasures')
      .description('list erasures of forgotten people and deleted tenants: time, caller, number of rows')
      .option('-t, --tenant <id>', tenantOption)
      .addOption(limitOption())
      .option('--before <id>', 'the next page: `next` of the page before'),
    'crosswalk erasures --tenant t_k3v9q2m8x7c4b6n5',
  ).action(({ tenant, limit, before }: { tenant?: string; limit?: string; before?: string }) => {
    const list = async (tenantId?: string) => {
      const answer = await cli.api().get<ErasurePage>(`/v1/erasures${query({ tenantId, limit, before })}`);
      cli.answer(answer, showErasures);
      if (answer.next !== null) cli.hint(`More: the same with --before ${answer.next}`);
    };
    return tenant === undefined || isTenantId(tenant) ? list(tenant) : cli.tenant(tenant, list);
  });
}

const isTenantId = (named: string): boolean => /^t_[a-z0-9]{16,}$/.test(named);

function showChains(page: Page, { intact, chains }: AuditVerification): void {
  page.table(chains, [
    { title: 'Chain', value: ({ chain }) => chain },
    { title: 'Entries', value: ({ entries }) => String(entries) },
    { title: 'Signed to', value: ({ signedTo }) => signedTo ?? '' },
    { title: 'Newest', value: ({ head }) => (head === null ? '' : `${head.seq} ${head.hash}`), wraps: 'text' },
  ]);
  for (const { chain, problems } of chains)
    for (const { code, message } of problems) page.line(`${chain}: ${message} (${code})`);
  page.line(intact ? 'The trail is as it was written.' : 'The trail is not as it was written.');
}

function showFile(page: Page, { intact, lines, problems }: ExportReport): void {
  for (const { line, message } of problems) page.line(`Line ${line}: ${message}`);
  page.line(
    `${lines} lines: ${intact ? 'each is as it was written, and none is missing between them' : 'not as written'}.`,
  );
}

function showErasures(page: Page, { erasures }: ErasurePage): void {
  if (erasures.length === 0) page.line('Nothing was erased.');
  else
    page.table(erasures, [
      { title: 'Id', value: ({ id }) => id },
      { title: 'When', value: ({ at }) => page.ago(at) },
      { title: 'Tenant', value: ({ tenantId }) => tenantId },
      { title: 'What', value: ({ kind, object }) => (object === null ? kind : `${kind} (${object})`) },
      { title: 'By', value: ({ actor }) => actor, wraps: 'name' },
      {
        title: 'Rows',
        value: ({ counts }) =>
          Object.entries(counts)
            .map(([table, rows]) => `${table} ${rows}`)
            .join(', ') || 'none',
        wraps: 'text',
      },
    ]);
}
