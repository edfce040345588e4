/** `crosswalk apply`, `diff` and `export`: a tenant's set-up as a file. */
import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { type Applied, applyTenant, exportTenant, planFile } from '../apply-tenant.ts';
import { outputOption, tenantArgument, withExamples } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import type { Page } from '../print/page.ts';
import { shownValue } from '../print/value.ts';
import { readText } from '../secret-input.ts';
import type { TenantFile } from '../tenant-file/file.ts';
import { variablePrefix } from '../tenant-file/variables.ts';

interface FileOptions {
  file: string;
  credentials?: boolean;
  var: string[];
}

const fileOption = ['-f, --file <path>', 'the file; - is standard input'] as const;
const credentialsOption = ['--credentials', 'send credentials again although the connections work'] as const;
const variableOption = () =>
  new Option(
    '--var <name>',
    `let the file name this variable of the environment for a credential, beside those that begin with ${variablePrefix}; may be repeated`,
  )
    .argParser((name: string, before: string[]) => [...before, name])
    .default([], 'none');

export function tenantFileCommands(program: Command, cli: Cli): void {
  applyCommand(program, cli);
  diffCommand(program, cli);
  exportCommand(program, cli);
}

/** Reading files takes all rules of a configuration: loaded where it is needed. */
async function readTenants(cli: Cli, options: FileOptions): Promise<TenantFile[]> {
  const { readTenantFile } = await import('../tenant-file/file.ts');
  return readTenantFile(readText(options.file), { env: cli.terminal.env, allowed: options.var });
}

function applyCommand(program: Command, cli: Cli): void {
  withExamples(
    program
      .command('apply')
      .description('make tenants what a file says; nothing is done where nothing differs')
      .requiredOption(...fileOption)
      .option(...credentialsOption)
      .addOption(variableOption()),
    'crosswalk apply -f acme.yaml',
  ).action(async (options: FileOptions) => {
    const steps: Applied[] = [];
    // A step is shown when it begins: after a refusal it is the last one.
    const begins = (step: Applied) => {
      if (!cli.json()) cli.answer(step, showStep);
    };
    const done = (step: Applied) => {
      steps.push(step);
      if (step.secret !== undefined && !cli.json())
        cli.answer(step, (page, { secret }) => page.line(`signing secret, shown this once: ${secret}`, 2));
    };
    for (const tenant of await readTenants(cli, options)) await applyTenant(cli.api(), tenant, options, begins, done);
    if (cli.json() || steps.length === 0) cli.answer({ steps }, (page) => page.line('Nothing to do.'));
  });
}

function diffCommand(program: Command, cli: Cli): void {
  withExamples(
    program
      .command('diff')
      .description('show what apply would do; exit code 1 when there is something')
      .requiredOption(...fileOption)
      .option(...credentialsOption)
      .addOption(variableOption()),
    'crosswalk diff -f acme.yaml',
  ).action(async (options: FileOptions) => {
    const steps: Applied[] = [];
    for (const tenant of await readTenants(cli, options)) steps.push(...(await planFile(cli.api(), tenant, options)));
    cli.answer({ steps }, (page, shown) => {
      for (const step of shown.steps) showStep(page, step);
      if (shown.steps.length === 0) page.line('No difference.');
    });
    if (steps.length > 0) cli.terminal.exit(1);
  });
}

function exportCommand(program: Command, cli: Cli): void {
  withExamples(
    program
      .command('export')
      .description('write a tenant as a file that apply takes; credentials are named, not written')
      .addArgument(tenantArgument())
      .addOption(outputOption()),
    'crosswalk export crm-4711 -o acme.yaml',
  ).action((named: string, { output }: { output?: string }) =>
    cli.tenant(named, async (id) => {
      const { writeTenantFile } = await import('../tenant-file/file.ts');
      const exported = await exportTenant(cli.api(), id);
      const text = writeTenantFile(exported);
      if (output === undefined) cli.file(exported, text);
      else await writeFile(output, text);
    }),
  );
}

function showStep(page: Page, { tenant, does, differences }: Applied): void {
  page.line(`${tenant}: ${does}`);
  for (const { path, from, to } of differences)
    page.line(
      `${path}: ${shownValue(from, Number.POSITIVE_INFINITY)} → ${shownValue(to, Number.POSITIVE_INFINITY)}`,
      2,
    );
}
