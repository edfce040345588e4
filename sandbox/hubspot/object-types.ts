import type { CrmType } from '../contract.ts';
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

/** Objects that HubSpot has and this sandbox has not, with the scope that reading them wants. No token has it. */
const others: [RegExp, string][] = [
  [/^(deals?|deal_splits?|0-3|0-72)$/, 'crm.objects.deals.read'],
  [/^(tickets?|0-5)$/, 'tickets'],
  [/^(products?|0-7|line_items?|0-8|fees?|discounts?|taxes|tax)$/, 'e-commerce'],
  [/^(quotes?|0-14)$/, 'crm.objects.quotes.read'],
  [/^(leads?|0-136)$/, 'crm.objects.leads.read'],
  [/^(feedback_submissions?|0-19)$/, 'crm.objects.feedback_submissions.read'],
  [/^(goals?|goal_targets?|0-74)$/, 'crm.objects.goals.read'],
  [/^(marketing_events?|0-54)$/, 'crm.objects.marketing_events.read'],
  [/^(invoices?|0-53)$/, 'crm.objects.invoices.read'],
  [/^(orders?|0-123)$/, 'crm.objects.orders.read'],
  [/^(carts?|0-142)$/, 'crm.objects.carts.read'],
  [/^(subscriptions?|commerce_subscriptions?|0-69)$/, 'crm.objects.subscriptions.read'],
  [/^(payments?|commerce_payments?|0-101)$/, 'crm.objects.commercepayments.read'],
  [/^(users?|0-115)$/, 'crm.objects.users.read'],
  [/^owners?$/, 'crm.objects.owners.read'],
  [/^forms?$/, 'forms'],
  [
    /^(appointments?|0-421|courses?|0-410|listings?|0-420|services?|0-162|projects?|partner_clients?)$/,
    'crm.objects.custom.read',
  ],
  [
    /^(calls?|0-48|emails?|0-49|meetings?|0-47|notes?|0-46|tasks?|0-27|communications?|postal_mail|engagements?)$/,
    'sales-email-read',
  ],
  [/^(custom|2-\d+|p\d*_\w+)$/, 'crm.objects.custom.read'],
];

export function crmType(name: string): CrmType | undefined {
  return Object.hasOwn(names, name.toLowerCase()) ? names[name.toLowerCase()] : undefined;
}

/** The type, or 403 for an object that the token may not read, or 400 for a word that is no object. */
export function needType(name: string): CrmType {
  const type = crmType(decodeURIComponent(name));
  if (type) return type;
  const scope = others.find(([names]) => names.test(name.toLowerCase()))?.[1];
  if (scope !== undefined) throw missingScopes([scope]);
  throw unknownType(name);
}

/** A body with a message and nothing else: every other field is optional. */
function unknownType(name: string): HubSpotError {
  const error = new HubSpotError(400, `Unable to infer object type from: ${name}`);
  for (const field of ['category', 'correlationId']) delete error.body[field];
  return error;
}
