import type { Row } from '../expression/compile.ts';
import { compareValues } from '../order.ts';
import { BadRequest } from '../refusals.ts';
import { fieldReader } from './fields.ts';
import type { Flow, Request, Step } from './flow.ts';

/** `sort`: stable, by several fields, `-` for descending. Costs nothing where the rows come in that order anyway. */
export function sort(argument: unknown, request: Request, next?: [name: string, argument: unknown]): Step {
  if (!Array.isArray(argument) || argument.length === 0) throw new BadRequest('sort needs a list of field names');
  const keys = argument.map((name) => {
    const descending = typeof name === 'string' && name.startsWith('-');
    return { name, read: fieldReader(descending ? name.slice(1) : name, 'sort'), sign: descending ? -1 : 1 };
  });
  const { strings } = request.compiler.around;
  const compare = (a: Row, b: Row): number => {
    for (const { read, sign } of keys) {
      const order = compareValues(read(a), read(b), strings);
      if (order !== 0) return order * sign;
    }
    return 0;
  };
  const already = (flow: Flow) => flow.ascending && keys.length === 1 && keys[0]!.name === flow.together;
  const leading = keys[0]!.name === 'visitorId' || keys[0]!.name === 'accountId' ? keys[0]!.name : null;
  const wanted = next?.[0] === 'limit' && typeof next[1] === 'number' ? next[1] : Number.POSITIVE_INFINITY;

  return {
    flow: () => ({ together: leading, ascending: leading !== null }),
    link(sink, flow) {
      if (already(flow)) return sink;
      let rows: Row[] = [];
      return {
        push(row) {
          // Pendo would hold them all, whatever is done here: it counts as that.
          request.hold(1);
          rows.push(row);
          if (rows.length > 2 * wanted + 1000) rows = rows.sort(compare).slice(0, wanted);
          return true;
        },
        end() {
          rows.sort(compare);
          for (const row of rows) if (!sink.push(row)) break;
          sink.end();
        },
      };
    },
  };
}
