import { setImmediate as turn } from 'node:timers/promises';
import type { Row } from '../expression/compile.ts';
import { type Flow, type Sink, type Step, unordered } from './flow.ts';
import type { Pipeline, Run } from './pipeline.ts';

/** How long rows may flow before other requests get a turn. */
const SLICE_MS = 12;
/** Rows that are handed on together. */
const BATCH = 500;

/** Links steps from the last to the first; rows go into what is returned. */
export function chainSteps(steps: Step[], last: Sink, flow: Flow): Sink {
  const flows = [flow];
  for (const step of steps) flows.push(step.flow(flows.at(-1)!));
  return steps.reduceRight((next, step, i) => step.link(next, flows[i]!), last);
}

/** Does what must be done before rows flow. Once per pipeline. */
export async function prepare(pipeline: Pipeline): Promise<void> {
  const branchSteps = pipeline.runs.flatMap(({ branches }) => branches.flatMap(({ steps }) => steps));
  for (const step of new Set([...branchSteps, ...pipeline.steps])) await step.prepare?.();
}

/** The rows of one period of a pipeline, in batches as they come; never an empty batch. */
export async function* rowsOf(pipeline: Pipeline, { branches }: Run): AsyncGenerator<Row[]> {
  let out: Row[] = [];
  const last: Sink = { push: (row) => out.push(row) > 0, end: () => {} };
  const shared = branches.length > 1 ? chainSteps(pipeline.steps, last, unordered) : undefined;
  let sliceEnds = performance.now() + SLICE_MS;
  for (const { source, steps } of branches) {
    const sink = shared
      ? chainSteps(steps, { push: (row) => shared.push(row), end: () => {} }, source.flow)
      : chainSteps([...steps, ...pipeline.steps], last, source.flow);
    let count = 0;
    for (const unit of source.units()) {
      if (!source.emit(unit, sink)) break;
      if (out.length >= BATCH) {
        yield out;
        out = [];
      }
      if ((++count & 63) === 0 && performance.now() > sliceEnds) {
        await turn();
        sliceEnds = performance.now() + SLICE_MS;
      }
    }
    sink.end();
  }
  shared?.end();
  if (out.length > 0) yield out;
}

/** All rows of one period. */
export async function collect(pipeline: Pipeline, run: Run): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of rowsOf(pipeline, run)) for (const row of batch) rows.push(row);
  return rows;
}
