import type { CrmType } from '../contract.ts';
import { isoTime } from '../world/iso-time.ts';
import { hash, mix } from '../world/random.ts';
import type { ValueMaker } from './define.ts';
import { recordIds, shuffled } from './record-ids.ts';
import { type Shadow, Shadows } from './shadows.ts';
import { UniqueIndexes } from './unique-indexes.ts';

/** A record's place in the store. Never changes, never reused. */
export type Slot = number;
type Values = Record<string, string | null>;

const archivedFlag = 1;
const mergedFlag = 2;
const purgedFlag = 4;
const day = 86_400_000;

/**
 * The records of one type in one portal. What the generator gave a record is computed when asked for and never stored;
 * what was written since is. So a million records cost some thirty bytes each until somebody writes to them.
 */
export class RecordStore {
  readonly type: CrmType;
  /** By slot. */
  ids: Float64Array;
  createdAt: Float64Array;
  updatedAt: Float64Array;
  #flags: Uint8Array;
  /** Index in the people plan, or -1 for a record that came through the API. */
  #plan: Int32Array;
  #written: (Values | undefined)[] = [];
  /** Slots, ascending by id. */
  order: Uint32Array;
  count: number;
  /** Indexes of the plan in use: the generated records and the arrivals of later days. */
  planned: number;
  mergedInto = new Map<Slot, Slot>();
  archivedAt = new Map<Slot, number>();
  /** Values that are worked out when they are read. */
  readonly calculated = new Map<string, (slot: Slot) => string | null>();
  #shadows = new Shadows();
  #makers: Map<string, ValueMaker>;
  #slotsOfPlan = new Int32Array(0);
  #seed: number;
  #unique = new UniqueIndexes();

  constructor(
    type: CrmType,
    seed: number,
    count: number,
    today: number,
    tame: boolean,
    makers: Map<string, ValueMaker>,
  ) {
    this.type = type;
    this.#seed = hash(seed, type);
    this.#makers = makers;
    this.count = count;
    this.planned = count;
    this.ids = recordIds(this.#seed, count);
    this.#plan = shuffled(this.#seed, count);
    this.order = Uint32Array.from({ length: count }, (_, i) => i);
    this.createdAt = new Float64Array(count);
    this.updatedAt = new Float64Array(count);
    this.#flags = new Uint8Array(count);
    for (let slot = 0; slot < count; slot++) {
      const a = mix(this.#seed ^ 1, slot) / 0x1_0000_0000;
      const b = mix(this.#seed ^ 2, slot) / 0x1_0000_0000;
      // Older ids are older by and large; neighbours may be days the wrong way round.
      const age = (1 - (slot + 1) / (count + 1)) * 1_400 * day + a * 5 * day;
      this.createdAt[slot] = Math.floor(today - age);
      this.updatedAt[slot] = Math.floor(today - age * b * b);
      if (!tame && mix(this.#seed ^ 3, slot) % 100 === 0) {
        this.#flags[slot] = archivedFlag;
        this.archivedAt.set(slot, this.updatedAt[slot]!);
      }
    }
  }

  /** The slot of the record with this id, or -1. Archived and merged ones are found too, purged ones are not. */
  slotOf(id: string): Slot {
    const slot = this.#place(id);
    return slot >= 0 && this.isPurged(slot) ? -1 : slot;
  }

  #place(id: string): Slot {
    if (!/^\d{1,16}$/.test(id)) return -1;
    const slot = this.order[this.lowerBound(Number(id))];
    return slot !== undefined && this.ids[slot] === Number(id) ? slot : -1;
  }

  /** The first place in `order` whose id is at least this. */
  lowerBound(id: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.ids[this.order[middle]!]! < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  isArchived(slot: Slot): boolean {
    return (this.#flags[slot]! & archivedFlag) !== 0;
  }

  isMerged(slot: Slot): boolean {
    return (this.#flags[slot]! & mergedFlag) !== 0;
  }

  isPurged(slot: Slot): boolean {
    return (this.#flags[slot]! & purgedFlag) !== 0;
  }

  /** Is the record there for lists, searches and writes? */
  isLive(slot: Slot): boolean {
    return this.#flags[slot] === 0;
  }

  isArchivedOnly(slot: Slot): boolean {
    return this.#flags[slot] === archivedFlag;
  }

  /** The stored value of a property that is not one of the system's own; null: none. */
  value(slot: Slot, property: string): string | null {
    const calculated = this.calculated.get(property);
    if (calculated !== undefined) return calculated(slot);
    const written = this.#written[slot];
    if (written !== undefined) {
      const value = written[property];
      // `constructor` is a legal property name: only what we stored counts.
      if (typeof value === 'string' || value === null) return value;
    }
    const index = this.#plan[slot]!;
    return index < 0 ? null : (this.#makers.get(property)?.(index) ?? null);
  }

  /** A function that reads one property of any record: the same as `value`, with the look-ups done once. */
  reader(property: string): (slot: Slot) => string | null {
    const special = this.systemReader(property) ?? this.calculated.get(property);
    if (special) return special;
    const make = this.#makers.get(property);
    const written = this.#written;
    const plan = this.#plan;
    return (slot) => {
      const own = written[slot];
      if (own !== undefined) {
        const value = own[property];
        if (typeof value === 'string' || value === null) return value;
      }
      const index = plan[slot]!;
      return make === undefined || index < 0 ? null : make(index);
    };
  }

  /** Where the people plan has this record: -1 for one that came through the API. */
  planIndex(slot: Slot): number {
    return this.#plan[slot]!;
  }

  /** The record made from this index of the plan, or -1. */
  slotOfPlan(index: number): Slot {
    if (this.#slotsOfPlan.length !== this.count) {
      this.#slotsOfPlan = new Int32Array(this.count).fill(-1);
      for (let slot = 0; slot < this.count; slot++)
        if (this.#plan[slot]! >= 0) this.#slotsOfPlan[this.#plan[slot]!] = slot;
    }
    return this.#slotsOfPlan[index] ?? -1;
  }

  /** Readers of what HubSpot itself keeps on every record. */
  systemReader(property: string): ((slot: Slot) => string | null) | undefined {
    if (property === 'hs_object_id') return (slot) => String(this.ids[slot]);
    if (property === 'createdate') return (slot) => isoTime(this.createdAt[slot]!);
    const modified = this.type === 'contacts' ? 'lastmodifieddate' : 'hs_lastmodifieddate';
    if (property === modified) return (slot) => isoTime(this.updatedAt[slot]!);
    return undefined;
  }

  /** Names of the properties with a value written since the record was generated. */
  writtenNames(slot: Slot): string[] {
    const written = this.#written[slot];
    return written === undefined ? [] : Object.keys(written);
  }

  /**
   * Sets values (null: none) and moves the modified date, unless nothing differs. Returns whether anything did.
   * `keepShadow`: readers with a lag will need what was there before. `touch` false leaves the modified date alone.
   */
  write(slot: Slot, changes: Values, now: number, keepShadow = false, touch = true): boolean {
    const before: Values = {};
    let changed = false;
    for (const [name, value] of Object.entries(changes)) {
      const held = this.value(slot, name);
      if (held === value) continue;
      before[name] = held;
      changed = true;
    }
    if (!changed) return false;
    if (keepShadow) this.#shade(slot, now, before);
    let written = this.#written[slot];
    if (written === undefined) {
      written = {};
      this.#written[slot] = written;
    }
    for (const name of Object.keys(before)) {
      this.#unique.change(name, slot, before[name]!, changes[name]!);
      written[name] = changes[name]!;
    }
    if (touch) this.updatedAt[slot] = now;
    return true;
  }

  setArchived(slot: Slot, archived: boolean, now: number, keepShadow = false): void {
    if (this.isArchived(slot) === archived) return;
    if (keepShadow) this.#shade(slot, now, {});
    this.#flags[slot] = archived ? this.#flags[slot]! | archivedFlag : this.#flags[slot]! & ~archivedFlag;
    if (archived) this.archivedAt.set(slot, now);
    else this.archivedAt.delete(slot);
    this.updatedAt[slot] = now;
  }

  /** Takes a record away for good: no reader sees it, and none of its values is left. */
  purge(slot: Slot): void {
    this.#flags[slot] = purgedFlag;
    this.#written[slot] = {};
    this.#plan[slot] = -1;
    this.#slotsOfPlan = new Int32Array(0);
    this.archivedAt.delete(slot);
    this.#unique.forget();
    this.#shadows.forget(slot);
  }

  /** Marks a record as merged away. Its values stay for the admin API. */
  setMerged(slot: Slot, into: Slot, now: number): void {
    this.#flags[slot] = this.#flags[slot]! | mergedFlag;
    this.mergedInto.set(slot, into);
    this.updatedAt[slot] = now;
  }

  /** The record that now stands for this one. */
  resolve(slot: Slot): Slot {
    let at = slot;
    for (let next = this.mergedInto.get(at); next !== undefined; next = this.mergedInto.get(at)) at = next;
    return at;
  }

  /** Adds records; ids as HubSpot gives them, which do not grow with time. `planIndex`: -1, or where its first values come from. */
  create(rows: { values: Values; planIndex?: number }[], now: number, keepShadow = false): Slot[] {
    this.#grow(this.count + rows.length);
    const top = this.count ? this.ids[this.order[this.count - 1]!]! : 1_000;
    const slots: Slot[] = [];
    for (const row of rows) {
      const slot = this.count + slots.length;
      this.ids[slot] = this.#freshId(top, slot, slots);
      this.createdAt[slot] = now;
      this.updatedAt[slot] = now;
      this.#plan[slot] = row.planIndex ?? -1;
      slots.push(slot);
    }
    this.#insert(slots);
    for (const [n, slot] of slots.entries()) {
      const values = rows[n]!.values;
      this.#written[slot] = { ...values };
      for (const name of Object.keys(values)) this.#unique.change(name, slot, null, values[name]!);
      if (rows[n]!.planIndex !== undefined) this.#unique.forget();
      if (keepShadow) this.#shade(slot, now, {}, true);
    }
    return slots;
  }

  /** The live record whose (unique) property has this value, or -1. */
  find(property: string, value: string): Slot {
    const slot = this.#unique.find(property, value, () => this.#liveValues(property));
    return slot === undefined || !this.isLive(slot) ? -1 : slot;
  }

  *#liveValues(property: string): Generator<[string, Slot]> {
    const additional = property === 'email' ? ['hs_additional_emails'] : [];
    for (const name of [property, ...additional]) {
      const read = this.reader(name);
      for (let place = 0; place < this.count; place++) {
        const slot = this.order[place]!;
        const held = this.isLive(slot) ? read(slot) : null;
        if (held) for (const part of name === property ? [held] : held.split(';')) yield [part, slot];
      }
    }
  }

  /** Has any record a change that readers with a lag may not see yet? */
  hasShadows(): boolean {
    return this.#shadows.any();
  }

  /** The record as it was before changes later than `seen`; undefined: as it is now. */
  shadowOf(slot: Slot, seen: number): Shadow | undefined {
    return this.#shadows.of(slot, seen);
  }

  #shade(slot: Slot, at: number, before: Values, created = false): void {
    this.#shadows.add(slot, {
      at,
      before,
      updatedBefore: this.updatedAt[slot]!,
      archivedBefore: this.isArchived(slot),
      created,
    });
  }

  #freshId(top: number, slot: Slot, others: Slot[]): number {
    for (let attempt = 0; ; attempt++) {
      const roll = hash(this.#seed, 'fresh', slot, attempt) / 0x1_0000_0000;
      const id = Math.floor(top + (roll - 0.2) * 400_000_000) + 1;
      if (id > 0 && this.#place(String(id)) < 0 && !others.some((other) => this.ids[other] === id)) return id;
    }
  }

  #grow(needed: number): void {
    if (needed <= this.ids.length) return;
    const size = Math.max(needed, Math.ceil(this.ids.length * 1.5), 16);
    const grown = <T extends Float64Array | Uint8Array | Int32Array | Uint32Array>(next: T, old: T): T => {
      next.set(old);
      return next;
    };
    this.ids = grown(new Float64Array(size), this.ids);
    this.createdAt = grown(new Float64Array(size), this.createdAt);
    this.updatedAt = grown(new Float64Array(size), this.updatedAt);
    this.#flags = grown(new Uint8Array(size), this.#flags);
    this.#plan = grown(new Int32Array(size), this.#plan);
    this.order = grown(new Uint32Array(size), this.order);
  }

  /** Puts new slots where their ids belong: one pass from the back. */
  #insert(slots: Slot[]): void {
    const added = [...slots].sort((a, b) => this.ids[a]! - this.ids[b]!);
    let from = this.count - 1;
    this.count += added.length;
    for (let to = this.count - 1, next = added.length - 1; next >= 0; to--) {
      const slot = added[next]!;
      if (from >= 0 && this.ids[this.order[from]!]! > this.ids[slot]!) this.order[to] = this.order[from--]!;
      else {
        this.order[to] = slot;
        next--;
      }
    }
  }
}
