import { counted } from './numbers.ts';

export const connections = {
  title: 'Connections',
  test: 'Test again',
  disconnect: 'Disconnect…',
  disconnectTitle: (vendor: string) => `Disconnect ${vendor}`,
  disconnectText:
    'The credential is erased and revoked, and this tenant’s syncs pause. Nothing is deleted in HubSpot or Pendo.',
  checked: 'Checked',
  change: 'Connect another account or change settings',
  none: 'Not connected yet.',
};

export const assumptions = {
  title: 'Do these accounts work as assumed?',
  sum: (proved: number, needed: number, notNeeded: number) =>
    needed === 0
      ? 'No sync is configured yet that would need to know.'
      : `${proved} of ${needed} assumptions proved on these accounts${notNeeded > 0 ? `; ${notNeeded} more are not needed for this mapping` : ''}.`,
  verify: 'Ask the accounts now',
  list: 'Assumptions and answers',
  columns: ['Vendor', 'Assumed', 'Result', 'What the account answered', 'When'],
  noAnswer: 'Found out by the next run.',
  asking: (answered: number, all: number) =>
    `Asking the account whether it works as assumed, reading only: ${answered} of ${all}. You can go on meanwhile.`,
  asked:
    'The account was asked whether it works as assumed. Syncs that rely on what is not so stop before they write, or go another way.',
  waits: 'Not answered yet.',
  states: {
    proved: { tone: 'good', word: 'Proved' },
    disproved: { tone: 'act', word: 'Not so' },
    otherWay: { tone: 'wait', word: 'Not so, another way is used' },
    unknown: { tone: 'idle', word: 'Cannot tell' },
    notAsked: { tone: 'idle', word: 'Not asked yet' },
  },
} as const;

export const shareLogin = {
  make: 'Make a link for the login at HubSpot',
  another: 'Make another link',
  link: 'Link to log in at HubSpot',
  copy: 'Copy the link',
  copied: 'Copied',
  hint: 'Good for ten minutes, once, for this tenant only. Whoever opens it logs in at HubSpot and confirms the account; they need no key of Crosswalk. This page shows when it is done.',
  askAdmin: 'An administrator can make a link for whoever can log in at HubSpot.',
};

export const alerts = {
  title: 'Alerts',
  target: 'By webhook',
  url: 'Address of the webhook',
  urlHint: 'An https address. Slack, Microsoft Teams and Discord webhooks work as they are.',
  quiet: 'Alert when no run has succeeded for this many hours',
  save: 'Save',
  secret: 'Signing secret, shown only now:',
  test: 'Send a test',
  delivered: 'Delivered.',
  none: 'No webhook is set. Set one to hear in a chat or a system of yours when a sync needs somebody.',
  remove: 'Send no alerts',
  list: 'Sent alerts',
  empty: 'No alert was raised yet. Alerts report changes: held, failed, recovered.',
  columns: { at: 'When', sync: 'Sync', type: 'Change', message: 'Message', state: 'Delivery' },
  delivery: (waits: boolean, attempts: number, error: string | null) => {
    if (error !== null) return `${counted(attempts, 'attempt')}: ${error}`;
    return waits ? 'waiting' : 'not posted';
  },
  mailed: (sent: number, total: number) => `${sent} of ${counted(total, 'e-mail')} sent`,
  mail: {
    title: 'By e-mail',
    lead: 'Each address gets a mail with a link first, and alerts once somebody there has agreed. Every mail has a link that ends them.',
    unavailable:
      'This installation has no mail server. Whoever operates it sets CROSSWALK_SMTP_URL and CROSSWALK_MAIL_FROM.',
    none: 'Nobody gets alerts by e-mail yet.',
    email: 'E-mail address',
    add: 'Add and ask',
    again: 'Ask again',
    remove: 'Remove',
    columns: { email: 'Address', state: 'State', last: 'Last mail', actions: '' },
    asked: 'asked, has not agreed yet',
    confirmed: 'gets alerts',
    sent: 'sent',
    notSent: (error: string) => `not sent: ${error}`,
  },
};

export const audit = {
  title: 'Audit',
  lead: 'Who changed what, and when. Entries cannot be changed.',
  csv: 'Download CSV',
  empty: 'Nothing was recorded yet.',
  columns: { at: 'When', tenant: 'Tenant', actor: 'Who', action: 'What', subject: 'To what', change: 'Change' },
};

export const keys = {
  title: 'Keys and sessions',
  keys: 'API keys',
  sessions: 'Open sessions',
  create: 'Create a key',
  name: 'Name',
  scope: 'May',
  scopes: {
    read: 'read',
    operate: 'operate: run, pause, approve, configure',
    admin: 'administer: connections, keys, tenants',
  } as Record<string, string>,
  shown: 'Copy the key now. It is not shown again.',
  revoke: 'Revoke',
  revoked: 'revoked',
  end: 'End',
  own: 'this one',
  columns: {
    name: 'Name',
    prefix: 'Begins with',
    scopes: 'May',
    tenant: 'Tenant',
    used: 'Last used',
    created: 'Created',
    state: '',
  },
  sessionColumns: { key: 'Key', agent: 'Browser', seen: 'Last used', started: 'Started', state: '' },
  every: 'all',
  never: 'never',
};
