import { type Row, truthy } from '../expression/compile.ts';
import { BadRequest } from '../refusals.ts';
import { fieldPath, fieldReader, onlyKeys, plainObject, setPath } from './fields.ts';
import { type Flow, type Request, type Step, unordered } from './flow.ts';
import { sort } from './sort.ts';

/** Compiles one operator; `next` is the one behind it, for what can be done with less work knowing it. */
export type Operator = (argument: unknown, request: Request, next?: [name: string, argument: unknown]) => Step;

const same = (flow: Flow) => flow;

/** Operators that look at one row at a time, and those that cut the stream. */
export const rowOperators: Record<string, Operator> = {
  filter(argument, { compiler }) {
    const test = compiler.expression(argument, 'filter');
    return {
      flow: same,
      link: (next) => ({ push: (row) => (truthy(test(row)) ? next.push(row) : true), end: () => next.end() }),
    };
  },

  identified(argument) {
    if (typeof argument !== 'string') throw new BadRequest('identified needs a field name');
    const anonymous = argument.startsWith('!');
    const field = fieldReader(anonymous ? argument.slice(1) : argument, 'identified');
    const keeps = (id: unknown) => typeof id === 'string' && id !== '' && id.startsWith('_PENDO_T_') === anonymous;
    return {
      flow: same,
      link: (next) => ({ push: (row) => (keeps(field(row)) ? next.push(row) : true), end: () => next.end() }),
    };
  },

  select(argument, { compiler }) {
    const columns = assignments(argument, 'select').map(([path, source]) => ({
      path,
      evaluate: compiler.expression(source, 'select'),
      source,
    }));
    return {
      flow: (before) =>
        columns.some(({ path, source }) => path.join('.') === before.together && source === before.together)
          ? before
          : unordered,
      link: (next) => ({
        push(row) {
          const out: Row = {};
          for (const { path, evaluate } of columns) {
            if (path.length === 1) out[path[0]!] = evaluate(row);
            else setPath(out, path, evaluate(row));
          }
          return next.push(out);
        },
        end: () => next.end(),
      }),
    };
  },

  eval(argument, { compiler }) {
    const columns = assignments(argument, 'eval').map(([path, source]) => ({
      path,
      evaluate: compiler.expression(source, 'eval'),
    }));
    return assigning(columns);
  },

  set(argument) {
    return assigning(assignments(argument, 'set').map(([path, value]) => ({ path, evaluate: () => value ?? null })));
  },

  cat(argument) {
    if (argument !== null) throw new BadRequest('cat takes null');
    return { flow: same, link: (next) => next };
  },

  limit(argument) {
    const most = wholeNumber(argument, 'limit');
    return {
      flow: same,
      link(next) {
        let left = most;
        return { push: (row) => left-- > 0 && next.push(row) && left > 0, end: () => next.end() };
      },
    };
  },

  skip(argument) {
    const first = wholeNumber(argument, 'skip');
    return {
      flow: same,
      link(next) {
        let left = first;
        return { push: (row) => (left > 0 ? left-- > 0 : next.push(row)), end: () => next.end() };
      },
    };
  },

  count(argument) {
    if (argument !== null) throw new BadRequest('count takes null');
    return {
      flow: () => unordered,
      link(next) {
        let count = 0;
        return {
          push: () => count++ >= 0,
          end() {
            next.push({ count });
            next.end();
          },
        };
      },
    };
  },

  unwind(argument) {
    const options = typeof argument === 'string' ? { field: argument } : plainObject(argument, 'unwind');
    onlyKeys(options, ['field', 'index', 'keepEmpty', 'prefix'], 'unwind');
    const path = fieldPath(options.field, 'unwind');
    const read = fieldReader(options.field, 'unwind');
    const index = options.index === undefined ? undefined : fieldPath(options.index, 'unwind index');
    const { keepEmpty = false, prefix = false } = options;
    return {
      flow: (before) => (path[0] === before.together ? unordered : before),
      link: (next) => ({
        push(row) {
          const value = read(row);
          // A plain value counts as a list of one, as in subscriptions whose `accountids` is a string.
          const list = Array.isArray(value) ? value : value === null ? [] : [value];
          if (list.length === 0) return keepEmpty ? next.push(row) : true;
          let more = true;
          for (let i = 0; i < list.length && more; i++) {
            const out = { ...row };
            setPath(out, path, prefix ? list.slice(0, i + 1) : (list[i] ?? null));
            if (index) setPath(out, index, i);
            more = next.push(out);
          }
          return more;
        },
        end: () => next.end(),
      }),
    };
  },

  sort,
};

function assigning(columns: { path: (string | number)[]; evaluate: (row: Row) => unknown }[]): Step {
  return {
    flow: (before) => (columns.some(({ path }) => path[0] === before.together) ? unordered : before),
    link: (next) => ({
      push(row) {
        const out = { ...row };
        // All of one eval see the row as it came: their order is undefined in Pendo.
        for (const { path, evaluate } of columns) setPath(out, path, evaluate(row));
        return next.push(out);
      },
      end: () => next.end(),
    }),
  };
}

function assignments(argument: unknown, where: string): [(string | number)[], unknown][] {
  const entries = Object.entries(plainObject(argument, where));
  if (entries.length === 0) throw new BadRequest(`${where} needs at least one field`);
  return entries.map(([name, value]) => [fieldPath(name, where), value]);
}

function wholeNumber(argument: unknown, where: string): number {
  if (typeof argument !== 'number' || !Number.isInteger(argument) || argument < 0) {
    throw new BadRequest(`${where} needs a whole number, not ${JSON.stringify(argument)}`);
  }
  return argument;
}
