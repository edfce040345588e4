import { type Evaluate, type Row, readPath } from '../expression/compile.ts';
import { parseExpression } from '../expression/parse.ts';
import { BadRequest } from '../refusals.ts';
import { membership } from '../truth/segments.ts';
import { fieldPath, fieldReader, onlyKeys, type Path, plainObject, setPath } from './fields.ts';
import { type Request, type Sink, type Step, unordered } from './flow.ts';
import { keyText } from './grouping.ts';
import { compilePipeline, compileSteps } from './pipeline.ts';
import { chainSteps, collect, prepare } from './run.ts';

/** Runs another pipeline and copies fields of its rows onto the rows with the same key. */
export function merge(argument: unknown, request: Request): Step {
  const options = plainObject(argument, 'merge');
  onlyKeys(options, ['fields', 'mappings', 'pipeline'], 'merge');
  if (!Array.isArray(options.fields) || options.fields.length === 0)
    throw new BadRequest('merge needs a list of fields');
  const keys = options.fields.map((name) => ({ read: fieldReader(name, 'merge') }));
  const inner = compilePipeline(options.pipeline, request, 'nested');
  const mappings =
    options.mappings === undefined || options.mappings === null
      ? null
      : Object.entries(plainObject(options.mappings, 'merge mappings')).map(([name, source]) => ({
          path: fieldPath(name, 'merge'),
          read: fieldReader(source, 'merge mappings'),
        }));
  const found = new Map<string, Row>();
  return {
    flow: (before) => before,
    async prepare() {
      await prepare(inner);
      for (const row of await collect(inner, inner.runs[0]!)) {
        const text = keyText(keys, row);
        request.hold(1);
        if (!found.has(text)) found.set(text, row);
      }
    },
    link: (next) => ({
      push(row) {
        const other = found.get(keyText(keys, row));
        if (!other) return next.push(row);
        const out: Row = mappings ? { ...row } : { ...other, ...row };
        for (const { path, read } of mappings ?? []) setPath(out, path, read(other));
        return next.push(out);
      },
      end: () => next.end(),
    }),
  };
}

/** Sends every row down several pipelines; what they yield goes on together, in no order to rely on. */
export function fork(argument: unknown, request: Request): Step {
  if (!Array.isArray(argument) || argument.length === 0) throw new BadRequest('fork needs a list of pipelines');
  const branches = argument.map((steps) => {
    if (!Array.isArray(steps) || steps.length === 0)
      throw new BadRequest('a pipeline in fork is empty; use cat to pass rows on');
    return compileSteps(steps, request);
  });
  return {
    flow: () => unordered,
    async prepare() {
      for (const step of branches.flat()) await step.prepare?.();
    },
    link(next) {
      let wanted = true;
      const out: Sink = { push: (row) => (wanted &&= next.push(row)), end: () => {} };
      const sinks = branches.map((steps) => chainSteps(steps, out, unordered));
      return {
        push(row) {
          let more = false;
          for (const sink of sinks) more = sink.push(row) || more;
          return more;
        },
        end() {
          for (const sink of sinks) sink.end();
          next.end();
        },
      };
    },
  };
}

/**
 * Puts rows with the same key into one. A key is handed on when `width` rows of it were seen; those with fewer follow
 * at the end (no source says what becomes of them).
 */
export function join(argument: unknown, request: Request): Step {
  const options = plainObject(argument, 'join');
  onlyKeys(options, ['fields', 'width'], 'join');
  if (!Array.isArray(options.fields) || options.fields.length === 0)
    throw new BadRequest('join needs a list of fields');
  const keys = options.fields.map((name) => ({ read: fieldReader(name, 'join') }));
  const { width } = options;
  if (width !== undefined && (typeof width !== 'number' || width < 1))
    throw new BadRequest('join needs a width of at least 1');
  return {
    flow: () => unordered,
    link(next) {
      const open = new Map<string, { row: Row; seen: number }>();
      return {
        push(row) {
          const text = keyText(keys, row);
          const known = open.get(text);
          const joined = { row: { ...known?.row, ...row }, seen: (known?.seen ?? 0) + 1 };
          if (joined.seen !== width) {
            if (!known) request.hold(1);
            open.set(text, joined);
            return true;
          }
          open.delete(text);
          return next.push(joined.row);
        },
        end() {
          for (const { row } of open.values()) if (!next.push(row)) break;
          next.end();
        },
      };
    },
  };
}

/** Adds the metadata of the visitor or account that a field names: `{out: {visitor: "visitorId"}}` gives `out.auto.…`. */
export function bulkExpand(argument: unknown, request: Request): Step {
  return expanding('bulkExpand', argument, request, ['visitor', 'account']);
}

/** The same for one row's worth of any entity. */
export function expand(argument: unknown, request: Request): Step {
  return expanding('expand', argument, request, ['visitor', 'account', 'guide', 'app']);
}

function expanding(name: string, argument: unknown, { truth }: Request, allowed: string[]): Step {
  const columns = Object.entries(plainObject(argument, name)).map(([out, how]) => {
    const [entry, ...more] = Object.entries(plainObject(how, name));
    if (!entry || more.length > 0 || !allowed.includes(entry[0])) {
      throw new BadRequest(`${name} ${out} needs one of ${allowed.join(', ')}`);
    }
    return { path: fieldPath(out, name), of: lookup(entry[0]), read: idReader(entry[1], name) };
  });

  function lookup(kind: string): (id: unknown) => unknown {
    if (kind === 'visitor' || kind === 'account') {
      return (id) => (typeof id === 'string' ? (truth.records[kind].read(id)?.metadata ?? null) : null);
    }
    if (kind === 'guide') return (id) => truth.subscription.guides.find((guide) => guide.id === id) ?? null;
    return (id) => truth.subscription.apps.find((app) => app.id === id) ?? null;
  }

  return {
    flow: (before) => (columns.some(({ path }) => path[0] === before.together) ? unordered : before),
    link: (next) => ({
      push(row) {
        const out = { ...row };
        for (const { path, of, read } of columns) setPath(out, path, of(read(row)));
        return next.push(out);
      },
      end: () => next.end(),
    }),
  };
}

function idReader(source: unknown, where: string): Evaluate {
  const node = typeof source === 'string' ? parseExpression(source) : undefined;
  if (node?.kind !== 'field') throw new BadRequest(`${where} needs a field name`);
  return readPath(node.path as Path);
}

/** Keeps the rows of visitors, or where a row names none of accounts, that are in a segment. */
export function segment(argument: unknown, { truth }: Request): Step {
  const options = plainObject(argument, 'segment');
  onlyKeys(options, ['id'], 'segment');
  const found = truth.subscription.segments.find(({ id }) => id === options.id);
  // The text is Pendo's own.
  if (!found) throw new BadRequest('segment id not found');
  const visitors = membership(found, 'visitor', truth.records.visitor);
  const accounts = membership(found, 'account', truth.records.account);
  return {
    flow: (before) => before,
    link: (next) => ({
      push(row) {
        const [holds, id] = row.visitorId === undefined ? [accounts, row.accountId] : [visitors, row.visitorId];
        return typeof id === 'string' && holds(id) ? next.push(row) : true;
      },
      end: () => next.end(),
    }),
  };
}
