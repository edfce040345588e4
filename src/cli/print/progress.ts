/** How far a run is: a line on the run and a bar for each of its steps, as wide as the terminal. */
import stringWidth from 'string-width';
import { count, duration } from './times.ts';
import { type Paint, toneOf } from './tones.ts';

interface StepFigures {
  done: number;
  total: number | null;
  rate: number | null;
  left: number | null;
}

export interface RunProgress {
  id: string;
  object: string;
  state: string;
  phase: string;
  reason: { message: string } | null;
  progress: Partial<Record<keyof typeof steps, StepFigures>>;
}

const steps = { hubspot: 'read HubSpot', pendo: 'read Pendo', pull: 'write Pendo', push: 'write HubSpot' } as const;
const labelWidth = Math.max(...Object.values(steps).map((label) => label.length));

/** Always as many lines for a run, so that nothing jumps. */
export function progressLines(run: RunProgress, width: number, paint: Paint): string[] {
  const head = `Run ${run.id}, ${run.object}: `;
  const waits = run.reason === null ? '' : ` – ${run.reason.message}`;
  const rest = cut(`${run.state === 'running' ? run.phase : run.state}${waits}`, width - head.length);
  const bars = (Object.keys(steps) as (keyof typeof steps)[]).map((step) =>
    bar(steps[step], run.progress[step], width, paint),
  );
  return [head + paint(toneOf(run.state), rest), ...bars];
}

/** The same for a log: one line. */
export function progressLine(run: RunProgress): string {
  const parts = (Object.keys(steps) as (keyof typeof steps)[]).flatMap((step) => {
    const figures = run.progress[step];
    return figures === undefined ? [] : [`${steps[step]} ${ofTotal(figures)}`];
  });
  return [`Run ${run.id}, ${run.object}: ${run.state === 'running' ? run.phase : run.state}`, ...parts].join(', ');
}

function bar(label: string, figures: StepFigures | undefined, width: number, paint: Paint): string {
  const start = `  ${label.padEnd(labelWidth)}  `;
  if (figures === undefined) return paint('dim', start.trimEnd());
  const { total, done, left, rate } = figures;
  const share = total === null || total === 0 ? (total === 0 ? 1 : undefined) : Math.min(1, done / total);
  const size = Math.max(8, Math.min(30, width - start.length - 36));
  const filled = share === undefined ? 0 : Math.round(share * size);
  const drawn = paint(share === 1 ? 'good' : 'wait', '█'.repeat(filled)) + paint('dim', '░'.repeat(size - filled));
  const more = [
    ofTotal(figures),
    ...(rate === null || share === 1 ? [] : [`${count(Math.round(rate))}/s`]),
    ...(left === null || share === 1 ? [] : [`${duration(left)} left`]),
  ].join('  ');
  return `${start}${drawn}  ${cut(more, width - start.length - size - 2)}`;
}

function ofTotal({ done, total }: StepFigures): string {
  return total === null ? count(done) : `${count(done)} of ${count(total)}`;
}

function cut(text: string, width: number): string {
  return stringWidth(text) <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}
