/** From the value of a property to the record that has it. Made for a property when first asked for. */
export class UniqueIndexes {
  #byProperty = new Map<string, Map<string, number>>();

  /** `build` yields every (value, record) of the property; of equal values the first stands. */
  find(property: string, value: string, build: () => Iterable<[string, number]>): number | undefined {
    let index = this.#byProperty.get(property);
    if (index === undefined) {
      index = new Map();
      for (const [held, slot] of build()) {
        const key = keyOf(property, held);
        if (!index.has(key)) index.set(key, slot);
      }
      this.#byProperty.set(property, index);
    }
    return index.get(keyOf(property, value));
  }

  change(property: string, slot: number, before: string | null, after: string | null): void {
    // Contacts are found by their additional addresses too.
    if (property === 'hs_additional_emails') this.#byProperty.delete('email');
    const index = this.#byProperty.get(property);
    if (index === undefined) return;
    if (before !== null && index.get(keyOf(property, before)) === slot) index.delete(keyOf(property, before));
    if (after !== null && after !== '') index.set(keyOf(property, after), slot);
  }

  forget(): void {
    this.#byProperty.clear();
  }
}

/** E-mail addresses are found whatever their case. */
const keyOf = (property: string, value: string) => (property === 'email' ? value.trim().toLowerCase() : value);
