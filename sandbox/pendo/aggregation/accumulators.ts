import { type Compiler, type Evaluate, type Row, truthy } from '../expression/compile.ts';
import { compareValues } from '../order.ts';
import { BadRequest } from '../refusals.ts';
import { fieldPath, onlyKeys, type Path, plainObject } from './fields.ts';

/** Collects one value over the rows of a group. */
export interface Accumulator {
  add(row: Row): void;
  result(): unknown;
}

/** One output field of `group` or `reduce`. */
export interface Aggregate {
  path: Path;
  start(): Accumulator;
}

/** `fields` of group and reduce: an object, or a list of objects with one key each. */
export function aggregates(fields: unknown, compiler: Compiler, where: string): Aggregate[] {
  const entries = Array.isArray(fields)
    ? fields.flatMap((field) => Object.entries(plainObject(field, where)))
    : Object.entries(plainObject(fields ?? {}, where));
  return entries.map(([name, how]) => {
    const [kind, ...more] = Object.entries(plainObject(how, `${where} ${name}`));
    if (!kind || more.length > 0) throw new BadRequest(`${where} ${name} needs exactly one aggregator`);
    return { path: fieldPath(name, where), start: aggregator(kind[0], kind[1], compiler, `${where} ${name}`) };
  });
}

function aggregator(name: string, argument: unknown, compiler: Compiler, where: string): () => Accumulator {
  const expression = (source: unknown) => compiler.expression(source, where);
  const numeric = (finish: (values: number[]) => number | null) => {
    const of = expression(argument);
    return () => numbers(of, finish);
  };
  switch (name) {
    case 'count':
      return argument === null ? rows : distinct(counted(argument, expression));
    case 'countIf':
    case 'listIf': {
      const parts = plainObject(argument, where);
      const inner = name === 'countIf' ? 'count' : 'list';
      onlyKeys(parts, [inner, 'if'], where);
      const condition = expression(parts.if);
      const start =
        name === 'countIf' && compiler.around.countIf === 'rows'
          ? rows
          : aggregator(inner, parts[inner] ?? null, compiler, where);
      return () => {
        const all = start();
        return { add: (row) => truthy(condition(row)) && all.add(row), result: all.result };
      };
    }
    case 'sum': {
      const of = expression(argument);
      return () => {
        let sum: number | null = 0;
        return {
          add(row) {
            const value = of(row);
            if (typeof value === 'number') sum = sum === null ? null : sum + value;
            else if (compiler.around.missingInSum === 'null') sum = null;
          },
          result: () => sum,
        };
      };
    }
    case 'avg':
    case 'mean':
      return numeric((values) => (values.length ? total(values) / values.length : null));
    case 'var':
      return numeric(variance);
    case 'stddev':
      return numeric((values) => (values.length ? Math.sqrt(variance(values)!) : null));
    case 'median':
      return numeric((values) =>
        percentile(
          values.sort((a, b) => a - b),
          50,
        ),
      );
    case 'min':
    case 'max': {
      const of = expression(argument);
      const sign = name === 'min' ? -1 : 1;
      const { strings } = compiler.around;
      return () => {
        let best: unknown = null;
        return {
          add(row) {
            const value = of(row);
            if (value !== null && (best === null || compareValues(value, best, strings) * sign > 0)) best = value;
          },
          result: () => best,
        };
      };
    }
    case 'first': {
      const of = expression(argument);
      return () => {
        let first: unknown = null;
        return {
          add(row) {
            first ??= of(row);
          },
          result: () => first,
        };
      };
    }
    case 'list':
    case 'concat': {
      const of = expression(argument);
      const distinct = name === 'list' && compiler.around.distinctLists;
      return () => {
        const list: unknown[] = [];
        const seen = new Set<string>();
        return {
          add(row) {
            const value = of(row);
            if (distinct) {
              const text = JSON.stringify(value);
              if (seen.has(text)) return;
              seen.add(text);
            }
            if (name === 'concat' && Array.isArray(value)) for (const each of value) list.push(each);
            else if (value !== null) list.push(value);
          },
          result: () => list,
        };
      };
    }
    case 'percentiles': {
      const { field, ...levels } = plainObject(argument, where);
      const of = expression(field);
      for (const level of Object.values(levels)) {
        if (typeof level !== 'number' || level < 0 || level > 100)
          throw new BadRequest(`${where}: bad percentile ${JSON.stringify(level)}`);
      }
      return () =>
        numbers(of, (values) => {
          const sorted = values.sort((a, b) => a - b);
          return Object.fromEntries(
            Object.entries(levels).map(([key, level]) => [key, percentile(sorted, level as number)]),
          );
        });
    }
    default:
      throw new BadRequest(`unknown aggregator ${JSON.stringify(name)} in ${where}`);
  }
}

function rows(): Accumulator {
  let count = 0;
  return { add: () => void count++, result: () => count };
}

/** What `count` counts: a field or expression, or a list of them taken together. */
function counted(argument: unknown, expression: (source: unknown) => Evaluate): Evaluate {
  if (!Array.isArray(argument)) return expression(argument);
  const parts = argument.map(expression);
  return (row) => parts.map((part) => part(row));
}

function distinct(of: Evaluate): () => Accumulator {
  return () => {
    const seen = new Set<unknown>();
    return {
      add(row) {
        const value = of(row);
        if (value !== null)
          seen.add(
            typeof value === 'object' ? `o${JSON.stringify(value)}` : typeof value === 'string' ? `s${value}` : value,
          );
      },
      result: () => seen.size,
    };
  };
}

function numbers(of: Evaluate, finish: (values: number[]) => unknown): Accumulator {
  const values: number[] = [];
  return {
    add(row) {
      const value = of(row);
      if (typeof value === 'number') values.push(value);
    },
    result: () => finish(values),
  };
}

function total(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function variance(values: number[]): number | null {
  if (values.length === 0) return null;
  const mean = total(values) / values.length;
  return total(values.map((value) => (value - mean) ** 2)) / values.length;
}

/** Linear between neighbours. */
function percentile(sorted: number[], level: number): number | null {
  if (sorted.length === 0) return null;
  const place = ((sorted.length - 1) * level) / 100;
  const low = sorted[Math.floor(place)]!;
  return low + (sorted[Math.ceil(place)]! - low) * (place % 1);
}
