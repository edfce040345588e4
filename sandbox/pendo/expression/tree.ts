/** What an expression means, before it is compiled. */
export type Node =
  | { kind: 'literal'; value: string | number | boolean | null }
  | { kind: 'field'; path: (string | number)[] }
  | { kind: 'index'; of: Node; index: Node }
  | { kind: 'not' | 'negative'; of: Node }
  | { kind: 'binary'; operator: BinaryOperator; left: Node; right: Node }
  | { kind: 'call'; name: string; arguments: Node[] };

export type BinaryOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | '&&' | '||' | '+' | '-' | '*' | '/' | '%';

/** Every field that the expression reads, by its first name. */
export function fieldsOf(node: Node, into: Set<string> = new Set()): Set<string> {
  switch (node.kind) {
    case 'field':
      into.add(String(node.path[0]));
      break;
    case 'not':
    case 'negative':
      fieldsOf(node.of, into);
      break;
    case 'index':
      fieldsOf(node.of, into);
      fieldsOf(node.index, into);
      break;
    case 'binary':
      fieldsOf(node.left, into);
      fieldsOf(node.right, into);
      break;
    case 'call':
      for (const argument of node.arguments) fieldsOf(argument, into);
  }
  return into;
}
