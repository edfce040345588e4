/** Windows of limits, tokens and days all go by clocks: somebody else's says whether ours is right. */
import { type Check, failed, ok, warning } from './check.ts';

/** In ms. HTTP's own date has whole seconds. */
const noticed = 3_000;
const harmful = 60_000;

export function clockCheck(name: string, aheadMs: number): Check {
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  const fix = 'Let this machine and the database keep their time by NTP.';
  if (Math.abs(aheadMs) < noticed) return ok(name, 'It agrees with the clock of this machine.');
  const message = `It is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the clock of this machine.`;
  return Math.abs(aheadMs) < harmful ? warning(name, message, fix) : failed(name, message, fix);
}
