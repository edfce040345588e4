import { jsonResponse, type VendorResponse } from '../server/vendor.ts';
import type { HubSpotCall } from './call.ts';
import { forbiddenUnlessPrivate } from './errors.ts';
import type { Limits } from './limits.ts';

/** `GET /account-info/…/details`: any token may ask. */
export function accountDetails(call: HubSpotCall): VendorResponse {
  call.info.operation = 'accountDetails';
  const { portal } = call;
  const offset = utcOffset(portal.timeZone, portal.clock.now());
  const details = {
    portalId: portal.portalId,
    accountType: 'STANDARD',
    timeZone: portal.timeZone,
    companyCurrency: 'USD',
    additionalCurrencies: [],
    utcOffset: offset.text,
    utcOffsetMilliseconds: offset.ms,
    uiDomain: 'app.hubspot.com',
    dataHostingLocation: 'na1',
    // A number here, as the published file of 2026-09 has it; dates of records are texts.
    ...(call.version === '2026-09' && portal.switches().hubspotOptionalMembers === 'present'
      ? { portalName: `Portal ${portal.portalId}`, createdAt: Date.UTC(2019, 7, 6, 2, 41, 8) }
      : {}),
  };
  return jsonResponse(200, details, call.info);
}

/** `GET /integrations/v1/me`: what people used before there were account details. */
export function accountMe(call: HubSpotCall): VendorResponse {
  call.info.operation = 'accountDetails';
  const { portalId, timeZone } = call.portal;
  return jsonResponse(200, { portalId, timeZone, accountType: 'STANDARD', currency: 'USD' }, call.info);
}

/** `GET /account-info/…/api-usage/daily/private-apps`: what legacy private apps used of the day. */
export function dailyUsage(call: HubSpotCall, limits: Limits): VendorResponse {
  call.info.operation = 'dailyUsage';
  if (call.access.kind !== 'private') throw forbiddenUnlessPrivate();
  const day = limits.day(call.portal);
  const usage = {
    name: 'private-apps-api-calls-daily',
    usageLimit: call.portal.dailyLimit,
    currentUsage: day.used,
    collectedAt: new Date(call.portal.clock.now()).toISOString(),
    fetchStatus: 'SUCCESS',
    resetsAt: new Date(day.resetsAt).toISOString(),
  };
  return jsonResponse(200, { results: [usage] }, call.info);
}

function utcOffset(timeZone: string, at: number): { text: string; ms: number } {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at);
  const text = parts.find((part) => part.type === 'timeZoneName')?.value.replace('GMT', '') || '+00:00';
  const [hours, minutes] = text.slice(1).split(':').map(Number);
  const ms = ((hours ?? 0) * 60 + (minutes ?? 0)) * 60_000;
  return { text, ms: text.startsWith('-') ? -ms : ms };
}
