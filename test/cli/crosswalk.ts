/** The `crosswalk` command against an API of the test's own, in this process. */
import { stripVTControlCharacters } from 'node:util';
import type { Command } from 'commander';
import { problemLines } from '../../src/cli/problem.ts';
import { createProgram } from '../../src/cli/program.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import type { Harness } from '../api/harness.ts';

export interface Ran {
  /** Standard output. */
  out: string;
  /** Hints, and what commander says of misuse. */
  notes: string;
  code: number;
  /** What a person reads of a problem. */
  error: string;
}

export type Crosswalk = (args: string[], env?: Record<string, string>, terminal?: Partial<Terminal>) => Promise<Ran>;

/** @param seen is called with each request, as `GET /v1/tenants` */
export function crosswalkOf(api: () => { harness: Harness; key: string }, seen?: (request: string) => void): Crosswalk {
  const send = ((url: string, init: RequestInit) => {
    seen?.(`${init.method} ${new URL(url).pathname}`);
    return api().harness.app.request(url, init);
  }) as typeof fetch;
  return (args, env = {}, terminal = {}) =>
    runProgram(
      args,
      { env: { CROSSWALK_KEY: api().key, CROSSWALK_URL: 'http://crosswalk.test', ...env }, ...terminal },
      send,
    );
}

export async function runProgram(args: string[], terminal: Partial<Terminal>, send?: typeof fetch): Promise<Ran> {
  const [lines, notes]: [string[], string[]] = [[], []];
  let code = 0;
  const program = createProgram(
    {
      env: {},
      print: (line) => void lines.push(line),
      note: (line) => void notes.push(line),
      exit: (to) => {
        code = to;
      },
      ...terminal,
    },
    send,
  );
  let error = '';
  try {
    await program.parseAsync(['node', 'crosswalk', ...args]);
  } catch (thrown) {
    code = 2;
    error = problemLines(thrown).join('\n');
  }
  return { out: lines.join('\n'), notes: notes.join('\n'), code, error };
}

/** The widest line, as it is seen. */
export function widest(text: string): number {
  return Math.max(...text.split('\n').map((line) => stripVTControlCharacters(line).length));
}

/** The commands that do something, with their names as they are typed. */
export function commandsOf(program: Command, before = ''): { name: string; command: Command }[] {
  return program.commands
    .filter((each) => each.name() !== 'complete')
    .flatMap((command) => {
      const name = `${before}${command.name()}`;
      const below = commandsOf(command, `${name} `);
      const isGroup = below.length > 0 && command.registeredArguments.length === 0;
      return isGroup ? below : [{ name, command }, ...below];
    });
}
