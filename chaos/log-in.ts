/** Connects HubSpot by login, as a person at a browser does: through our page, HubSpot's own, and back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, ApiRefusal } from '../demo/api.ts';
import type { World } from '../sandbox/contract.ts';

/** Longer than any outage of a round. */
const patienceMs = 120_000;

/**
 * Whatever is killed in the middle makes the login stale; then it is begun again, as its page says.
 * @throws ApiRefusal where the login may not even be started
 */
export async function logIn(api: Api, tenantId: string, { portalId }: World): Promise<void> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const { url } = await api.post<{ url: string }>(`/v1/tenants/${tenantId}/connections/hubspot/oauth`, {
      portalId: String(portalId),
    });
    try {
      return await passThrough(url, portalId);
    } catch (error) {
      if (error instanceof ApiRefusal || Date.now() > until) throw error;
      await sleep(200);
    }
  }
}

async function passThrough(url: string, portalId: number): Promise<void> {
  const begun = await fetch(url, { redirect: 'manual' });
  const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? '';
  const atHubSpot = new URL(locationOf(begun));
  atHubSpot.searchParams.set('portal', String(portalId));
  const back = locationOf(await fetch(atHubSpot, { redirect: 'manual' }));
  const page = await fetch(back, { headers: { cookie }, redirect: 'manual' });
  const text = await page.text();
  // The account was named when the login was started, so nobody is asked to confirm it.
  if (page.status !== 200 || !text.includes('HubSpot is connected')) throw new Error(`${page.status} ${text}`);
}

function locationOf(response: Response): string {
  const location = response.headers.get('location');
  if (location === null) throw new Error(`${response.url} answered ${response.status} and leads nowhere`);
  return location;
}
