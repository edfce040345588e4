/** How much of the API one tenant can have at work at once, until the last byte of its answers has gone. */
import type { MiddlewareHandler } from 'hono';
import { ControlError } from '../control/errors.ts';
import type { ApiEnv } from './environment.ts';

export interface InFlight {
  /** Requests that are answered side by side; more of them wait for their turn. */
  requests: number;
  /** Exports that are read side by side; more of them are refused. */
  exports: number;
}

/** A tenant's keys together. A key of the installation has four times that for itself. */
export const defaultInFlight: InFlight = { requests: 4, exports: 2 };

interface Slots {
  free: number;
  line: (() => void)[];
}

export function limitInFlight({ requests, exports }: InFlight): MiddlewareHandler<ApiEnv> {
  const all = new Map<string, Slots>();
  const running = new Map<string, number>();
  return async (c, next) => {
    const { actor, tenantId } = c.get('caller');
    const name = tenantId ?? actor;
    const share = tenantId === null ? 4 : 1;
    const isExport = /\.(csv|jsonl)$|\/verify$/.test(c.req.path);
    // The answer is in memory until the caller has read it or gone away, so its slot is free only then.
    const { outgoing } = (c.env ?? {}) as { outgoing?: { once(event: 'close', listener: () => void): void } };
    const closed = outgoing && new Promise<void>((resolve) => outgoing.once('close', resolve));
    if (isExport) {
      const open = running.get(name) ?? 0;
      if (open >= exports * share) throw tooManyExports(exports * share);
      running.set(name, open + 1);
    } else {
      await enter(all, name, requests * share);
    }
    const leave = () => (isExport ? drop(running, name) : exit(all, name, requests * share));
    void closed?.then(leave);
    try {
      await next();
    } finally {
      if (closed === undefined) leave();
    }
  };
}

async function enter(all: Map<string, Slots>, name: string, most: number): Promise<void> {
  const slots = all.get(name) ?? { free: most, line: [] };
  all.set(name, slots);
  if (slots.free > 0) slots.free -= 1;
  else await new Promise<void>((turn) => slots.line.push(turn));
}

function exit(all: Map<string, Slots>, name: string, most: number): void {
  const slots = all.get(name);
  if (slots === undefined) return;
  const next = slots.line.shift();
  if (next === undefined) slots.free += 1;
  else next();
  if (slots.free === most) all.delete(name);
}

function drop(running: Map<string, number>, name: string): void {
  const left = (running.get(name) ?? 1) - 1;
  if (left > 0) running.set(name, left);
  else running.delete(name);
}

function tooManyExports(most: number): ControlError {
  return new ControlError({
    kind: 'limited',
    code: 'TOO_MANY_EXPORTS',
    message: `${most} exports of this tenant are being read already.`,
    fix: 'Read one of them to its end, or close it, and ask again.',
    retryAfter: 10,
  });
}
