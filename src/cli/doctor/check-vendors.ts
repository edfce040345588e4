/** The way out: does each vendor's host answer, whatever it says, and does its clock agree with ours? */
import type { Config } from '../../config/config.ts';
import { createGuardedFetch, vendorOrigins } from '../../egress/index.ts';
import { attempt, type Check, ok } from './check.ts';
import { clockCheck } from './check-clock.ts';

export async function checkVendors({ hubspot, pendo }: Config): Promise<Check[]> {
  const hosts = [
    ['hubspot', hubspot.baseUrl ?? 'https://api.hubapi.com'],
    ['pendo', pendo.baseUrl?.replace('{region}', 'us') ?? 'https://app.pendo.io'],
  ] as const;
  const checks = await Promise.all(hosts.map(([vendor, url]) => checkHost(vendor, url)));
  return checks.flat();
}

function checkHost(vendor: string, url: string): Promise<Check[]> {
  const { origin, hostname } = new URL(url);
  const fix = `Let this machine reach ${hostname}, unchanged: docs/operating.md, "A vendor is down".`;
  return attempt(`${vendor}: reachable`, fix, async () => {
    const guarded = createGuardedFetch({ allow: [...vendorOrigins, origin], timeouts: { total: 15_000 } });
    try {
      const asked = Date.now();
      const answer = await guarded.fetch(`${origin}/`, { method: 'GET', headers: {} }).catch((error: unknown) => {
        // A redirect to a login page is an answer as well.
        if ((error as { code?: string }).code === 'REDIRECT') return undefined;
        throw error;
      });
      await answer?.discard();
      const reached = ok(`${vendor}: reachable`, `${hostname} answers.`);
      const date = Date.parse(answer?.header('date') ?? '');
      if (Number.isNaN(date)) return [reached];
      // It has whole seconds: half of one is in the middle.
      return [reached, clockCheck(`clock: ${vendor}`, date + 500 - (asked + Date.now()) / 2)];
    } finally {
      await guarded.close();
    }
  });
}
