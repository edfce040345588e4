/** The `crosswalk` command. Talks to the API; only `keys rotate` opens the database, and `replay` Temporal. */
import { readFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { apiDocument } from '../api/document.ts';
import { type ApiClient, createClient } from './api-client.ts';
import { keyCommands } from './keys.ts';
import { peopleCommands } from './people.ts';
import { replayCommand } from './replay.ts';
import { runCommands } from './runs.ts';
import { tenantCommands } from './tenants.ts';
import type { Terminal } from './terminal.ts';

export function createProgram(terminal: Terminal, send?: typeof fetch): Command {
  const program = new Command('crosswalk')
    .description('A two-way sync between HubSpot and Pendo')
    .option('--url <url>', 'address of the API (CROSSWALK_URL)')
    .option('--key-file <path>', 'file that holds the API key; else CROSSWALK_KEY')
    // Inherited by the commands. Misuse is thrown, so that the caller decides what the exit code is.
    .exitOverride();
  const client = (): ApiClient => {
    const options = program.opts<{ url?: string; keyFile?: string }>();
    const url = options.url ?? terminal.env.CROSSWALK_URL ?? 'http://127.0.0.1:8080';
    const key =
      options.keyFile === undefined ? terminal.env.CROSSWALK_KEY : readFileSync(options.keyFile, 'utf8').trim();
    if (!key) throw new Error('An API key is needed: set CROSSWALK_KEY, or name a file with --key-file.');
    return createClient({ url: url.replace(/\/+$/, ''), key, fetch: send });
  };
  tenantCommands(program, client, terminal);
  runCommands(program, client, terminal);
  peopleCommands(program, client, terminal);
  keyCommands(program, client, terminal);
  replayCommand(program, client, terminal);
  program
    .command('openapi')
    .description('write the API document')
    .option('-o, --output <path>', 'where to; standard output when left out')
    .action((options: { output?: string }) => {
      const text = `${JSON.stringify(apiDocument(), null, 2)}\n`;
      if (options.output === undefined) terminal.print(text.trimEnd());
      else writeFileSync(options.output, text);
    });
  return program;
}
