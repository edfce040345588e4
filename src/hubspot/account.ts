/** Whose token this is, and what it may do. */
import { z } from 'zod';
import { VendorError } from '../sync/vendor-error.ts';
import type { CallApi } from './call.ts';
import type { AccountLimits, HubSpotAccount, HubSpotOptions, TokenInfo } from './types.ts';

/** An id, as a number or its text. */
const number = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]);

const accountSchema = z.object({
  portalId: number,
  portalName: z.string().optional(),
  timeZone: z.string(),
  uiDomain: z.string().default('app.hubspot.com'),
  dataHostingLocation: z.string().default(''),
  accountType: z.string().default('STANDARD'),
});

const tokenSchema = z.object({
  hubId: number.optional(),
  appId: number.optional(),
  userId: number.optional(),
  scopes: z.array(z.string()).optional(),
});

/** Answers any valid token, whatever its scopes: the call to test a connection with. */
export async function readAccount(call: CallApi, version: string): Promise<HubSpotAccount> {
  const { body } = await call(accountSchema, { method: 'GET', path: `/account-info/${version}/details` });
  const { portalName, ...account } = body;
  return portalName === undefined ? account : { ...account, portalName };
}

/** What the account's details say of the limits beside their own words: nothing where a limit is not named. */
export async function readAccountLimits(call: CallApi, version: string): Promise<AccountLimits> {
  const { limits } = await call(z.unknown(), { method: 'GET', path: `/account-info/${version}/details` });
  const { max, dailyMax, dailyRemaining } = limits;
  return { perTenSeconds: max, perDay: dailyMax, leftToday: dailyRemaining };
}

/** Private-app tokens can be asked for their scopes. Other kinds are refused there, which is no fault. */
export async function readTokenInfo(call: CallApi, options: HubSpotOptions): Promise<TokenInfo> {
  try {
    const { body } = await call(tokenSchema, {
      method: 'POST',
      path: '/oauth/v2/private-apps/get/access-token-info',
      body: { tokenKey: await options.token() },
      // Asked only for what it may show; a key of another kind is always refused here.
      twice: 'token',
    });
    return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
  } catch (error) {
    const refused = error instanceof VendorError && (error.kind === 'rejected' || error.kind === 'forbidden');
    if (refused) return {};
    throw error;
  }
}
