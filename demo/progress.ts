/** The runs' progress, drawn as the command line draws it: bars on a terminal, a line from time to time elsewhere. */
import { progressLine, progressLines } from '../src/cli/print/progress.ts';
import { painter } from '../src/cli/print/tones.ts';
import { processTerminal } from '../src/cli/process-terminal.ts';
import type { RunView } from './runs.ts';

const quietMs = 3000;

export class ProgressLines {
  readonly #terminal = processTerminal();
  readonly #runs = new Map<string, RunView>();
  #shownAt = 0;

  show(run: RunView): void {
    this.#runs.set(run.object, run);
    const { live } = this.#terminal;
    if (live !== undefined) {
      const paint = painter(live.colours);
      live.show([...this.#runs.values()].flatMap((each) => progressLines(each, live.columns, paint)));
    } else if (Date.now() - this.#shownAt > quietMs) {
      this.#shownAt = Date.now();
      this.#print();
    }
  }

  end(): void {
    this.#terminal.live?.clear();
    this.#print();
  }

  #print(): void {
    for (const run of this.#runs.values()) this.#terminal.print(`  ${progressLine(run)}`);
  }
}
