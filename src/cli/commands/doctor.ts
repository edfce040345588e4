/** `crosswalk doctor`: what may be wrong with an installation, and what to do. */
import type { Command } from 'commander';
import { withExamples } from '../arguments.ts';
import type { Cli } from '../cli.ts';

const marks = { ok: 'ok', warning: 'warning', failed: 'FAILED' } as const;

export function doctorCommand(program: Command, cli: Cli): void {
  withExamples(
    program
      .command('doctor')
      .description(
        'check database, Temporal, keys, clocks and the way to both vendors, with the environment of the processes; exit code 1 where something failed',
      ),
    'crosswalk doctor',
  ).action(async () => {
    // Temporal's packages take a second to load, and hardly any other command needs them.
    const { examine } = await import('../doctor/doctor.ts');
    const checks = await examine(cli.terminal.env);
    cli.answer({ checks }, (page, { checks: all }) => {
      for (const { name, state, message, fix } of all) {
        page.line(`${marks[state].padEnd(8)} ${name}: ${message}`);
        if (fix !== '') page.line(`         ${fix}`);
      }
    });
    if (checks.some(({ state }) => state === 'failed')) cli.terminal.exit(1);
  });
}
