import type { PeoplePlan } from '../world/people.ts';
import { computed, custom, define, type PropertySpec } from './define.ts';
import type { Makers } from './makers.ts';

export const lifecycleStages: [string, string][] = [
  ['subscriber', 'Subscriber'],
  ['lead', 'Lead'],
  ['marketingqualifiedlead', 'Marketing Qualified Lead'],
  ['salesqualifiedlead', 'Sales Qualified Lead'],
  ['opportunity', 'Opportunity'],
  ['customer', 'Customer'],
  ['evangelist', 'Evangelist'],
  ['other', 'Other'],
];
const leadStatuses: [string, string][] = [
  ['NEW', 'New'],
  ['OPEN', 'Open'],
  ['IN_PROGRESS', 'In Progress'],
  ['UNQUALIFIED', 'Unqualified'],
];
const plans: [string, string][] = [
  ['t1', 'Free'],
  ['t2', 'Team'],
  ['t3', 'Business — Plus'],
  ['t4', 'Enterprise'],
];
/** One label holds the separator of multiple values, on purpose. */
const interests: [string, string][] = [
  ['analytics', 'Analytics'],
  ['guides', 'Guides; in-app'],
  ['feedback', 'Feedback & NPS'],
  ['mobile', 'Móvil'],
];
const values = (options: [string, string][]) => options.map(([value]) => value);

/** The contact properties of every generated portal. */
export function contactProperties(plan: PeoplePlan, m: Makers): PropertySpec[] {
  const info = 'contactinformation';
  const name = (i: number) => plan.nameOf(plan.personOfContact(i));
  const employer = (i: number) => plan.employerOf(plan.personOfContact(i));
  return [
    define('email', 'Email', 'string/text', info, {}, plan.contactEmail),
    define('hs_additional_emails', 'Additional email addresses', 'enumeration/checkbox', info, { ...computed }, (i) => {
      const others = plan.additionalEmails(i);
      return others.length ? others.join(';') : null;
    }),
    define('firstname', 'First Name', 'string/text', info, {}, (i) => name(i).first),
    define('lastname', 'Last Name', 'string/text', info, {}, (i) => name(i).last),
    define('phone', 'Phone Number', 'string/phonenumber', info, {}, m.some(0.7, m.phone('phone'))),
    define('mobilephone', 'Mobile Phone Number', 'phone_number/phonenumber', info, {}, m.some(0.4, m.phone('mobile'))),
    define('jobtitle', 'Job Title', 'string/text', info, {}, m.title('jobtitle')),
    define('company', 'Company Name', 'string/text', info, {}, (i) => {
      const company = employer(i);
      return company === null ? null : plan.companyName(company);
    }),
    define(
      'city',
      'City',
      'string/text',
      info,
      {},
      m.some(0.6, m.oneOf('city', ['Berlin', 'São Paulo', '東京', 'Boston', 'Łódź'])),
    ),
    define('country', 'Country/Region', 'string/text', info, {}, m.oneOf('country', ['DE', 'BR', 'JP', 'US', 'PL'])),
    define(
      'lifecyclestage',
      'Lifecycle Stage',
      'enumeration/radio',
      info,
      { options: lifecycleStages },
      m.oneOf('lifecycle', values(lifecycleStages)),
    ),
    define(
      'hs_lead_status',
      'Lead Status',
      'enumeration/radio',
      info,
      { options: leadStatuses },
      m.some(0.5, m.oneOf('status', values(leadStatuses))),
    ),
    define(
      'hubspotscore',
      'HubSpot Score',
      'number/calculation_score',
      info,
      { ...computed },
      m.whole('score', 0, 100),
    ),
    define(
      'num_associated_deals',
      'Number of Associated Deals',
      'number/calculation_rollup',
      info,
      { ...computed, calculated: true },
      m.some(0.5, m.whole('deals', 0, 7)),
    ),
    define('associatedcompanyid', 'Primary Associated Company ID', 'number/number', info, {}),
    define(
      'hs_email_optout',
      'Unsubscribed from all email',
      'bool/booleancheckbox',
      info,
      { ...computed },
      m.bool('optout', 0.05),
    ),
    define(
      'notes_last_contacted',
      'Last Contacted',
      'datetime/date',
      info,
      { ...computed },
      m.some(0.7, m.datetime('contacted', 400)),
    ),
    define('closedate', 'Close Date', 'datetime/date', info, {}, m.some(0.4, m.datetime('close', 700))),
    define('createdate', 'Create Date', 'datetime/date', info, { ...computed }),
    define('lastmodifieddate', 'Last Modified Date', 'datetime/date', info, { ...computed }),
    define('hs_object_id', 'Record ID', 'number/number', info, { ...computed }),
    define('hs_merged_object_ids', 'Merged record IDs', 'enumeration/checkbox', info, { ...computed }),
    define('hs_raw_profile', 'Raw profile', 'json/text', info, { ...computed }),
    define('hs_whereabouts', 'Whereabouts', 'object_coordinates/text', info, { ...computed, hidden: true }),
    define(
      'annual_spend',
      'Annual spend',
      'number/number',
      'customer',
      custom,
      m.some(0.8, m.decimal('spend', 90_000)),
    ),
    define('seats', 'Seats', 'number/number', 'customer', custom, m.some(0.9, m.whole('seats', 0, 250))),
    define(
      'days_to_close',
      'Days to close',
      'number/calculation_equation',
      'customer',
      { ...custom, ...computed, calculated: true },
      m.some(0.4, m.whole('daystoclose', 1, 300)),
    ),
    define(
      'is_champion',
      'Champion?',
      'bool/booleancheckbox',
      'customer',
      custom,
      m.some(0.6, m.bool('champion', 0.2)),
    ),
    define('contract_start', 'Contract start', 'date/date', 'customer', custom, m.some(0.7, m.date('contract', 1_500))),
    define(
      'plan_tier',
      'Plan',
      'enumeration/select',
      'customer',
      { ...custom, options: plans },
      m.some(0.9, m.oneOf('plan', values(plans))),
    ),
    define(
      'product_interests',
      'Product interests',
      'enumeration/checkbox',
      'customer',
      { ...custom, options: interests },
      m.severalOf('interests', values(interests)),
    ),
    define('bio', 'Biography', 'string/html', 'customer', custom, m.some(0.3, m.html('bio'))),
    define('call_notes', 'Call notes', 'string/textarea', 'customer', custom, m.some(0.5, m.notes('notes'))),
    define(
      'crm_reference',
      'CRM reference',
      'string/text',
      'customer',
      { ...custom, hasUniqueValue: true },
      (i) => `C-${plan.personOfContact(i)}`,
    ),
    define(
      'national_id',
      'National id',
      'string/text',
      'customer',
      { ...custom, dataSensitivity: 'sensitive' },
      m.whole('national', 10_000_000, 99_999_999),
    ),
  ];
}
