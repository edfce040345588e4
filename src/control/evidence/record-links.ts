/** Addresses of a record's own page at both vendors: the counterpart of reading such an address (`record-address.ts`). */
import type { Selectable } from 'kysely';
import type { ConnectionsTable } from '../../db/schema.ts';
import { type PendoRegion, pendoOrigins } from '../../egress/index.ts';
import type { SyncObject } from '../../sync/config.ts';

export interface RecordLinks {
  hubspot: string | null;
  pendo: string | null;
}

/** HubSpot's own name for the objects (docs: `…/contacts/<portal>/record/0-1/<id>`). */
const objectType = { visitor: '0-1', account: '0-2' } as const;

type Connection = Pick<Selectable<ConnectionsTable>, 'vendor' | 'identity' | 'settings'>;

export function recordLinks(
  connections: readonly Connection[],
  object: SyncObject,
  { hubspotId, pendoId }: { hubspotId: string | null; pendoId: string | null },
): RecordLinks {
  const of = (vendor: 'hubspot' | 'pendo') => connections.find((one) => one.vendor === vendor);
  const { portalId, uiDomain } = of('hubspot')?.identity ?? {};
  const region = of('pendo')?.settings.region as PendoRegion | undefined;
  return {
    // A portal of Europe has an address of its own; HubSpot leads there from the other one.
    hubspot:
      hubspotId === null || !/^\d+$/.test(String(portalId ?? ''))
        ? null
        : `https://${hostOf(uiDomain)}/contacts/${portalId}/record/${objectType[object]}/${hubspotId}`,
    // An id that cannot be stored has no page that could be named.
    pendo:
      pendoId === null || region === undefined || !(region in pendoOrigins) || pendoId.startsWith('\u0001')
        ? null
        : `${pendoOrigins[region]}/${object}s/${encodeURIComponent(pendoId)}`,
  };
}

/** A name that a vendor answered with: only one of its own becomes part of a link. */
function hostOf(uiDomain: unknown): string {
  return typeof uiDomain === 'string' && /^app(-[a-z0-9]+)?\.hubspot\.com$/.test(uiDomain)
    ? uiDomain
    : 'app.hubspot.com';
}
