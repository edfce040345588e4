/** The way out for alerts: public addresses, and the origins that the deployment named. */
import { createGuardedFetch, type GuardedFetch } from '../../egress/index.ts';

export interface AlertEgress {
  fetch: GuardedFetch;
  origins: readonly string[];
  close(): Promise<void>;
}

export function createAlertEgress(allowed: readonly string[]): AlertEgress {
  const origins = allowed.map((address) => new URL(address).origin);
  const open = createGuardedFetch({ allow: 'public', connections: 8 });
  const named = createGuardedFetch({ allow: origins, connections: 8 });
  return {
    origins,
    fetch: (url, request) => {
      const isNamed = URL.canParse(String(url)) && origins.includes(new URL(url).origin);
      return (isNamed ? named : open).fetch(url, request);
    },
    close: async () => {
      await Promise.all([open.close(), named.close()]);
    },
  };
}
