import { BadRequest } from '../refusals.ts';
import { functions, type PipelineFunction, type Surroundings } from './functions.ts';
import { parseExpression } from './parse.ts';
import type { BinaryOperator, Node } from './tree.ts';

export type Row = Record<string, unknown>;
/** Never returns undefined: what is missing is null. */
export type Evaluate = (row: Row) => unknown;

export interface Compiler {
  /** Compiles an expression over rows. Throws BadRequest when it cannot be understood. */
  expression(source: unknown, where: string): Evaluate;
  node(tree: Node): Evaluate;
  /** Evaluates an expression that stands outside any row: a name that is not a function is refused. */
  constant(source: string): unknown;
  around: Surroundings;
}

/** One compiler per request: it folds what does not depend on the row, `now()` included. */
export function createCompiler(around: Surroundings): Compiler {
  const known = functions(around);

  function call(name: string, parameters: Node[], rowless: boolean): Evaluate {
    const found: PipelineFunction | undefined = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!found) throw new BadRequest(`unknown function ${name}`);
    const [fewest, most] = found.arity;
    if (parameters.length < fewest || parameters.length > most) {
      throw new BadRequest(`${name} takes ${fewest === most ? fewest : `${fewest} to ${most}`} arguments`);
    }
    const [a, b, c, ...more] = parameters.map((parameter) => compile(parameter, rowless));
    const { apply } = found;
    if (name === 'if') return (row) => (truthy(a!(row)) ? b!(row) : c!(row));
    let evaluate: Evaluate;
    if (!a) evaluate = () => apply();
    else if (!b) evaluate = (row) => apply(a(row));
    else if (!c) evaluate = (row) => apply(a(row), b(row));
    else evaluate = (row) => apply(a(row), b(row), c(row), ...more.map((each) => each(row)));
    return parameters.every((parameter) => parameter.kind === 'literal') ? fold(evaluate) : evaluate;
  }

  function compile(node: Node, rowless = false): Evaluate {
    switch (node.kind) {
      case 'literal': {
        const { value } = node;
        return () => value;
      }
      case 'field':
        if (rowless) throw new BadRequest(`unknown name ${node.path.join('.')}`);
        if (node.path[0] === 'properties' && node.path.length > 1 && around.propertyPaths === 'refused')
          throw new BadRequest('properties has no members');
        return readPath(node.path);
      case 'index': {
        const of = compile(node.of, rowless);
        const index = compile(node.index, rowless);
        return (row) => member(of(row), index(row) as string);
      }
      case 'not': {
        const of = compile(node.of, rowless);
        return (row) => !truthy(of(row));
      }
      case 'negative': {
        const of = compile(node.of, rowless);
        if (node.of.kind === 'literal') return fold((row) => negative(of(row)));
        return (row) => negative(of(row));
      }
      case 'binary':
        return binary(node, rowless);
      case 'call':
        return call(node.name, node.arguments, rowless);
    }
  }

  function binary(node: Node & { kind: 'binary' }, rowless: boolean): Evaluate {
    if (node.operator === '&&' || node.operator === '||') {
      const terms = chain(node, node.operator).map((term) => compile(term, rowless));
      const stopsAt = node.operator === '||';
      return (row) => {
        for (const term of terms) if (truthy(term(row)) === stopsAt) return stopsAt;
        return !stopsAt;
      };
    }
    const left = compile(node.left, rowless);
    const right = compile(node.right, rowless);
    const { compared: strings } = around;
    const compared = (test: (order: number) => boolean): Evaluate => {
      return (row) => {
        const a = left(row);
        const b = right(row);
        if (typeof a === 'number' && typeof b === 'number') return test(a - b);
        if (typeof a === 'string' && typeof b === 'string') return test(strings(a, b));
        return false;
      };
    };
    switch (node.operator) {
      case '==':
        return (row) => equal(left(row), right(row));
      case '!=':
        return (row) => !equal(left(row), right(row));
      case '<':
        return compared((order) => order < 0);
      case '<=':
        return compared((order) => order <= 0);
      case '>':
        return compared((order) => order > 0);
      case '>=':
        return compared((order) => order >= 0);
      default:
        return arithmetic(node.operator, left, right);
    }
  }

  return {
    around,
    node: (tree) => compile(tree),
    expression(source, where) {
      if (typeof source !== 'string')
        throw new BadRequest(`${where} needs an expression, not ${JSON.stringify(source)}`);
      return compile(parseExpression(source));
    },
    constant: (source) => compile(parseExpression(source), true)({}),
  };
}

/** The terms of `a && b && c`, however the parser nested them; long OR lists would overflow the stack otherwise. */
export function chain(node: Node, operator: '&&' | '||'): Node[] {
  const terms: Node[] = [];
  const open: Node[] = [node];
  while (open.length > 0) {
    const next = open.pop()!;
    if (next.kind === 'binary' && next.operator === operator) open.push(next.right, next.left);
    else terms.push(next);
  }
  return terms;
}

/** Reads `a.b[0].c`; whatever is missing on the way makes it null. */
export function readPath(path: (string | number)[]): Evaluate {
  if (path.includes('__proto__')) throw new BadRequest('__proto__ is no field');
  const [first, second, ...rest] = path as string[];
  if (second === undefined) return (row) => own(row, first!);
  if (rest.length === 0) return (row) => member(own(row, first!), second);
  const tail = [second, ...rest];
  return (row) => {
    let value: unknown = own(row, first!);
    for (const key of tail) value = member(value, key);
    return value;
  };
}

function own(row: Row, name: string): unknown {
  const value = row[name];
  return value === undefined || typeof value === 'function' ? null : value;
}

function member(of: unknown, key: string | number): unknown {
  if (typeof of !== 'object' || of === null || !Object.hasOwn(of, key)) return null;
  return (of as Row)[key] ?? null;
}

export function truthy(value: unknown): boolean {
  return value !== null && value !== false && value !== 0 && value !== '';
}

function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  return (
    typeof a === 'object' &&
    typeof b === 'object' &&
    a !== null &&
    b !== null &&
    JSON.stringify(a) === JSON.stringify(b)
  );
}

function negative(value: unknown): number | null {
  return typeof value === 'number' ? -value : null;
}

/** On numbers; `+` also joins strings. Anything else, and what is not finite, is null: nothing to add up. */
function arithmetic(operator: BinaryOperator, left: Evaluate, right: Evaluate): Evaluate {
  return (row) => {
    const a = left(row);
    const b = right(row);
    if (operator === '+' && typeof a === 'string' && typeof b === 'string') return a + b;
    if (typeof a !== 'number' || typeof b !== 'number') return null;
    const result =
      operator === '+' ? a + b : operator === '-' ? a - b : operator === '*' ? a * b : operator === '/' ? a / b : a % b;
    return Number.isFinite(result) ? result : null;
  };
}

function fold(evaluate: Evaluate): Evaluate {
  const value = evaluate({});
  return () => value;
}
