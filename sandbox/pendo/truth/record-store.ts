import type { PendoEdit, PendoKind, RawPendoRecord, RawSubscription, Switches } from '../../contract.ts';
import type { SandboxClock } from '../../world/clock.ts';
import type { Directory } from './directory.ts';
import { dropGroup, type Entry, type Metadata, overlaid, writeGroup } from './journal.ts';

/** Records of one kind: generated when asked for, with what was written laid over them. */
export interface RecordStore {
  directory: Directory;
  exists(id: string): boolean;
  /** As Pendo shows it, under the switches. */
  read(id: string, index?: number): RawPendoRecord | undefined;
  /** As it is stored. */
  raw(id: string, index?: number): RawPendoRecord | undefined;
  /** Sets values of one group; null clears. Readers see them after the read lag. */
  write(id: string, group: string, values: Record<string, unknown>): void;
  create(id: string): void;
  remove(id: string): void;
  edit(edit: PendoEdit): void;
}

const clearedReads = { absent: undefined, null: null, empty: '' };

export function createRecordStore(options: {
  kind: PendoKind;
  directory: Directory;
  /** Metadata of a generated record; undefined when this index never had a record. */
  generate: (index: number, id: string) => Metadata | undefined;
  hasRecord: (index: number) => boolean;
  subscription: () => RawSubscription;
  clock: SandboxClock;
  switches: () => Switches;
}): RecordStore {
  const { kind, directory, clock } = options;
  const journal = new Map<string, Entry>();

  function exists(id: string, index = directory.find(id)): boolean {
    const entry = journal.get(id);
    if (entry) return entry.state !== 'deleted';
    return index !== undefined && index >= 0 && options.hasRecord(index);
  }

  function entryOf(id: string): Entry {
    let entry = journal.get(id);
    if (!entry) {
      entry = { state: exists(id) ? 'generated' : 'made', groups: {} };
      journal.set(id, entry);
    }
    return entry;
  }

  function metadata(id: string, index: number | undefined, cleared: unknown, now?: number): Metadata {
    const entry = journal.get(id);
    const generated = entry === undefined || entry.state === 'generated';
    const base = generated ? (options.generate(index ?? directory.find(id)!, id) ?? {}) : {};
    return overlaid(base, entry, cleared, now);
  }

  function revive(id: string): Entry {
    const known = exists(id);
    const entry = entryOf(id);
    // Who comes back after a deletion starts empty.
    if (!known) Object.assign(entry, { state: 'made', groups: {}, pending: undefined });
    directory.add(id, -1);
    return entry;
  }

  return {
    directory,
    exists,
    read(id, index) {
      if (!exists(id, index)) return undefined;
      const { pendoClearedReads, pendoTime } = options.switches();
      const shown = metadata(id, index, clearedReads[pendoClearedReads], clock.now());
      return {
        id,
        metadata: pendoTime === 'number' ? shown : timesAs(pendoTime, shown, options.subscription().schema[kind]),
      };
    },
    raw(id, index) {
      return exists(id, index) ? { id, metadata: metadata(id, index, undefined) } : undefined;
    },
    write(id, group, values) {
      const entry = entryOf(id);
      const lag = options.switches().pendoReadLagMs;
      const now = clock.now();
      if (entry.pending) entry.pending = entry.pending.filter(({ visibleAt }) => visibleAt > now);
      if (lag > 0) {
        const before = metadata(id, undefined, clearedReads[options.switches().pendoClearedReads])[group] ?? {};
        entry.pending ??= [];
        for (const field of Object.keys(values)) {
          entry.pending.push({ visibleAt: now + lag, group, field, before: before[field] });
        }
      }
      Object.assign(writeGroup(entry, group), values);
    },
    create(id) {
      revive(id);
    },
    remove(id) {
      const entry = entryOf(id);
      Object.assign(entry, { state: 'deleted', groups: {}, pending: undefined });
    },
    edit({ id, metadata: changes, deleted }) {
      if (deleted) {
        this.remove(id);
        return;
      }
      const entry = revive(id);
      for (const [group, values] of Object.entries(changes ?? {})) {
        if (values === null) dropGroup(entry, group);
        else for (const [field, value] of Object.entries(values)) writeGroup(entry, group)[field] = value ?? undefined;
      }
    },
  };
}

/** Time values of the writable groups in the form that the `pendoTime` switch names; `auto` is always epoch ms. */
function timesAs(form: 'text' | 'rfc3339', metadata: Metadata, schema: RawSubscription['schema'][PendoKind]): Metadata {
  const out = { ...metadata };
  for (const name of ['agent', 'custom']) {
    const fields = Object.entries(out[name] ?? {});
    if (fields.length === 0) continue;
    out[name] = Object.fromEntries(
      fields.map(([field, value]) => {
        const type = schema[name]?.[field]?.type;
        if ((type !== 'time' && type !== 'date') || typeof value !== 'number') return [field, value];
        return [field, form === 'text' ? String(value) : new Date(value).toISOString()];
      }),
    );
  }
  return out;
}
