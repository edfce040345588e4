/**
 * The database's clock as seen from here. Slots are instants of that clock, because it is the one that all workers share.
 * A statement that returned `clock_timestamp()` bounds the offset by its own duration; the quickest of the last minute is used.
 */
export interface DatabaseClock {
  /** Enters a sample; `sent` and `received` by `performance.now()`, `databaseMs` in epoch ms. */
  note(sent: number, received: number, databaseMs: number): void;
  /** `performance.now()` at that instant of the database. */
  local(databaseMs: number): number;
  /** The instant of the database at that `performance.now()`. */
  database(localMs: number): number;
  /** That instant of the database in epoch ms of this machine's clock. */
  epoch(databaseMs: number): number;
}

const sampleLife = 60_000;

export function createDatabaseClock(): DatabaseClock {
  let offset = 0;
  let duration = Number.POSITIVE_INFINITY;
  let takenAt = 0;
  return {
    note(sent, received, databaseMs) {
      if (received - sent > duration && received - takenAt < sampleLife) return;
      duration = received - sent;
      takenAt = received;
      offset = (sent + received) / 2 - databaseMs;
    },
    local: (databaseMs) => databaseMs + offset,
    database: (localMs) => localMs - offset,
    epoch: (databaseMs) => Math.round(performance.timeOrigin + databaseMs + offset),
  };
}
