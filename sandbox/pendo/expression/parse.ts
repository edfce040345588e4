import { BadRequest } from '../refusals.ts';
import { type Token, tokenize } from './tokens.ts';
import type { BinaryOperator, Node } from './tree.ts';

/** Weakest first, as in C. */
const levels: BinaryOperator[][] = [['||'], ['&&'], ['==', '!='], ['<', '<=', '>', '>='], ['+', '-'], ['*', '/', '%']];

/** How many brackets and negations may stand in each other. */
const DEEPEST = 200;

/** Parses one expression of Pendo's C-like language. Throws BadRequest with the place for anything it does not know. */
export function parseExpression(source: string): Node {
  const tokens = tokenize(source);
  let next = 0;
  let depth = 0;
  const peek = (): Token => tokens[next]!;
  const fail = (what: string): never => {
    throw new BadRequest(`cannot parse expression ${JSON.stringify(source)}: ${what} at ${peek().at}`);
  };
  const isSymbol = (text: string) => peek().kind === 'symbol' && peek().text === text;
  const take = (text: string): boolean => {
    if (!isSymbol(text)) return false;
    next++;
    return true;
  };
  const expect = (text: string) => {
    if (!take(text)) fail(`expected ${text} but found ${peek().text}`);
  };

  function binary(level: number): Node {
    const operators = levels[level];
    if (!operators) return unary();
    let left = binary(level + 1);
    for (;;) {
      const operator = operators.find(take);
      if (!operator) return left;
      left = { kind: 'binary', operator, left, right: binary(level + 1) };
    }
  }

  function unary(): Node {
    if (++depth > DEEPEST) fail('nested too deep');
    const negation = take('!') ? 'not' : take('-') ? 'negative' : null;
    const node: Node = negation ? { kind: negation, of: unary() } : postfix(primary());
    depth--;
    return node;
  }

  function postfix(start: Node): Node {
    let node = start;
    for (;;) {
      if (take('.')) {
        const token = peek();
        if (token.kind !== 'name') fail(`expected a field name but found ${token.text}`);
        next++;
        if (node.kind === 'field') node = { kind: 'field', path: [...node.path, token.text] };
        else node = { kind: 'index', of: node, index: { kind: 'literal', value: token.text } };
      } else if (take('[')) {
        const index = binary(0);
        expect(']');
        const literal =
          index.kind === 'literal' && (typeof index.value === 'number' || typeof index.value === 'string');
        if (node.kind === 'field' && literal) node = { kind: 'field', path: [...node.path, index.value as string] };
        else node = { kind: 'index', of: node, index };
      } else return node;
    }
  }

  function primary(): Node {
    const token = peek();
    if (take('(')) {
      const inner = binary(0);
      expect(')');
      return inner;
    }
    if (token.kind === 'number' || token.kind === 'string') {
      next++;
      return { kind: 'literal', value: token.value! };
    }
    if (token.kind !== 'name') fail(`unexpected ${token.text}`);
    next++;
    if (take('(')) return { kind: 'call', name: token.text, arguments: callArguments() };
    if (token.text === 'true' || token.text === 'false') return { kind: 'literal', value: token.text === 'true' };
    if (token.text === 'null' || token.text === 'nil') return { kind: 'literal', value: null };
    return { kind: 'field', path: [token.text] };
  }

  function callArguments(): Node[] {
    const list: Node[] = [];
    if (take(')')) return list;
    do list.push(binary(0));
    while (take(','));
    expect(')');
    return list;
  }

  const tree = binary(0);
  if (peek().kind !== 'end') fail(`unexpected ${peek().text}`);
  return tree;
}
