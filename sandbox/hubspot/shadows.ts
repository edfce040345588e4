/** What a record was before a change that readers with a lag do not see yet. */
export interface Shadow {
  /** The sandbox's time of the change. */
  at: number;
  /** Values before it, of the properties that it changed. */
  before: Record<string, string | null>;
  updatedBefore: number;
  archivedBefore: boolean;
  created: boolean;
}

/** Kept only while a lag is switched on, per record, oldest change first. */
export class Shadows {
  #all = new Map<number, Shadow[]>();

  any(): boolean {
    return this.#all.size > 0;
  }

  forget(slot: number): void {
    this.#all.delete(slot);
  }

  add(slot: number, shadow: Shadow): void {
    const earlier = this.#all.get(slot);
    if (earlier) earlier.push(shadow);
    else this.#all.set(slot, [shadow]);
  }

  /** The record as it was before all changes later than `seen`; undefined: as it is now. */
  of(slot: number, seen: number): Shadow | undefined {
    const unseen = this.#all.get(slot)?.filter((shadow) => shadow.at > seen);
    const first = unseen?.[0];
    if (unseen === undefined || first === undefined) return undefined;
    return { ...first, before: Object.assign({}, ...unseen.toReversed().map((shadow) => shadow.before)) };
  }
}
