import { type Evaluate, type Row, readPath } from '../expression/compile.ts';
import { parseExpression } from '../expression/parse.ts';
import { BadRequest } from '../refusals.ts';

export type Path = (string | number)[];

/** A field name as operators take it: dotted, with `[0]`; a name with blanks in it is one plain name. */
export function fieldPath(name: unknown, where: string): Path {
  if (typeof name === 'string' && name.includes('__proto__')) throw new BadRequest('__proto__ is no field');
  if (typeof name !== 'string' || name === '')
    throw new BadRequest(`${where} needs a field name, not ${JSON.stringify(name)}`);
  if (!/^[\p{L}_$][\p{L}\p{N}_$.[\]]*$/u.test(name)) {
    if (/[()"`+*/<>=!&|,]/.test(name)) throw new BadRequest(`${where} needs a field name, not ${JSON.stringify(name)}`);
    return name.split('.');
  }
  const node = parseExpression(name);
  if (node.kind !== 'field') throw new BadRequest(`${where} needs a field name, not ${JSON.stringify(name)}`);
  return node.path;
}

export function fieldReader(name: unknown, where: string): Evaluate {
  return readPath(fieldPath(name, where));
}

/** Sets `a.b.c`, making the objects in between; what stood there as a plain value gives way. */
export function setPath(row: Row, path: Path, value: unknown): void {
  let at = row;
  for (const key of path.slice(0, -1)) {
    const inner = at[key];
    const copy = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? { ...(inner as Row) } : {};
    at[key] = copy;
    at = copy;
  }
  at[path.at(-1)!] = value;
}

export function plainObject(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadRequest(`${where} needs an object, not ${JSON.stringify(value)}`);
  }
  return value as Record<string, unknown>;
}

export function onlyKeys(value: Record<string, unknown>, allowed: string[], where: string): void {
  for (const key of Object.keys(value))
    if (!allowed.includes(key)) throw new BadRequest(`unknown key ${JSON.stringify(key)} in ${where}`);
}
