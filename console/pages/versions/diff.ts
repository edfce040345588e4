/** What differs between two configurations, setting by setting. A mapping is the same one in both if it maps the same property or metric. */
export interface Difference {
  path: string;
  /** Undefined: it was not there. */
  from: unknown;
  to: unknown;
}

export function differences(from: unknown, to: unknown): Difference[] {
  const [before, after] = [flatten(from), flatten(to)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .filter((path) => JSON.stringify(before.get(path)) !== JSON.stringify(after.get(path)))
    .map((path) => ({ path, from: before.get(path), to: after.get(path) }));
}

function flatten(value: unknown, path = '', into = new Map<string, unknown>()): Map<string, unknown> {
  if (Array.isArray(value) && value.every(isRecord)) {
    for (const entry of value) flatten(entry, `${path}[${nameOf(entry)}]`, into);
  } else if (isRecord(value)) {
    for (const [name, part] of Object.entries(value)) flatten(part, path === '' ? name : `${path}.${name}`, into);
  } else into.set(path, value);
  return into;
}

const nameOf = (entry: Record<string, unknown>): string =>
  typeof entry.property === 'string' ? entry.property : named.flatMap((part) => entry[part] ?? []).join(' ');
/** The name of a push entry that has no property. */
const named = ['metric', 'source', 'group', 'field', 'id', 'measure', 'window'];

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
