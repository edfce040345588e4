/** What many commands take, named and described the same everywhere. */
import { Argument, type Command, Option } from 'commander';
import type { SyncObject } from '../sync/config.ts';

const objects = ['visitor', 'account'] as const satisfies readonly SyncObject[];

export const tenantArgument = () => new Argument('<tenant>', 'its id, external id or name');
export const objectArgument = () =>
  new Argument('<object>', 'visitor (contacts) or account (companies)').choices(objects);
export const runArgument = () => new Argument('<run>', 'the number of the run');
export const vendorArgument = () => new Argument('<vendor>').choices(['hubspot', 'pendo']);
export const limitOption = () => new Option('-n, --limit <n>', 'at most so many, up to 200');
export const outputOption = () => new Option('-o, --output <path>', 'a file to write to; left out: standard output');

/** Every command shows how it is typed. */
export function withExamples(command: Command, ...lines: [string, ...string[]]): Command {
  return command.addHelpText(
    'after',
    `\nExample${lines.length > 1 ? 's' : ''}:\n${lines.map((line) => `  $ ${line}`).join('\n')}`,
  );
}

/** A command about one sync of one tenant. */
export function aboutSync(sync: Command, name: string, description: string, ...examples: string[]): Command {
  return withExamples(
    sync.command(name).description(description).addArgument(tenantArgument()).addArgument(objectArgument()),
    `crosswalk sync ${name} crm-4711 visitor`,
    ...examples,
  );
}

/** The name under which `example` and messages refer to a run. */
export function quoted(argument: string): string {
  return /^[\w.@:/-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
