import type { Clock } from '../contract.ts';

/** The instant that both vendors believe it is. Everything they date or compare with "now" asks it. */
export interface SandboxClock {
  /** Epoch ms. */
  now(): number;
  state(): Clock;
  set(change: Partial<Clock>): Clock;
}

/** A clock that starts at `initial.now` (default: real time) and runs on with real time unless told otherwise. */
export function createClock(initial: Partial<Clock> = {}): SandboxClock {
  let running = initial.running ?? true;
  let offset = (initial.now ?? Date.now()) - Date.now();
  let stoppedAt = initial.now ?? Date.now();

  const now = () => (running ? Date.now() + offset : stoppedAt);
  const state = () => ({ now: now(), running });
  return {
    now,
    state,
    set(change) {
      const at = change.now ?? now();
      running = change.running ?? running;
      offset = at - Date.now();
      stoppedAt = at;
      return state();
    },
  };
}
