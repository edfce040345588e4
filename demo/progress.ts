/** One line per step of a run, rewritten in place on a terminal, told from time to time elsewhere. */
import type { WriteStream } from 'node:tty';
import type { RunView, StepFigures } from './runs.ts';

const names = { hubspot: 'read HubSpot', pendo: 'read Pendo', pull: 'to Pendo', push: 'to HubSpot' } as const;
const quietMs = 3000;

export class ProgressLines {
  readonly #out: WriteStream | NodeJS.WriteStream;
  readonly #runs = new Map<string, RunView>();
  #drawn = 0;
  #toldAt = 0;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  show(run: RunView): void {
    this.#runs.set(run.object, run);
    const lines = [...this.#runs.values()].flatMap(describe);
    if (this.#out.isTTY) {
      this.#out.write(
        `${this.#drawn > 0 ? `\u001b[${this.#drawn}A` : ''}${lines.map((line) => `\u001b[2K${line}\n`).join('')}`,
      );
      this.#drawn = Math.max(this.#drawn, lines.length);
    } else if (Date.now() - this.#toldAt > quietMs) {
      this.#toldAt = Date.now();
      this.#out.write(`${lines.join('\n')}\n`);
    }
  }

  end(): void {
    if (!this.#out.isTTY) for (const run of this.#runs.values()) this.#out.write(`${describe(run).join('\n')}\n`);
  }
}

/** Always as many lines for a run, so that they can be rewritten. */
function describe({ object, state, phase, progress }: RunView): string[] {
  const steps = (Object.keys(names) as (keyof typeof names)[]).map((step) => {
    const figures = progress[step];
    return `    ${names[step].padEnd(13)}${figures ? tell(figures) : ''}`;
  });
  return [`  ${object}: ${state}, ${phase}`, ...steps];
}

function tell({ done, total, rate, left }: StepFigures): string {
  const of = total === null ? '' : ` of ${total}`;
  const speed = rate === null ? '' : `, ${rate} a second`;
  return `${done}${of}${speed}${left === null ? '' : `, ${left} s left`}`;
}
