/** `crosswalk` from a shell. Exit codes: 0 done, 1 a difference or a run that did not succeed, 2 refused or misused. */
import { CommanderError } from 'commander';
import { wrapped } from './print/table.ts';
import { visible, visibleJson } from './print/visible-text.ts';
import { problemJson, problemLines } from './problem.ts';
import { processTerminal } from './process-terminal.ts';
import { createProgram } from './program.ts';

const program = createProgram(processTerminal());

// A reader that has seen enough, like `head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

program.parseAsync().catch((error: unknown) => {
  // What commander throws it has printed already; it ends with 0 where help was asked for.
  if (error instanceof CommanderError && error.exitCode === 0) return;
  process.exitCode = 2;
  if (error instanceof CommanderError) return;
  if (program.opts<{ json?: true }>().json) {
    console.error(visibleJson(problemJson(error)));
    return;
  }
  const width = process.stderr.isTTY ? process.stderr.columns : Number.POSITIVE_INFINITY;
  for (const line of problemLines(error)) console.error(wrapped(visible(line), width).join('\n'));
});
