/** Connects HubSpot by login, as a person at a browser does: through our page, HubSpot's own, and back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, ApiRefusal } from '../demo/api.ts';
import type { World } from '../sandbox/contract.ts';

/** Longer than any outage of a round. */
const patienceMs = 120_000;

/** The page says that this is not the tenant's portal. Trying again is of no use. */
export class OtherPortal extends Error {}

/**
 * Whatever is killed in the middle makes the login stale; then it is begun again, as its page says.
 * @throws ApiRefusal where the login may not even be started; OtherPortal
 */
export async function logIn(
  api: Api,
  tenantId: string,
  { portalId }: World,
  swap: { allowPortalSwap?: boolean } = {},
): Promise<void> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const { url } = await api.post<{ url: string }>(`/v1/tenants/${tenantId}/connections/hubspot/oauth`, {
      portalId: String(portalId),
      ...swap,
    });
    try {
      return await passThrough(url, portalId);
    } catch (error) {
      if (error instanceof ApiRefusal || error instanceof OtherPortal || Date.now() > until) throw error;
      // Each attempt opens a login, and a tenant may have ten open.
      await sleep(2000);
    }
  }
}

async function passThrough(url: string, portalId: number): Promise<void> {
  const begun = await fetch(url, { redirect: 'manual' });
  const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? '';
  const atHubSpot = new URL(locationOf(begun));
  atHubSpot.searchParams.set('portal', String(portalId));
  const back = locationOf(await fetch(atHubSpot, { redirect: 'manual' }));
  const asked = await read(await fetch(back, { headers: { cookie }, redirect: 'manual' }));
  // An account that this tenant already had is not asked about again.
  if (asked.includes('HubSpot is connected')) return;
  const token = /name="token" value="([\w-]+)"/.exec(asked)?.[1];
  if (token === undefined) throw new Error(`the page does not ask whether this is the right account: ${asked}`);
  const confirmed = await fetch(new URL('/v1/oauth/hubspot/confirm', back), {
    method: 'POST',
    headers: { cookie },
    body: new URLSearchParams({ token }),
  });
  const text = await read(confirmed);
  if (!text.includes('HubSpot is connected')) throw new Error(text);
}

async function read(page: Response): Promise<string> {
  const text = await page.text();
  if (/belongs to the HubSpot account/.test(text)) throw new OtherPortal(text);
  if (page.status !== 200) throw new Error(`${page.status} ${text}`);
  return text;
}

function locationOf(response: Response): string {
  const location = response.headers.get('location');
  if (location === null) throw new Error(`${response.url} answered ${response.status} and leads nowhere`);
  return location;
}
