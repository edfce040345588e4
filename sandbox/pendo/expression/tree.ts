/** What an expression means, before it is compiled. */
export type Node =
  | { kind: 'literal'; value: string | number | boolean | null }
  | { kind: 'field'; path: (string | number)[] }
  | { kind: 'index'; of: Node; index: Node }
  | { kind: 'not' | 'negative'; of: Node }
  | { kind: 'binary'; operator: BinaryOperator; left: Node; right: Node }
  | { kind: 'call'; name: string; arguments: Node[] };

export type BinaryOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | '&&' | '||' | '+' | '-' | '*' | '/' | '%';
