/** A bound that was met: with which number, and when there is room again. */
import { ControlError } from './errors.ts';

export interface Quota {
  limit: number;
  /** Null: not by waiting. */
  freeAt: Date | null;
}

export interface QuotaMet extends Quota {
  code: string;
  message: string;
  fix: string;
}

export const dayMs = 86_400_000;

export function quotaMet({ code, message, fix, limit, freeAt }: QuotaMet, now: number): ControlError {
  const wait = freeAt === null ? {} : { retryAfter: Math.max(1, Math.ceil((freeAt.getTime() - now) / 1000)) };
  const when = freeAt === null ? '' : ` There is room again at ${freeAt.toISOString()}.`;
  return new ControlError({
    kind: freeAt === null ? 'conflict' : 'limited',
    code,
    message: `${message}${when}`,
    fix,
    quota: { limit, freeAt },
    ...wait,
  });
}
