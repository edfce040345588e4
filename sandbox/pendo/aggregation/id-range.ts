import { chain } from '../expression/compile.ts';
import { parseExpression } from '../expression/parse.ts';
import type { Node } from '../expression/tree.ts';
import type { StringOrder } from '../order.ts';

/** What the filters before the first operator that changes rows ask of an id. */
export interface IdRange {
  low?: { id: string; included: boolean };
  high?: { id: string; included: boolean };
  /** Exactly these, when equality was asked for. */
  only?: Set<string>;
}

/** Operators that neither change, add nor end rows: a filter behind them can be served by the source. */
const transparent = ['identified', 'filter', 'segment', 'sort', 'cat'];

/**
 * The range that the filters directly behind a source leave of one id field. Only a help to read less: the filters
 * themselves still run, so a term that is not understood here costs time, not truth.
 */
export function idRange(following: [string, unknown][], field: string, strings: StringOrder): IdRange {
  const range: IdRange = {};
  for (const [name, argument] of following) {
    if (!transparent.includes(name)) break;
    if (name !== 'filter' || typeof argument !== 'string') continue;
    for (const term of chain(parseExpression(argument), '&&')) narrow(range, term, field, strings);
  }
  return range;
}

function narrow(range: IdRange, term: Node, field: string, strings: StringOrder): void {
  const equals = equalities(term, field);
  if (equals) {
    const before = range.only;
    range.only = new Set(before ? equals.filter((id) => before.has(id)) : equals);
    return;
  }
  const compared = comparison(term, field);
  if (!compared) return;
  const { operator, id } = compared;
  const included = operator.endsWith('=');
  if (operator.startsWith('>')) {
    if (!range.low || strings(id, range.low.id) > 0) range.low = { id, included };
    else if (id === range.low.id) range.low.included &&= included;
  } else if (!range.high || strings(id, range.high.id) < 0) range.high = { id, included };
  else if (id === range.high.id) range.high.included &&= included;
}

/** The ids of `field == "a" || field == "b" …`; undefined when the term says anything else. */
function equalities(term: Node, field: string): string[] | undefined {
  const ids: string[] = [];
  for (const each of chain(term, '||')) {
    const compared = comparison(each, field);
    if (compared?.operator !== '==') return undefined;
    ids.push(compared.id);
  }
  return ids;
}

const mirrored: Record<string, string> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '==': '==' };

function comparison(term: Node, field: string): { operator: string; id: string } | undefined {
  if (term.kind !== 'binary' || !(term.operator in mirrored)) return undefined;
  const { left, right, operator } = term;
  const isField = (node: Node) => node.kind === 'field' && node.path.length === 1 && node.path[0] === field;
  if (isField(left) && right.kind === 'literal' && typeof right.value === 'string')
    return { operator, id: right.value };
  if (isField(right) && left.kind === 'literal' && typeof left.value === 'string')
    return { operator: mirrored[operator]!, id: left.value };
  return undefined;
}
