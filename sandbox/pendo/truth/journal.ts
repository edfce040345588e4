/** What was written over a generated record, or all there is of a hand-made one. */
export interface Entry {
  state: 'generated' | 'made' | 'deleted';
  groups: Record<string, WrittenGroup>;
  /** Values that readers still see as they were. */
  pending?: Pending[];
}

interface WrittenGroup {
  /** The generated values of this group no longer count. */
  alone: boolean;
  /** `null`: cleared through the API; `undefined`: removed without a trace. */
  values: Record<string, unknown>;
}

interface Pending {
  visibleAt: number;
  group: string;
  field: string;
  /** undefined: there was nothing. */
  before: unknown;
}

export type Metadata = Record<string, Record<string, unknown>>;

/** Lays written values over generated ones. `cleared` is what a cleared value reads as; undefined leaves it out. */
export function overlaid(base: Metadata, entry: Entry | undefined, cleared: unknown, now?: number): Metadata {
  if (!entry) return base;
  const out: Metadata = entry.state === 'generated' ? { ...base } : {};
  for (const [name, { alone, values }] of Object.entries(entry.groups)) {
    const group = alone ? {} : { ...out[name] };
    for (const [field, value] of Object.entries(values)) {
      const shown = value === null ? cleared : value;
      if (shown === undefined) delete group[field];
      else group[field] = shown;
    }
    if (alone && Object.keys(group).length === 0) delete out[name];
    else out[name] = group;
  }
  if (now !== undefined && entry.pending) {
    for (const { visibleAt, group, field, before } of entry.pending.toReversed()) {
      if (visibleAt <= now) continue;
      const shown = { ...out[group] };
      if (before === undefined) delete shown[field];
      else shown[field] = before;
      out[group] = shown;
    }
  }
  return out;
}

export function writeGroup(entry: Entry, name: string): Record<string, unknown> {
  entry.groups[name] ??= { alone: false, values: {} };
  return entry.groups[name].values;
}

/** Nothing of the group is left, whatever was generated. */
export function dropGroup(entry: Entry, name: string): void {
  entry.groups[name] = { alone: true, values: {} };
}
