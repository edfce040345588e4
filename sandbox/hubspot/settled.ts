import type { VendorResponse } from '../server/vendor.ts';
import { random } from '../world/random.ts';
import type { HubSpotCall } from './call.ts';

/**
 * The answer to a batch. Results come in any order (switch `hubspotResultOrder`), and with errors the status is 207.
 * `results` are JSON texts already.
 */
export function settle(
  call: HubSpotCall,
  status: number,
  results: string[],
  errors: Record<string, unknown>[],
): VendorResponse {
  if (call.portal.switches().hubspotResultOrder === 'shuffled') shuffle(call, results);
  const now = new Date(call.portal.clock.now()).toISOString();
  let body = `{"status":"COMPLETE","results":[${results.join(',')}]`;
  if (errors.length) body += `,"numErrors":${errors.length},"errors":${JSON.stringify(errors)}`;
  body += `,"startedAt":"${now}","completedAt":"${now}"}`;
  return {
    status: errors.length ? partialStatus(call) : status,
    headers: { 'content-type': 'application/json;charset=utf-8' },
    body,
    call: call.info,
  };
}

/** What a batch is answered with of which some rows failed. */
export function partialStatus({ portal, version }: Pick<HubSpotCall, 'portal' | 'version'>): number {
  return version === '2026-09' ? Number(portal.switches().hubspotPartialStatus) : 207;
}

function shuffle(call: HubSpotCall, results: string[]): void {
  const dice = random(call.portal.seed, 'order', call.number);
  for (let i = results.length - 1; i > 0; i--) {
    const j = dice.int(0, i);
    const held = results[i]!;
    results[i] = results[j]!;
    results[j] = held;
  }
}
