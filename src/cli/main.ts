/** `crosswalk` from a shell. Exit codes: 0 done, 1 a difference or a run that did not succeed, 2 refused or misused. */
import { createProgram } from './program.ts';

const program = createProgram({
  env: process.env,
  print: (line) => console.log(line),
  exit: (code) => {
    process.exitCode = code;
  },
});

program.parseAsync().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
