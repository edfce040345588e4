/**
 * How far ahead a process asks for its slots. On a busy machine an answer of the database, or a timer, may come later than a slot
 * allows for, again and again: each slot would be missed in turn. Asked for as far ahead as this process was late, they are met; with
 * many calls on their way at once this costs no throughput.
 */
export interface Lead {
  /** Whole ms; 0 where this process is in time. */
  readonly ms: number;
  /** A slot was missed that had been asked for so far ahead, by so many ms. */
  missed(ahead: number, late: number): void;
  met(): void;
}

const longest = 2_000;
/** Of the lead, left with each slot that is met. */
const left = 0.95;
/** A shorter one is none. In ms. */
const shortest = 20;

export function createLead(): Lead {
  let ms = 0;
  return {
    get ms() {
      return Math.round(ms);
    },
    missed(ahead, late) {
      ms = Math.min(longest, Math.max(ms, ahead + late));
    },
    met() {
      ms = ms < shortest ? 0 : ms * left;
    },
  };
}
