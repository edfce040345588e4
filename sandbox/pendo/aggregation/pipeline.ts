import { setImmediate as turn } from 'node:timers/promises';
import type { Row } from '../expression/compile.ts';
import { BadRequest } from '../refusals.ts';
import { bulkExpand, expand, fork, join, merge, segment } from './combining.ts';
import { onlyKeys, plainObject } from './fields.ts';
import { type Flow, type Request, type RowSource, type Sink, type Step, unordered } from './flow.ts';
import { group, reduce } from './grouping.ts';
import { rowOperators } from './operators.ts';
import { compileSource } from './source.ts';

/** A compiled pipeline: one run for each period of an iterative time series, else exactly one. */
export interface Pipeline {
  runs: Run[];
  steps: Step[];
  /** Does the source have a time series? Then the answer carries `startTime`. */
  startTime?: number;
  iterative: boolean;
}

interface Run {
  /** Start of the period. */
  start?: number;
  /** Several for a spawn. */
  branches: { source: RowSource; steps: Step[] }[];
}

const operators: Record<string, (argument: unknown, request: Request) => Step> = {
  ...rowOperators,
  group,
  reduce,
  merge,
  fork,
  join,
  bulkExpand,
  expand,
  segment,
};

/** How long rows may flow before other requests get a turn. */
const SLICE_MS = 12;

/** `[[name, argument]]` of every step; each step is an object with one key. */
function stepsOf(pipeline: unknown): [string, unknown][] {
  if (!Array.isArray(pipeline)) throw new BadRequest('pipeline must be a list of operators');
  return pipeline.map((step) => {
    const entries = Object.entries(plainObject(step, 'pipeline'));
    if (entries.length !== 1) throw new BadRequest(`an operator needs exactly one key: ${JSON.stringify(step)}`);
    return entries[0]!;
  });
}

export function compileSteps(pipeline: unknown, request: Request): Step[] {
  return stepsOf(pipeline).map(([name, argument]) => {
    if (name === 'source' || name === 'spawn') throw new BadRequest(`${name} must come first in a pipeline`);
    const operator = Object.hasOwn(operators, name) ? operators[name] : undefined;
    if (!operator) throw new BadRequest(`unknown operator ${JSON.stringify(name)}`);
    return operator(argument, request);
  });
}

/** Compiles a whole pipeline. Throws BadRequest for anything not understood. A nested one cannot be iterative. */
export function compilePipeline(pipeline: unknown, request: Request, place: 'top' | 'nested'): Pipeline {
  const [first, ...rest] = stepsOf(pipeline);
  if (!first) throw new BadRequest('pipeline is empty');
  const steps = compileSteps(
    rest.map(([name, argument]) => ({ [name]: argument })),
    request,
  );
  if (first[0] === 'spawn') {
    if (!Array.isArray(first[1]) || first[1].length === 0) throw new BadRequest('spawn needs a list of pipelines');
    const branches = first[1].map((branch) => compilePipeline(branch, request, 'nested'));
    return {
      steps,
      iterative: false,
      runs: [
        {
          branches: branches.flatMap((branch) =>
            branch.runs[0]!.branches.map((each) => ({ source: each.source, steps: [...each.steps, ...branch.steps] })),
          ),
        },
      ],
    };
  }
  if (first[0] !== 'source') throw new BadRequest('a pipeline must start with source or spawn');
  const source = plainObject(first[1], 'source');
  const { timeSeries, ...named } = source;
  if (Object.keys(named).length !== 1) throw new BadRequest('only a single source is allowed');
  onlyKeys(named, Object.keys(named), 'source');
  const [name, parameters] = Object.entries(named)[0]!;
  const compiled = compileSource({ name, parameters, timeSeries, following: rest }, request);
  if (compiled.iterative && place === 'nested')
    throw new BadRequest('an iterative period cannot be used in a nested pipeline');
  return {
    steps,
    iterative: compiled.iterative,
    startTime: compiled.startTime,
    runs: compiled.periods.map(({ start, source: rows }) => ({ start, branches: [{ source: rows, steps: [] }] })),
  };
}

export function chainSteps(steps: Step[], last: Sink, flow: Flow): Sink {
  const flows = [flow];
  for (const step of steps) flows.push(step.flow(flows.at(-1)!));
  return steps.reduceRight((next, step, i) => step.link(next, flows[i]!), last);
}

/** Runs one period of a pipeline and hands its rows to `last`, giving others a turn now and then. */
async function run(pipeline: Pipeline, { branches }: Run, last: Sink): Promise<void> {
  const several = branches.length > 1;
  const shared = several ? chainSteps(pipeline.steps, last, unordered) : undefined;
  let sliceEnds = performance.now() + SLICE_MS;
  for (const { source, steps } of branches) {
    const sink = shared
      ? chainSteps(steps, { push: (row) => shared.push(row), end: () => {} }, source.flow)
      : chainSteps([...steps, ...pipeline.steps], last, source.flow);
    let count = 0;
    for (const unit of source.units()) {
      if (!source.emit(unit, sink)) break;
      if ((++count & 63) === 0 && performance.now() > sliceEnds) {
        await turn();
        sliceEnds = performance.now() + SLICE_MS;
      }
    }
    sink.end();
  }
  shared?.end();
}

async function prepare(pipeline: Pipeline): Promise<void> {
  const branchSteps = pipeline.runs.flatMap(({ branches }) => branches.flatMap(({ steps }) => steps));
  for (const step of new Set([...branchSteps, ...pipeline.steps])) await step.prepare?.();
}

/** All rows of a pipeline, of its only period. */
export async function collect(pipeline: Pipeline, request: Request): Promise<Row[]> {
  return (await collectPeriods(pipeline, request))[0]?.rows ?? [];
}

export async function collectPeriods(pipeline: Pipeline, request: Request): Promise<{ start?: number; rows: Row[] }[]> {
  await prepare(pipeline);
  const periods = [];
  for (const each of pipeline.runs) {
    const rows: Row[] = [];
    await run(pipeline, each, {
      push(row) {
        request.hold(1);
        rows.push(row);
        return true;
      },
      end: () => {},
    });
    periods.push({ start: each.start, rows });
  }
  return periods;
}
