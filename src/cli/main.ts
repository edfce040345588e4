/** `crosswalk` from a shell. Exit codes: 0 done, 1 a difference or a run that did not succeed, 2 refused or misused. */
import { CommanderError } from 'commander';
import { createProgram } from './program.ts';

const program = createProgram({
  env: process.env,
  print: (line) => console.log(line),
  exit: (code) => {
    process.exitCode = code;
  },
});

program.parseAsync().catch((error: unknown) => {
  // What commander throws it has printed already; it ends with 0 where help was asked for.
  if (error instanceof CommanderError && error.exitCode === 0) return;
  if (!(error instanceof CommanderError)) console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
