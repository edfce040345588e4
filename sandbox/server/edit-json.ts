import type { AnswerEdit } from '../contract.ts';

type Json = Record<string | number, unknown>;

/** A place in the tree: a member of `of`, and the nearest row (what the last `*` of the path stood for). */
interface Place {
  of: Json;
  key: string | number;
  row: unknown;
}

/** Applies the edits in their order, in place; `root` may be replaced as a whole. */
export function editJson(
  root: unknown,
  edits: AnswerEdit[],
  fill: (text: string) => string,
): { root: unknown; changed: number } {
  const top: Json = { root };
  let changed = 0;
  for (const edit of edits) {
    const places = placesOf({ of: top, key: 'root', row: undefined }, edit).filter(({ row }) => chosen(row, edit));
    // From the end: what is taken out of a list moves what stands behind it.
    for (const place of places.reverse()) changed += applied(place, edit, fill) ? 1 : 0;
  }
  return { root: top.root, changed };
}

function placesOf(top: Place, edit: AnswerEdit): Place[] {
  let places = [top];
  for (const step of edit.path) {
    places = places.flatMap(({ of, key, row }) => {
      const mayMake = of[key] === undefined && ('set' in edit || 'setJson' in edit) && step !== '*';
      if (mayMake && typeof step === 'string') of[key] = {};
      const value = of[key];
      if (typeof value !== 'object' || value === null) return [];
      const inside = value as Json;
      if (step !== '*') return [{ of: inside, key: step, row }];
      return Object.keys(inside).map((name) => ({
        of: inside,
        key: Array.isArray(inside) ? Number(name) : name,
        row: inside[name],
      }));
    });
  }
  return places;
}

function chosen(row: unknown, { where }: AnswerEdit): boolean {
  if (where === undefined) return true;
  let value = row;
  for (const step of where.path)
    value = typeof value === 'object' && value !== null ? (value as Json)[step] : undefined;
  if ('equals' in where) return JSON.stringify(value) === JSON.stringify(where.equals);
  return typeof value === 'string' && new RegExp(where.matches).test(value);
}

/** Says whether there was anything to change. */
function applied({ of, key }: Place, edit: AnswerEdit, fill: (text: string) => string): boolean {
  if ('set' in edit) of[key] = filled(edit.set, fill);
  else if ('setJson' in edit) of[key] = new Raw(edit.setJson);
  else if ('replace' in edit) {
    const before = of[key];
    if (typeof before !== 'string') return false;
    of[key] = before.replaceAll(new RegExp(edit.replace, 'gu'), fill(edit.with));
    return of[key] !== before;
  } else {
    if (!Object.hasOwn(of, key)) return false;
    if (Array.isArray(of)) of.splice(Number(key), 1);
    else delete of[key];
  }
  return true;
}

/** A copy for each place, with what the request had filled into its texts. */
function filled(value: unknown, fill: (text: string) => string): unknown {
  if (typeof value === 'string') return fill(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((part) => filled(part, fill));
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, filled(part, fill)]));
}

/** JSON text that goes into the answer letter by letter: `1e999`, `12345678901234567890`, text that is no JSON. */
class Raw {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** JSON text of the tree, raw parts as they are. */
export function jsonText(root: unknown): string {
  const raw: string[] = [];
  const mark = `raw-${process.hrtime.bigint()}-`;
  const text = JSON.stringify(root, (_, value) => (value instanceof Raw ? mark + (raw.push(value.text) - 1) : value));
  return raw.length === 0 ? text : text.replaceAll(new RegExp(`"${mark}(\\d+)"`, 'g'), (_, n) => raw[Number(n)]!);
}
