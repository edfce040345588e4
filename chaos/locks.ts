/** Who works on a tenant or a sync for a while has it alone; the others wait for their turn. */
export interface Locks {
  alone<T>(key: string, work: () => Promise<T>): Promise<T>;
}

export function createLocks(): Locks {
  const last = new Map<string, Promise<unknown>>();
  return {
    alone(key, work) {
      const turn = (last.get(key) ?? Promise.resolve()).then(work, work);
      last.set(
        key,
        turn.catch(() => undefined),
      );
      return turn;
    },
  };
}

/** What a tenant is connected to, and the records behind it. */
export const tenantLock = (world: number): string => `tenant ${world}`;
/** Who starts runs of a sync. */
export const syncLock = (world: number, object: string): string => `sync ${world} ${object}`;
/** Actions of several steps: one at a time for each tenant. */
export const caseLock = (world: number): string => `case ${world}`;
