import type { Call } from '../contract.ts';

/** Every call that reached a world, in order of arrival. */
export interface CallLog {
  open(call: Omit<Call, 'seq' | 'endedAt'>): Call;
  since(seq: number): Iterable<Call>;
  clear(): void;
}

export function createCallLog(): CallLog {
  let calls: Call[] = [];
  let seq = 0;
  return {
    open(call) {
      const entry: Call = { seq: ++seq, endedAt: call.at, ...call };
      calls.push(entry);
      return entry;
    },
    *since(after) {
      const seen = calls;
      for (let i = 0; i < seen.length; i++) if (seen[i]!.seq > after) yield seen[i]!;
    },
    clear() {
      calls = [];
    },
  };
}
