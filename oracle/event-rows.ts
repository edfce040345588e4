/** Which rows count at all, and for whom: the event rows of SEMANTICS 3.1 and the item rows of 3.4. */
import type { EventFact } from './contract.ts';
import { isAnonymous } from './people.ts';

export interface EventScope {
  /** Pendo app ids; null: every app. */
  apps: number[] | null;
  excludedVisitors: ReadonlySet<string>;
  by: 'visitor' | 'account';
}

/** The visitor or account that a row counts for; undefined: for nobody. */
export function recordOf({ apps, excludedVisitors, by }: EventScope): (event: EventFact) => string | undefined {
  const chosen = apps === null ? undefined : new Set(apps);
  return (event) => {
    if (event.blacklisted || (chosen && !chosen.has(event.appId))) return undefined;
    if (isAnonymous(event.visitorId) || excludedVisitors.has(event.visitorId)) return undefined;
    const id = by === 'visitor' ? event.visitorId : event.accountId;
    return id === '' ? undefined : id;
  };
}

/** Distinct days, a bit for each: sets of numbers would not fit for 25,000 visitors. */
export class DayCount {
  days = 0;
  private bits = new Uint32Array(6);

  /** `ordinal`: any number of its own for each day, counted from 0. */
  mark(ordinal: number): void {
    const word = ordinal >>> 5;
    if (word >= this.bits.length) {
      const grown = new Uint32Array(word + 6);
      grown.set(this.bits);
      this.bits = grown;
    }
    const bit = 1 << (ordinal & 31);
    if (((this.bits[word] ?? 0) & bit) !== 0) return;
    this.bits[word] = (this.bits[word] ?? 0) | bit;
    this.days += 1;
  }
}

/** Numbers days in the order in which they are met. */
export class DayOrdinals {
  private readonly known = new Map<number, number>();

  of(day: number): number {
    let ordinal = this.known.get(day);
    if (ordinal === undefined) {
      ordinal = this.known.size;
      this.known.set(day, ordinal);
    }
    return ordinal;
  }
}
