import type { CrmType } from '../contract.ts';
import { type HubSpotCall, needScope } from './call.ts';
import { HubSpotError, missingScopes } from './errors.ts';

/** The names that paths use for our two types: plural, singular, type id. */
const names: Record<string, CrmType> = {
  contacts: 'contacts',
  contact: 'contacts',
  '0-1': 'contacts',
  companies: 'companies',
  company: 'companies',
  '0-2': 'companies',
};

/** Objects that HubSpot has and this sandbox has not: no token may read them. */
const others: Record<string, string> = {
  deals: 'deals',
  deal: 'deals',
  '0-3': 'deals',
  products: 'products',
  '0-7': 'products',
  line_items: 'line_items',
  '0-8': 'line_items',
  quotes: 'quotes',
  '0-14': 'quotes',
  leads: 'leads',
  '0-136': 'leads',
  owners: 'owners',
  users: 'users',
  orders: 'orders',
  carts: 'carts',
  invoices: 'invoices',
  subscriptions: 'subscriptions',
  goal_targets: 'goals',
  goals: 'goals',
  custom: 'custom',
};
/** Activities and tickets go by scopes of another shape. */
const otherScopes: Record<string, string> = {
  tickets: 'tickets',
  ticket: 'tickets',
  '0-5': 'tickets',
  calls: 'sales-email-read',
  emails: 'sales-email-read',
  meetings: 'sales-email-read',
  notes: 'sales-email-read',
  tasks: 'sales-email-read',
  engagements: 'sales-email-read',
};

export function crmType(name: string): CrmType | undefined {
  return Object.hasOwn(names, name.toLowerCase()) ? names[name.toLowerCase()] : undefined;
}

/** The type, or 403 for an object that the token may not read, or 400 for a word that is no object. */
export function needType(call: HubSpotCall, name: string): CrmType {
  const type = crmType(decodeURIComponent(name));
  if (type) return type;
  const other = name.toLowerCase();
  if (Object.hasOwn(others, other)) {
    const scopes = [`crm.objects.${others[other]}.read`];
    needScope(call, ...scopes);
    throw missingScopes(scopes);
  }
  if (Object.hasOwn(otherScopes, other)) throw missingScopes([otherScopes[other]!]);
  if (/^(2-\d+|p\d*_\w+)$/.test(other)) throw missingScopes(['crm.objects.custom.read']);
  throw unknownType(name);
}

/** A body with a message and nothing else: every other field is optional. */
function unknownType(name: string): HubSpotError {
  const error = new HubSpotError(400, `Unable to infer object type from: ${name}`);
  for (const field of ['category', 'correlationId']) delete error.body[field];
  return error;
}
