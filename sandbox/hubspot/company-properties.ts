import type { PeoplePlan } from '../world/people.ts';
import { lifecycleStages } from './contact-properties.ts';
import { computed, custom, define, type PropertySpec } from './define.ts';
import type { Makers } from './makers.ts';

const industries: [string, string][] = [
  ['COMPUTER_SOFTWARE', 'Computer Software'],
  ['HOSPITAL_HEALTH_CARE', 'Hospital & Health Care'],
  ['FOOD_BEVERAGES', 'Food & Beverages'],
  ['LOGISTICS_AND_SUPPLY_CHAIN', 'Logistics and Supply Chain'],
];
const tiers: [string, string][] = [
  ['gold', 'Gold'],
  ['silver', 'Silver'],
  ['bronze', 'Bronze (legacy)'],
];
const products: [string, string][] = [
  ['core', 'Core'],
  ['insights', 'Insights; reports'],
  ['connect', 'Connect'],
];
const values = (options: [string, string][]) => options.map(([value]) => value);

/** The company properties of every generated portal. */
export function companyProperties(plan: PeoplePlan, m: Makers): PropertySpec[] {
  const info = 'companyinformation';
  return [
    define('name', 'Company name', 'string/text', info, {}, plan.companyName),
    define('domain', 'Company Domain Name', 'string/text', info, {}, plan.companyDomain),
    define('hs_additional_domains', 'Additional Domains', 'enumeration/checkbox', info, { ...computed }),
    define('website', 'Website URL', 'string/text', info, {}, (i) => `https://www.${plan.companyDomain(i)}/`),
    define('phone', 'Phone Number', 'phone_number/phonenumber', info, {}, m.some(0.6, m.phone('company phone'))),
    define(
      'industry',
      'Industry',
      'enumeration/select',
      info,
      { options: industries },
      m.oneOf('industry', values(industries)),
    ),
    define(
      'lifecyclestage',
      'Lifecycle Stage',
      'enumeration/radio',
      info,
      { options: lifecycleStages },
      m.oneOf('company stage', values(lifecycleStages)),
    ),
    define(
      'numberofemployees',
      'Number of Employees',
      'number/number',
      info,
      {},
      m.some(0.8, m.whole('employees', 1, 40_000)),
    ),
    define('annualrevenue', 'Annual Revenue', 'number/number', info, {}, m.some(0.6, m.decimal('revenue', 5_000_000))),
    define(
      'num_associated_contacts',
      'Number of Associated Contacts',
      'number/calculation_rollup',
      info,
      { ...computed, calculated: true },
      m.whole('associated', 0, 60),
    ),
    define('is_public', 'Is Public', 'bool/booleancheckbox', info, {}, m.bool('public', 0.1)),
    define(
      'city',
      'City',
      'string/text',
      info,
      {},
      m.oneOf('company city', ['München', 'Curitiba', '大阪', 'Austin', 'Kraków']),
    ),
    define('description', 'Description', 'string/textarea', info, {}, m.some(0.7, m.notes('company description'))),
    define(
      'notes_last_contacted',
      'Last Contacted',
      'datetime/date',
      info,
      { ...computed },
      m.some(0.6, m.datetime('company contacted', 500)),
    ),
    define('createdate', 'Create Date', 'datetime/date', info, { ...computed }),
    define('hs_lastmodifieddate', 'Last Modified Date', 'datetime/date', info, { ...computed }),
    define('hs_object_id', 'Record ID', 'number/number', info, { ...computed }),
    define('hs_merged_object_ids', 'Merged record IDs', 'enumeration/checkbox', info, { ...computed }),
    define('pendo_account_key', 'Pendo account key', 'string/text', 'account', custom, plan.companyKey),
    define(
      'billing_reference',
      'Billing reference',
      'string/text',
      'account',
      { ...custom, hasUniqueValue: true },
      (i) => `B-${i}`,
    ),
    define(
      'health_score',
      'Health score',
      'number/calculation_score',
      'account',
      { ...custom, ...computed },
      m.some(0.9, m.whole('health', 0, 100)),
    ),
    define(
      'margin',
      'Margin',
      'number/calculation_equation',
      'account',
      { ...custom, ...computed, calculated: true },
      m.some(0.5, m.decimal('margin', 100)),
    ),
    define('renewal_date', 'Renewal date', 'date/date', 'account', custom, m.some(0.8, m.date('renewal', 700))),
    define(
      'account_tier',
      'Account tier',
      'enumeration/select',
      'account',
      { ...custom, options: tiers },
      m.some(0.9, m.oneOf('tier', values(tiers))),
    ),
    define(
      'products',
      'Products',
      'enumeration/checkbox',
      'account',
      { ...custom, options: products },
      m.severalOf('products', values(products)),
    ),
    define('about', 'About', 'string/html', 'account', custom, m.some(0.4, m.html('about'))),
    define(
      'tax_id',
      'Tax id',
      'string/text',
      'account',
      { ...custom, dataSensitivity: 'sensitive' },
      m.whole('tax', 1_000_000, 9_999_999),
    ),
  ];
}
