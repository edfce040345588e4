/**
 * The database's clock as seen from here. Slots are instants of that clock, because it is the one that all workers share.
 * A statement that returned `clock_timestamp()` says between which two offsets the clocks are; what several statements say is put
 * together. So a statement that took long, because the machine was busy, spoils nothing that quicker ones have shown.
 */
export interface DatabaseClock {
  /** Enters a sample; `sent` and `received` by `performance.now()`, `databaseMs` in whole epoch ms. */
  note(sent: number, received: number, databaseMs: number): void;
  /** `performance.now()` at that instant of the database. */
  local(databaseMs: number): number;
  /** That instant of the database in epoch ms of this machine's clock. */
  epoch(databaseMs: number): number;
}

/** By how much two clocks part at most while they are corrected steadily. */
const drift = 500e-6;

export function createDatabaseClock(): DatabaseClock {
  let least = Number.NEGATIVE_INFINITY;
  let most = Number.POSITIVE_INFINITY;
  let notedAt = 0;
  let offset = 0;
  return {
    note(sent, received, databaseMs) {
      const [from, to] = [sent - databaseMs - 1, received - databaseMs];
      const drifted = Math.max(0, received - notedAt) * drift;
      least = Math.max(least - drifted, from);
      most = Math.min(most + drifted, to);
      // One of the clocks was set.
      if (least > most) [least, most] = [from, to];
      notedAt = Math.max(notedAt, received);
      offset = (least + most) / 2;
    },
    local: (databaseMs) => databaseMs + offset,
    epoch: (databaseMs) => Math.round(performance.timeOrigin + databaseMs + offset),
  };
}
