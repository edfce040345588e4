import { BadRequest } from '../refusals.ts';
import { bulkExpand, expand, fork, join, merge, segment } from './combining.ts';
import { onlyKeys, plainObject } from './fields.ts';
import type { Request, RowSource, Step } from './flow.ts';
import { group, reduce } from './grouping.ts';
import { type Operator, rowOperators } from './operators.ts';
import { compileSource } from './source.ts';

/** A compiled pipeline: one run for each period of an iterative time series, else exactly one. */
export interface Pipeline {
  runs: Run[];
  steps: Step[];
  /** Does the source have a time series? Then the answer carries `startTime`. */
  startTime?: number;
  iterative: boolean;
}

export interface Run {
  /** Start of the period. */
  start?: number;
  /** Several for a spawn. */
  branches: { source: RowSource; steps: Step[] }[];
}

const operators: Record<string, Operator> = {
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
  return sortsBeforeLimits(stepsOf(pipeline)).map(([name, argument], i, all) => {
    if (name === 'source' || name === 'spawn') throw new BadRequest(`${name} must come first in a pipeline`);
    const operator = Object.hasOwn(operators, name) ? operators[name] : undefined;
    if (!operator) throw new BadRequest(`unknown operator ${JSON.stringify(name)}`);
    return operator(argument, request, all[i + 1]);
  });
}

/**
 * Moves each sort behind the filters that follow it, which changes nothing but its cost: one that stands right before
 * a limit needs to keep no more rows than the limit lets through.
 */
function sortsBeforeLimits(steps: [string, unknown][]): [string, unknown][] {
  const out = [...steps];
  for (let i = out.length - 2; i >= 0; i--) {
    for (let at = i; out[at]![0] === 'sort' && ['filter', 'identified'].includes(out[at + 1]?.[0] ?? ''); at++) {
      [out[at], out[at + 1]] = [out[at + 1]!, out[at]!];
    }
  }
  return out;
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
  if (name === 'accounts' && request.truth.switches().pendoSegmentAccounts === 'refused') {
    if (rest.some(([operator]) => operator === 'segment')) throw new BadRequest('segment needs a source of visitors');
  }
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
