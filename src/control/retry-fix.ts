/** When to try again what a vendor did not do now: a limit for the day is no matter of minutes. */
import { vendorNames } from '../sync/legs.ts';
import type { VendorError } from '../sync/vendor-error.ts';

export function retryFix({ until, vendor, code }: VendorError, now = Date.now()): string {
  if (until === undefined) return 'Try again in a few minutes.';
  const seconds = Math.max(1, Math.ceil((until - now) / 1000));
  const when =
    seconds <= 90
      ? `in ${seconds} s`
      : `after ${new Date(until).toISOString().slice(0, 16).replace('T', ' ')} UTC (in about ${about(seconds)})`;
  const why =
    code === 'DAILY_LIMIT' ? `${vendorNames[vendor]} takes no more calls today: its daily limit is used up. ` : '';
  return `${why}Try again ${when}.`;
}

function about(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} minutes`;
  return `${Math.round(minutes / 60)} hours`;
}
