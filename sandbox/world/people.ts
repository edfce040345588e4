import type { WorldRequest } from '../contract.ts';
import { companyKinds, companyWords, firstNames, lastNames, plain } from './names.ts';
import { capitalised, type Oddity, oddityAt, oddKey } from './oddities.ts';
import { hash, mix } from './random.ts';

/**
 * Who exists on which side, and how each side spells their key: a pure function of the seed and a record's index, so
 * that the two halves generate records that belong together without asking each other.
 *
 * Index `i` below the world's count is a record that the world starts with; from the count on, they are the records
 * that "next day" adds, in order. Those of the first `matched` indexes are the same person or company on both sides.
 */
export interface PeoplePlan {
  seed: number;
  tame: boolean;
  /** Is there also what no source has seen? */
  beyondSources: boolean;
  /** How many the world starts with. */
  counts: { contacts: number; companies: number; visitors: number; accounts: number };

  /** The person behind a record; the same number on both sides is the same person. */
  personOfContact(contact: number): number;
  personOfVisitor(visitor: number): number;
  nameOf(person: number): { first: string; last: string };
  /** Their main company: an index that is valid for companies and accounts alike, or null when the world has neither. */
  employerOf(person: number): number | null;

  /** `email` as HubSpot holds it; null: none. */
  contactEmail(contact: number): string | null;
  /** `hs_additional_emails`. */
  additionalEmails(contact: number): string[];

  visitorId(visitor: number): string;
  isAnonymous(visitor: number): boolean;
  isDoNotProcess(visitor: number): boolean;
  /** Account indexes, main one first; few have several, some have none. */
  accountsOfVisitor(visitor: number): number[];
  visitorOddity(visitor: number): Oddity | null;

  companyName(company: number): string;
  companyDomain(company: number): string;
  /** `pendo_account_key` as HubSpot holds it; null: none. */
  companyKey(company: number): string | null;
  accountId(account: number): string;
  accountName(account: number): string;
  isAccountDoNotProcess(account: number): boolean;
  accountOddity(account: number): Oddity | null;
}

const plainFirst = firstNames.map(plain);
const plainLast = lastNames.map(plain);
/** Arrivals of the same person on both sides are numbered from here, out of the way of the first inhabitants. */
const arrivals = 50_000_000;

/** `changed` if it differs from `key`, else the key in lower case. */
const otherwise = (key: string, changed: string) => (changed === key ? key.toLowerCase() : changed);

export function createPeoplePlan(request: WorldRequest): PeoplePlan {
  const seed = hash(request.seed, 'people');
  const tame = request.tame ?? false;
  const matched = request.matched ?? 0.8;
  const { contacts, companies, visitors, accounts } = request;
  const sharedPeople = Math.min(contacts, Math.round(visitors * matched));
  const sharedCompanies = Math.min(companies, Math.round(accounts * matched));
  const shift = seed % 240;

  // Numbers of people and companies: 4n on both sides, 4n+1 in HubSpot only, 4n+2 in Pendo only.
  const arrives = (index: number) => mix(seed, index) / 0x1_0000_0000 < matched;
  const numberOf = (index: number, shared: number, count: number, only: 1 | 2) => {
    if (index < shared) return 4 * index;
    if (index >= count && arrives(index - count)) return 4 * (arrivals + index - count);
    return 4 * index + only;
  };
  const personOfContact = (i: number) => numberOf(i, sharedPeople, contacts, 1);
  const personOfVisitor = (i: number) => numberOf(i, sharedPeople, visitors, 2);
  const orgOfCompany = (i: number) => numberOf(i, sharedCompanies, companies, 1);
  const orgOfAccount = (i: number) => numberOf(i, sharedCompanies, accounts, 2);
  const oddityOf = (number: number) => (tame ? null : oddityAt(number >> 2, shift));
  const before = (number: number) => (number >= 4 ? number - 4 : number);

  const orgs = sharedCompanies || Math.min(companies, accounts) || Math.max(companies, accounts);
  const employerOf = (person: number) => {
    if (orgs === 0) return null;
    const u = mix(seed ^ 0x11, person) / 0x1_0000_0000;
    return Math.floor(orgs * u * u); // a few big customers, many small ones
  };
  const orgWord = (org: number) => companyWords[mix(seed ^ 0x21, org) % companyWords.length]!;
  const orgKind = (org: number) => companyKinds[mix(seed ^ 0x22, org) % companyKinds.length]!;
  const orgName = (org: number) => `${orgWord(org)} ${orgKind(org)} ${org.toString(36)}`;
  const orgDomain = (org: number) => `${orgWord(org)}${orgKind(org)}${org.toString(36)}.example`.toLowerCase();

  const emailOf = (person: number) => {
    const employer = employerOf(person);
    const domain = employer === null ? 'mail.example' : orgDomain(4 * employer);
    const first = plainFirst[mix(seed ^ 0x31, person) % plainFirst.length]!;
    const last = plainLast[mix(seed ^ 0x32, person) % plainLast.length]!;
    return `${first}.${last}.${person.toString(36)}@${domain}`;
  };
  const keyOfOrg = (org: number) => {
    const style = mix(seed ^ 0x23, org) & 3;
    if (style === 0) return `ACC-${String(org).padStart(7, '0')}`;
    if (style === 1) return `${hash(seed, 'org', org).toString(16).padStart(8, '0')}-${org.toString(36)}`;
    return `${orgWord(org)}-${orgKind(org)}-${org.toString(36)}`.toLowerCase();
  };

  const hubspotKey = (number: number, key: (number: number) => string): string | null => {
    const oddity = oddityOf(number);
    if (oddity === 'blank') return null;
    if (oddity === 'spacesOnly') return '   ';
    if (oddity === 'duplicate') return oddKey(oddityOf(before(number)), key(before(number)), before(number));
    return oddKey(oddity, key(number), number);
  };
  const pendoKey = (number: number, key: (number: number) => string): string => {
    const oddity = oddityOf(number);
    if (oddity === 'case') return otherwise(key(number), capitalised(key(number)));
    if (oddity === 'spaces') return ` ${key(number)} `;
    if (oddity === 'foldTwin') return otherwise(key(before(number)), key(before(number)).toUpperCase());
    return oddKey(oddity, key(number), number);
  };

  const isAnonymous = (visitor: number) => {
    const person = personOfVisitor(visitor);
    return !tame && (person & 3) === 2 && mix(seed ^ 0x41, person) % 10 < 4;
  };

  return {
    seed: request.seed,
    tame,
    beyondSources: !tame && (request.beyondSources ?? false),
    counts: { contacts, companies, visitors, accounts },
    personOfContact,
    personOfVisitor,
    nameOf: (person) => ({
      first: firstNames[mix(seed ^ 0x31, person) % firstNames.length]!,
      last: lastNames[mix(seed ^ 0x32, person) % lastNames.length]!,
    }),
    employerOf,
    contactEmail(contact) {
      const person = personOfContact(contact);
      if (oddityOf(person) === 'secondary') return `home.${emailOf(person)}`;
      return hubspotKey(person, emailOf);
    },
    additionalEmails(contact) {
      const person = personOfContact(contact);
      const oddity = oddityOf(person);
      if (oddity === 'secondary') return [emailOf(person)];
      return oddity === null && !tame && mix(seed ^ 0x33, person) % 50 === 0 ? [`old.${emailOf(person)}`] : [];
    },
    visitorId(visitor) {
      const person = personOfVisitor(visitor);
      if (isAnonymous(visitor)) return `_PENDO_T_${hash(seed, 'anonymous', person).toString(36)}${person.toString(36)}`;
      return pendoKey(person, emailOf);
    },
    isAnonymous,
    isDoNotProcess: (visitor) => oddityOf(personOfVisitor(visitor)) === 'doNotProcess',
    accountsOfVisitor(visitor) {
      const person = personOfVisitor(visitor);
      const employer = employerOf(person);
      const dice = mix(seed ^ 0x42, person);
      if (employer === null || accounts === 0 || (!tame && dice % 25 === 0)) return [];
      const main = employer % accounts;
      const second = (dice >>> 8) % accounts;
      return dice % 7 === 0 && second !== main ? [main, second] : [main];
    },
    visitorOddity: (visitor) => oddityOf(personOfVisitor(visitor)),
    companyName: (company) => orgName(orgOfCompany(company)),
    companyDomain: (company) => orgDomain(orgOfCompany(company)),
    companyKey: (company) => {
      const org = orgOfCompany(company);
      const key = hubspotKey(org, keyOfOrg);
      return key !== null && oddityOf(org) === 'secondary' ? ` ${key}` : key;
    },
    accountId: (account) => pendoKey(orgOfAccount(account), keyOfOrg),
    accountName: (account) => orgName(orgOfAccount(account)),
    isAccountDoNotProcess: (account) => mix(seed ^ 0x51, account) / 0x1_0000_0000 < (request.doNotProcessAccounts ?? 0),
    accountOddity: (account) => oddityOf(orgOfAccount(account)),
  };
}
