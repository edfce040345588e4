import { randomUUID } from 'node:crypto';
import type {
  CrmEdit,
  CrmType,
  NextDayRequest,
  RawCrmRecord,
  RawOccurrence,
  RawPortal,
  Switches,
  WorldRequest,
} from '../contract.ts';
import { oddAnswer } from '../server/odd-shapes.ts';
import type { CallInfo, VendorRequest, VendorResponse } from '../server/vendor.ts';
import type { SandboxClock } from '../world/clock.ts';
import type { PeoplePlan } from '../world/people.ts';
import { editRecords, rawRecords } from './admin.ts';
import type { Access, HubSpotCall } from './call.ts';
import { badRequest, HubSpotError, unauthorized } from './errors.ts';
import { createLimits, OverLimit } from './limits.ts';
import { nextDay } from './next-day.ts';
import { createPortal, type Portal, patchPortal, rawPortal, visibleProperty } from './portal.ts';
import { isSearch, isSending, route, splitPath } from './route.ts';

export interface HubSpotHalf {
  readonly portalId: number;
  readonly appId: number;
  /** Counts a request into the limits, at its arrival: they stand at HubSpot's door, before whatever takes time. */
  admit(request: VendorRequest, access: Access | 'expired' | null): void;
  /** `access` null: the credential is unknown; `'expired'`: it was good once. */
  handle(request: VendorRequest, access: Access | 'expired' | null): VendorResponse;
  /** What the world's own token may do, as of now. */
  ownAccess(): Access;
  portal(): RawPortal;
  patchPortal(change: Partial<RawPortal>): void;
  records(type: CrmType): Iterable<RawCrmRecord>;
  occurrences(): Iterable<RawOccurrence>;
  edit(type: CrmType, edits: CrmEdit[]): string[];
  /** Changes a share of the records; the clock has moved already. */
  nextDay(request: NextDayRequest): { contacts: number; companies: number };
}

/** Of the records that a request reads; what a write answers stays text. */
function isNumberProperty(portal: Portal, { method, path }: VendorRequest): (name: string) => boolean {
  const type = /\/objects\/.*\b(contacts|companies)\b/.exec(path)?.[1] as CrmType | undefined;
  const reads = method === 'GET' || /\/(search|batch\/read)$/.test(path);
  if (type === undefined || !reads) return () => false;
  return (name) => visibleProperty(portal, type, name)?.type === 'number';
}

export interface HubSpotHalfOptions {
  request: WorldRequest;
  people: PeoplePlan;
  clock: SandboxClock;
  switches: () => Switches;
}

/** HubSpot's half of a world: one portal, and the API on it. */
export function createHubSpotHalf({ request, people, clock, switches }: HubSpotHalfOptions): HubSpotHalf {
  const portal = createPortal(request, people, clock, switches);
  const limits = createLimits();
  let number = 0;
  /** What the limits said at the door: headers, or a 429. */
  const admissions = new WeakMap<VendorRequest, Record<string, string> | OverLimit>();
  const admit = (request: VendorRequest, access: Access): Record<string, string> | OverLimit => {
    let admission = admissions.get(request);
    if (admission === undefined) {
      try {
        const { parts } = splitPath(request.path);
        // The published files exempt the sending of occurrences from the ten-second and the daily limit.
        admission = isSending(parts) ? {} : limits.take(portal, access, isSearch(request.method, parts));
      } catch (error) {
        if (!(error instanceof OverLimit)) throw error;
        admission = error;
      }
      admissions.set(request, admission);
    }
    return admission;
  };

  return {
    portalId: portal.portalId,
    appId: portal.appId,
    ownAccess: () => ({ kind: 'private', appId: portal.appId, scopes: portal.scopes }),
    admit(request, access) {
      if (access === null || access === 'expired') return;
      try {
        admit(request, access);
      } catch (error) {
        // A path that makes no sense is answered like any other mistake, when its turn comes.
        if (!(error instanceof URIError || error instanceof HubSpotError)) throw error;
      }
    },
    handle(vendorRequest, access) {
      const info: CallInfo = { operation: 'unknown', records: 0 };
      const correlation = { 'x-hubspot-correlation-id': randomUUID() };
      let headers: Record<string, string> = correlation;
      try {
        if (access === null || access === 'expired') throw unauthorized(access === 'expired');
        const { version, parts } = splitPath(vendorRequest.path);
        if (isSearch(vendorRequest.method, parts)) info.operation = 'search';
        const admission = admit(vendorRequest, access);
        if (admission instanceof OverLimit) throw admission;
        headers = { ...correlation, ...admission };
        const call: HubSpotCall = { portal, access, version, request: vendorRequest, info, number: ++number };
        const response = route(call, parts, limits);
        Object.assign(response.headers, headers);
        if (switches().oddShapes === 'yes' && typeof response.body === 'string' && response.status < 300)
          response.body = oddAnswer(response.body, isNumberProperty(portal, vendorRequest));
        return response;
      } catch (thrown) {
        // A path that cannot be percent-decoded is the client's mistake.
        const error = thrown instanceof URIError ? badRequest('Malformed path.') : thrown;
        if (!(error instanceof HubSpotError)) throw error;
        if (error instanceof OverLimit) info.overLimit = true;
        const response = error.response(info);
        Object.assign(response.headers, headers);
        return response;
      }
    },
    portal: () => rawPortal(portal),
    patchPortal: (change) => patchPortal(portal, change),
    records: (type) => rawRecords(portal, type),
    occurrences: () => portal.occurrences,
    edit: (type, edits) => editRecords(portal, type, edits),
    nextDay: (day) => nextDay(portal, day),
  };
}
