/**
 * `crosswalk completion`: for bash, zsh, fish and PowerShell, from the program's own commands. The scripts ask the hidden
 * command `complete` at each press of Tab, so they stay right when commands change.
 */
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import createCompletion from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { withExamples } from '../arguments.ts';

/** After every other command. */
export function completionCommands(program: Command): void {
  const root = createCompletion(program, { completionCommandName: 'completion' });
  const completion = program.commands.find((command) => command.name() === 'completion');
  if (completion === undefined) throw new Error('the completion library names its command otherwise');
  withExamples(
    completion.description('print a script that completes commands in your shell'),
    'source <(crosswalk completion bash)      # in ~/.bashrc',
    'source <(crosswalk completion zsh)       # in ~/.zshrc',
    'crosswalk completion fish | source       # in ~/.config/fish/config.fish',
  );
  const files = (complete: (value: string, description: string) => void): void => {
    for (const name of filesLike(process.argv.at(-1) ?? '')) complete(name, '');
  };
  for (const [name, command] of root.commands) {
    const known = name
      .split(' ')
      .reduce<Command | undefined>((at, part) => at?.commands.find((each) => each.name() === part), program);
    for (const option of known?.options ?? [])
      if (/<path>/.test(option.flags) && option.long)
        command.option(option.long.slice(2), option.description, files, option.short?.slice(1));
    // The options of the program are taken everywhere.
    for (const option of program.options)
      if (option.long) {
        if (option.required)
          command.option(
            option.long.slice(2),
            option.description,
            option.long === '--key-file' ? files : () => undefined,
          );
        else command.option(option.long.slice(2), option.description);
      }
  }
}

function filesLike(typed: string): string[] {
  const folder = typed.endsWith('/') ? typed : dirname(typed);
  const start = typed.endsWith('/') ? '' : basename(typed);
  try {
    return readdirSync(folder === '' ? '.' : folder, { withFileTypes: true })
      .filter((entry) => entry.name.startsWith(start) && (start.startsWith('.') || !entry.name.startsWith('.')))
      .map(
        (entry) => `${typed.includes('/') ? join(folder, entry.name) : entry.name}${entry.isDirectory() ? '/' : ''}`,
      );
  } catch {
    return [];
  }
}
