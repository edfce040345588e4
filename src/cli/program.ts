/** The `crosswalk` command. Talks to the API; only `keys rotate` and `doctor` open the database, `doctor` and `replay` Temporal. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { type ApiClient, createClient, howToGetAKey } from './api-client.ts';
import type { Cli } from './cli.ts';
import { alertCommands } from './commands/alerts.ts';
import { auditCommand } from './commands/audit.ts';
import { erasureCommand } from './commands/audit-chains.ts';
import { catalogueCommands } from './commands/catalogue.ts';
import { completionCommands } from './commands/completion.ts';
import { connectionCommands } from './commands/connections.ts';
import { doctorCommand } from './commands/doctor.ts';
import { fleetCommands } from './commands/fleet.ts';
import { installationCommands } from './commands/installation.ts';
import { keyCommands } from './commands/keys.ts';
import { peopleCommands } from './commands/people.ts';
import { recordCommands } from './commands/records.ts';
import { replayCommand } from './commands/replay.ts';
import { runCommands } from './commands/runs.ts';
import { syncCommands } from './commands/syncs.ts';
import { tenantFileCommands } from './commands/tenant-files.ts';
import { tenantCommands } from './commands/tenants.ts';
import { usageCommand } from './commands/usage.ts';
import { verifyCommands } from './commands/verify.ts';
import { withTenant } from './find-tenant.ts';
import { createPage } from './print/page.ts';
import { painter } from './print/tones.ts';
import { visible, visibleAnswer, visibleJson, visibleLines } from './print/visible-text.ts';
import { misuse, Problem } from './problem.ts';
import { secretOf } from './secret-input.ts';
import type { Terminal } from './terminal.ts';

/** In the order of the help. */
const groups: [string, ((program: Command, cli: Cli) => void)[]][] = [
  ['See how it is going:', [fleetCommands, usageCommand]],
  [
    'Set up:',
    [
      tenantCommands,
      connectionCommands,
      verifyCommands,
      catalogueCommands,
      syncCommands,
      alertCommands,
      tenantFileCommands,
    ],
  ],
  ['Run:', [runCommands]],
  ['Records:', [recordCommands, peopleCommands]],
  [
    'Administer:',
    [keyCommands, auditCommand, erasureCommand, installationCommands, doctorCommand, replayCommand, completionCommands],
  ],
];

export function createProgram(terminal: Terminal, send?: typeof fetch): Command {
  const paint = painter(terminal.colours === true);
  const program = new Command('crosswalk')
    .description('A two-way sync between HubSpot and Pendo')
    .option('--url <url>', 'address of the API (CROSSWALK_URL; default http://127.0.0.1:8080)')
    .option('--key-file <path>', 'file that holds the API key (else CROSSWALK_KEY or CROSSWALK_KEY_FILE)')
    .option('--json', "the API's own answer, for programs")
    // Inherited by the commands. Misuse is thrown, so that the caller decides what the exit code is.
    .exitOverride()
    .configureHelp({
      showGlobalOptions: true,
      minWidthToWrap: 20,
      styleTitle: (title) => paint('head', title),
      // Arguments are in a command's own help; the list is for finding it.
      subcommandTerm: (command) => command.name(),
      ...(terminal.columns !== undefined && { helpWidth: terminal.columns }),
    })
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.note?.(text.trimEnd()),
      getOutHasColors: () => terminal.colours === true,
    })
    .addHelpText(
      'after',
      `
Examples:
  $ crosswalk status
  $ crosswalk why crm-4711 ann@example.com

Exit codes:
  0  done
  1  a difference, a failed test, a run that did not succeed
  2  misuse, or refused`,
    );
  const cli = createCli(program, terminal, send);
  for (const [heading, commands] of groups) {
    program.commandsGroup(heading);
    for (const add of commands) add(program, cli);
  }
  return program;
}

function createCli(program: Command, terminal: Terminal, send: typeof fetch | undefined): Cli {
  const json = () => program.opts<{ json?: true }>().json === true;
  let client: ApiClient | undefined;
  const api = () => (client ??= createClient({ ...settings(program, terminal), fetch: send }));
  return {
    terminal,
    api,
    json,
    answer: (answer, text) => {
      if (json()) terminal.print(visibleJson(answer));
      else text(createPage(terminal), visibleAnswer(answer));
    },
    file: (answer, text) => {
      if (json()) terminal.print(visibleJson(answer));
      else terminal.print((terminal.columns === undefined ? text : visibleLines(text)).replace(/\n$/, ''));
    },
    hint: (line) => {
      if (!json()) terminal.note?.(visible(line));
    },
    tenant: (named, then) => withTenant(api(), named, then),
  };
}

function settings(program: Command, { env }: Terminal): { url: string; key: string } {
  const options = program.opts<{ url?: string; keyFile?: string }>();
  const url = options.url ?? env.CROSSWALK_URL ?? 'http://127.0.0.1:8080';
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw misuse(
      `${url} is no address of an API.`,
      'Write it as https://host or http://host:port, in CROSSWALK_URL or --url.',
    );
  }
  const key =
    options.keyFile === undefined ? secretOf(env, 'CROSSWALK_KEY') : readFileSync(options.keyFile, 'utf8').trim();
  if (!key) throw new Problem({ code: 'NO_KEY', message: 'No API key is given.', fix: howToGetAKey });
  if (!/^[\x21-\x7e]+$/.test(key)) throw misuse('The API key holds characters that no key has.', howToGetAKey);
  return { url: url.replace(/\/+$/, ''), key };
}
