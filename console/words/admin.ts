import { count, counted } from './numbers.ts';

export const connections = {
  title: 'Connections',
  test: 'Test again',
  disconnect: 'Disconnect…',
  disconnectTitle: (vendor: string) => `Disconnect ${vendor}`,
  disconnectText:
    'The credential is erased and revoked, and this tenant’s syncs pause. Nothing is deleted in HubSpot or Pendo.',
  checked: 'Checked',
  change: 'Change…',
  connect: 'Connect…',
  none: 'Not connected yet.',
};

export const assumptions = {
  title: 'How these accounts behave',
  sum: (proved: number, needed: number, notNeeded: number) =>
    needed === 0
      ? 'Checked once a sync is configured.'
      : `Crosswalk relies on ${counted(needed, 'behaviour')} of HubSpot and Pendo. ${count(proved)} are confirmed on these accounts${notNeeded > 0 ? `; ${count(notNeeded)} more do not matter for this mapping` : ''}.`,
  verify: 'Check again',
  list: 'Assumptions and answers',
  columns: ['Vendor', 'Expected', 'Result', 'Answer', 'When'],
  noAnswer: 'The next run finds out.',
  asking: (answered: number, all: number) =>
    `Checking how the account behaves, reading only: ${answered} of ${all}. You can go on meanwhile.`,
  asked: 'The account was checked. Syncs that rely on what is different stop before they write, or go another way.',
  waits: 'Not answered yet.',
  states: {
    proved: { tone: 'good', word: 'Confirmed' },
    disproved: { tone: 'act', word: 'Different' },
    otherWay: { tone: 'wait', word: 'Different, handled' },
    unknown: { tone: 'idle', word: 'Cannot tell' },
    notAsked: { tone: 'idle', word: 'Not checked yet' },
  },
} as const;

export const shareLogin = {
  make: 'Share a login link…',
  another: 'Make another link',
  link: 'Link to log in at HubSpot',
  copy: 'Copy the link',
  copied: 'Copied',
  hint: 'Send it to whoever can log in at HubSpot; they need no access to Crosswalk. It works once, for ten minutes, for this tenant only. This page shows when it is done.',
  askAdmin: 'An administrator can make a login link for whoever can log in at HubSpot.',
};

export const alerts = {
  title: 'Alerts',
  target: 'By webhook',
  url: 'Address of the webhook',
  urlHint: 'An https address. Slack, Microsoft Teams and Discord webhooks work as they are.',
  quiet: 'Hours without a good run before an alert',
  save: 'Save',
  secret: 'Signing secret, shown only now:',
  test: 'Send a test',
  delivered: 'Delivered.',
  none: 'No webhook is set. Add one to get a message in a chat or in your own system when a sync needs attention.',
  remove: 'Remove the webhook',
  list: 'Sent alerts',
  empty: 'No alert was raised yet. Alerts report changes: held, failed, recovered.',
  columns: { at: 'When', sync: 'Sync', type: 'Change', message: 'Message', state: 'Delivery' },
  delivery: (waits: boolean, attempts: number, error: string | null) => {
    if (error !== null) return `${counted(attempts, 'attempt')}: ${error}`;
    return waits ? 'waiting' : 'no webhook';
  },
  mailed: (sent: number, total: number) => `${sent} of ${counted(total, 'e-mail')} sent`,
  mail: {
    title: 'By e-mail',
    lead: 'Each address first gets an e-mail with a confirmation link. Alerts start once it is confirmed, and each has a link to unsubscribe.',
    unavailable:
      'E-mail is not set up on this installation. Its operator sets CROSSWALK_SMTP_URL and CROSSWALK_MAIL_FROM.',
    none: 'Nobody gets alerts by e-mail yet.',
    email: 'E-mail address',
    add: 'Add',
    again: 'Send again',
    remove: 'Remove',
    columns: { email: 'Address', state: 'State', last: 'Last mail', actions: '' },
    asked: 'not confirmed yet',
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
