import type { Evaluate, Row } from '../expression/compile.ts';
import { BadRequest } from '../refusals.ts';
import { type Accumulator, type Aggregate, aggregates } from './accumulators.ts';
import { fieldPath, fieldReader, onlyKeys, type Path, plainObject, setPath } from './fields.ts';
import { type Flow, type Request, type Step, unordered } from './flow.ts';

interface Key {
  name: string;
  path: Path;
  read: Evaluate;
}

/** A text that is the same exactly for equal lists of key values. */
export function keyText(keys: { read: Evaluate }[], row: Row): string {
  if (keys.length === 1) {
    const only = keys[0]!.read(row);
    return typeof only === 'string' ? `"${only}` : JSON.stringify(only);
  }
  let text = '';
  for (const { read } of keys) {
    const value = read(row);
    text += typeof value === 'string' ? `"${value.length}:${value}` : `${JSON.stringify(value)},`;
  }
  return text;
}

/** `group`: one row for each distinct combination of the keys. Blocking: it always reads to the end of its input. */
export function group(argument: unknown, request: Request): Step {
  const options = plainObject(argument, 'group');
  onlyKeys(options, ['group', 'fields', 'forceKeys'], 'group');
  if (!Array.isArray(options.group) || options.group.length === 0)
    throw new BadRequest('group needs a list of field names');
  const keys: Key[] = options.group.map((name) => ({
    name,
    path: fieldPath(name, 'group'),
    read: fieldReader(name, 'group'),
  }));
  const fields = aggregates(options.fields, request.compiler, 'group');
  const forced = forcedKeys(options.forceKeys, keys, request);
  const flushes = (flow: Flow) => flow.together !== null && keys.some(({ name }) => name === flow.together);

  return {
    flow: (before) => (flushes(before) && forced.length === 0 ? before : unordered),
    link(next, flow) {
      let groups = new Map<string, { first: Row; fields: Accumulator[] }>();
      const leader =
        flushes(flow) && forced.length === 0 ? keys.find(({ name }) => name === flow.together)!.read : null;
      let current: unknown;
      let wanted = true;
      const start = (row: Row, text: string) => {
        const opened = { first: row, fields: fields.map((field) => field.start()) };
        groups.set(text, opened);
        if (!leader) request.hold(1);
        return opened;
      };
      const flush = () => {
        for (const { first, fields: values } of groups.values()) {
          if (wanted) wanted = next.push(grouped(keys, first, fields, values));
        }
        groups = new Map();
      };
      for (const row of forced) start(row, keyText(keys, row));
      return {
        push(row) {
          if (leader) {
            const value = leader(row);
            if (value !== current) {
              flush();
              current = value;
            }
          }
          const text = keyText(keys, row);
          const open = groups.get(text) ?? start(row, text);
          for (const field of open.fields) field.add(row);
          return true;
        },
        end() {
          flush();
          next.end();
        },
      };
    },
  };
}

/** `reduce`: one row over all rows, also over none. */
export function reduce(argument: unknown, request: Request): Step {
  const fields = aggregates(argument, request.compiler, 'reduce');
  if (fields.length === 0) throw new BadRequest('reduce needs at least one field');
  return {
    flow: () => unordered,
    link(next) {
      const values = fields.map((field) => field.start());
      return {
        push(row) {
          for (const value of values) value.add(row);
          return true;
        },
        end() {
          next.push(grouped([], {}, fields, values));
          next.end();
        },
      };
    },
  };
}

function grouped(keys: Key[], first: Row, fields: Aggregate[], values: Accumulator[]): Row {
  const out: Row = {};
  for (const { path, read } of keys) {
    if (path.length === 1) out[path[0]!] = read(first);
    else setPath(out, path, read(first));
  }
  fields.forEach(({ path }, i) => {
    if (path.length === 1) out[path[0]!] = values[i]!.result();
    else setPath(out, path, values[i]!.result());
  });
  return out;
}

/** `forceKeys`: groups that come back even when no row has them. Known for one key. */
function forcedKeys(argument: unknown, keys: Key[], request: Request): Row[] {
  if (argument === undefined || argument === null) return [];
  const entries = Object.entries(plainObject(argument, 'forceKeys'));
  if (entries.length !== 1 || keys.length !== 1 || entries[0]![0] !== keys[0]!.name) {
    throw new BadRequest('forceKeys is understood for a group by one field only');
  }
  const list = request.compiler.constant(String(entries[0]![1]));
  if (!Array.isArray(list)) throw new BadRequest('forceKeys needs a list');
  return list.map((value) => {
    const row: Row = {};
    setPath(row, keys[0]!.path, value);
    return row;
  });
}
