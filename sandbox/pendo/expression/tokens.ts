import { BadRequest } from '../refusals.ts';

export interface Token {
  kind: 'number' | 'string' | 'name' | 'symbol' | 'end';
  text: string;
  value?: string | number;
  at: number;
}

const symbols = [
  '==',
  '!=',
  '<=',
  '>=',
  '&&',
  '||',
  '<',
  '>',
  '!',
  '+',
  '-',
  '*',
  '/',
  '%',
  '(',
  ')',
  '[',
  ']',
  ',',
  '.',
];

/** Cuts an expression into tokens. Strings are `"…"` with JSON escapes, or `` `…` `` without any. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const fail = (what: string): never => {
    throw new BadRequest(`cannot parse expression ${JSON.stringify(source)}: ${what} at ${at}`);
  };
  while (at < source.length) {
    const rest = source.slice(at);
    const space = /^\s+/.exec(rest);
    if (space) {
      at += space[0].length;
      continue;
    }
    const number = /^(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/.exec(rest);
    const name = /^[\p{L}_$][\p{L}\p{N}_$]*/u.exec(rest);
    if (number) {
      tokens.push({ kind: 'number', text: number[0], value: Number(number[0]), at });
      at += number[0].length;
    } else if (name) {
      tokens.push({ kind: 'name', text: name[0], at });
      at += name[0].length;
    } else if (rest[0] === '`') {
      const end = rest.indexOf('`', 1);
      if (end < 0) fail('string without an end');
      tokens.push({ kind: 'string', text: rest.slice(0, end + 1), value: rest.slice(1, end), at });
      at += end + 1;
    } else if (rest[0] === '"') {
      const text = /^"(?:[^"\\]|\\[\s\S])*"/.exec(rest)?.[0] ?? fail('string without an end');
      tokens.push({ kind: 'string', text, value: unescaped(text) ?? fail('bad escape in string'), at });
      at += text.length;
    } else {
      const symbol =
        symbols.find((candidate) => rest.startsWith(candidate)) ?? fail(`unexpected ${JSON.stringify(rest[0])}`);
      tokens.push({ kind: 'symbol', text: symbol, at });
      at += symbol.length;
    }
  }
  tokens.push({ kind: 'end', text: 'end of expression', at });
  return tokens;
}

/** JSON's escapes; raw control characters pass, as clients do send tabs and line ends inside ids. */
function unescaped(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted.replace(/\p{Cc}/gu, (control) => JSON.stringify(control).slice(1, -1))) as string;
  } catch {
    return undefined;
  }
}
