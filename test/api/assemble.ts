/** The control plane over a database, without an engine: what is asked of it is written down. */
import { randomBytes } from 'node:crypto';
import { createAlertEgress } from '../../src/control/alerts/egress.ts';
import { createMailer } from '../../src/control/alerts/mailer.ts';
import { createVendors } from '../../src/control/connections/vendors.ts';
import type { Control, Quotas } from '../../src/control/control.ts';
import { createIdentityProvider, type IdentitySettings } from '../../src/control/sessions/identity-provider.ts';
import { type Database, openDatabase } from '../../src/db/index.ts';
import { createGuardedFetch } from '../../src/egress/index.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createVault, localKeyEncryption, type Vault } from '../../src/vault/index.ts';

export interface ControlOptions {
  answerWithinMs?: number;
  hubspotUrl?: string;
  pendoUrl?: string;
  oauth?: { clientId: string; clientSecret: string };
  quotas?: Quotas;
  /** Of the mail server that takes alerts. Left out: there is none. */
  smtpUrl?: string;
  /** Where alerts may go besides public addresses. */
  alertOrigins?: string[];
  /** Where the deployment's own audit entries go. */
  auditWebhook?: { url: string; secret: string };
  /** Where people sign in besides with a key. */
  identity?: IdentitySettings;
}

export interface Assembled {
  control: Control;
  db: Database;
  vault: Vault;
  asked: string[];
  logged: string[];
  pass(ms: number): void;
  close(): Promise<void>;
}

export function assembleControl(databaseUrl: string, options: ControlOptions = {}): Assembled {
  const db = openDatabase({ url: databaseUrl });
  const vault = createVault(localKeyEncryption(randomBytes(32)));
  const asked: string[] = [];
  const logged: string[] = [];
  const log = createLog({ level: 'trace', write: (line) => void logged.push(line) });
  let offset = 0;
  const clock = () => Date.now() + offset;
  const hubspotUrl = options.hubspotUrl ?? 'http://127.0.0.1:9';
  const pendoUrl = options.pendoUrl ?? 'http://127.0.0.1:9';
  const egress = createGuardedFetch({ allow: [hubspotUrl, pendoUrl], timeouts: { total: 10_000 } });
  const alerts = createAlertEgress(options.alertOrigins ?? []);
  const audit = options.auditWebhook && createGuardedFetch({ allow: [options.auditWebhook.url] });
  const mail =
    options.smtpUrl === undefined
      ? undefined
      : createMailer({ smtpUrl: options.smtpUrl, from: 'crosswalk@example.com' });
  const publicUrl = 'http://crosswalk.test';
  const vendors = createVendors({
    db,
    vault,
    fetch: egress.fetch,
    publicUrl,
    answerWithinMs: options.answerWithinMs,
    config: {
      hubspot: {
        baseUrl: hubspotUrl,
        authorizeUrl: undefined,
        clientId: options.oauth?.clientId,
        clientSecret: options.oauth?.clientSecret,
        apiVersion: '2026-09',
      },
      pendo: { baseUrl: pendoUrl },
    },
  });
  const control: Control = {
    db,
    vault,
    vendors,
    clock,
    log,
    publicUrl,
    alerts,
    auditWebhook: options.auditWebhook && audit && { ...options.auditWebhook, fetch: audit.fetch },
    mail,
    identityProvider:
      options.identity && createIdentityProvider(options.identity, `${publicUrl}/v1/session/oidc/callback`),
    quotas: options.quotas,
    starter: {
      start: async ({ runId }) => void asked.push(`start ${runId}`),
      lookNow: async (_tenant, object) => void asked.push(`look ${object}`),
    },
    schedules: {
      reconcile: async (_tenant, object) => void asked.push(`reconcile ${object}`),
      reconcileAll: async () => undefined,
      tryOut: async () => ({ accepted: true, next: [] }),
      next: async () => ({ full: null, delta: null }),
    },
  };
  return {
    control,
    db,
    vault,
    asked,
    logged,
    pass: (ms) => {
      offset += ms;
    },
    close: async () => {
      await egress.close();
      await Promise.all([alerts.close(), audit?.close()]);
      mail?.close();
      await db.close();
    },
  };
}
