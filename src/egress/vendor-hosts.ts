/** Where the vendors' APIs are, by region. A deployment may allow further origins (a sandbox, a proxy); a tenant may not. */

/** One server routes by token; the European name is used in the field too. */
export const hubSpotOrigins = ['https://api.hubapi.com', 'https://api-eu1.hubapi.com'] as const;

/** A Pendo key is bound to one of these, and only trying shows which. */
export const pendoOrigins = {
  us: 'https://app.pendo.io',
  us1: 'https://us1.app.pendo.io',
  eu: 'https://app.eu.pendo.io',
  jp: 'https://app.jpn.pendo.io',
  au: 'https://app.au.pendo.io',
} as const;
export type PendoRegion = keyof typeof pendoOrigins;

/** HubSpot's login page: opened by a browser, never fetched. */
export const hubSpotAuthorizeOrigin = 'https://app.hubspot.com';

export const vendorOrigins: readonly string[] = [...hubSpotOrigins, ...Object.values(pendoOrigins)];
