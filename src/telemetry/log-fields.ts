/** What every line of the log says of the work that it belongs to, without being handed through: the request, the trace. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { traceIds } from './tracing.ts';

const current = new AsyncLocalStorage<Readonly<Record<string, string>>>();

/** Lines that `work` writes have these fields, and those of the work around it. */
export function withLogFields<T>(fields: Readonly<Record<string, string>>, work: () => T): T {
  return current.run({ ...current.getStore(), ...fields }, work);
}

export function logFields(): Record<string, string> {
  return { ...current.getStore(), ...traceIds() };
}
