/** What the operator of the installation has to correct is logged once an hour, and not once for each run that waits for it. */
import type { Logger } from 'pino';
import type { VendorError } from '../sync/vendor-error.ts';
import { operatorRemedy } from './vendor-reason.ts';

const between = 3_600_000;

const reported = new WeakMap<Logger, Map<string, number>>();

export function reportOperatorFault(log: Logger, { vendor, code, status, message }: VendorError): void {
  const before = reported.get(log) ?? new Map<string, number>();
  reported.set(log, before);
  const last = before.get(code);
  if (last !== undefined && performance.now() - last < between) return;
  before.set(code, performance.now());
  log.error(
    { vendor, code, status },
    `${message} No tenant is paused, and all runs that need it wait: ${operatorRemedy(code)}`,
  );
}
