/**
 * The environment, read and checked once, at the entry of a process. Everything else gets what it needs passed in.
 * Every error names the variable and what to put there.
 */
import { type Environment, environment, type SignInRule } from './environment.ts';
import { readSecretVariable, secretVariables } from './secret-variables.ts';
import { readTemporalAccess, type TemporalCredentials } from './temporal-access.ts';

export interface Config {
  /** What the application works with. Not given: the embedded PostgreSQL. */
  databaseUrl: string | undefined;
  /** The role that owns the tables. Not given: the one of `databaseUrl`. */
  migrationDatabaseUrl: string | undefined;
  /** Not given: an embedded Temporal dev server. */
  temporal: {
    address: string | undefined;
    namespace: string;
    credentials: TemporalCredentials;
    /** Installations that share a namespace have one each. */
    taskQueue: string;
  };
  host: string;
  /** 0: any free port. */
  port: number;
  /** Where people reach us, without a slash at the end. Not given: the address that is listened on. */
  publicUrl: string | undefined;
  /** Proxies whose `X-Forwarded-For` is believed: addresses and CIDR blocks. */
  trustedProxies: readonly string[];
  /** Wraps the tenants' data keys. Absent only where a caller makes its own, as the demo does. */
  encryptionKey: Buffer | undefined;
  /** Still accepted for reading while keys are being rotated. */
  previousEncryptionKey: Buffer | undefined;
  /** An administrator's key that exists from the first start, to make the others with. */
  bootstrapKey: string | undefined;
  /** Where alerts may go besides public https addresses, e.g. a receiver in the deployment's own network. */
  alertOrigins: readonly string[];
  /** Where the deployment's own audit entries are sent, and what they are signed with. */
  auditWebhook: { url: string; secret: string } | undefined;
  /** Where alerts are handed over that go by e-mail, and who they are from. */
  mail: { smtpUrl: string; from: string } | undefined;
  /** Where people sign in to the console besides with a key. */
  oidc:
    | {
        issuer: string;
        clientId: string;
        clientSecret: string;
        /** On the button. */
        name: string;
        scopes: string;
        rules: readonly SignInRule[];
      }
    | undefined;
  /** How long deliveries and transitions are kept. */
  evidenceDays: number;
  /** How long runs are kept, and longer where evidence still refers to them. */
  runDays: number;
  /** How long the audit trail is kept. */
  auditDays: number;
  /** How long values of a sync that is disabled are kept. Not given: until they are erased. */
  disabledDays: number | undefined;
  /** What one tenant may have and do (`Quotas` of the control plane). */
  quotas: {
    runsPerHour: number;
    fullRunsPerDay: number;
    tenants: number | undefined;
    keys: number;
    sessions: number;
    logins: number;
    mappings: number;
    auditRowsPerDay: number;
  };
  /** Nobody approves a held run whose configuration they changed, or that they started. */
  fourEyes: boolean;
  logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Where this process serves its metrics without a key. Not given: nowhere. */
  metricsAddress: { host: string; port: number } | undefined;
  /** File with the workflows bundled before. Not given: bundled at every start, which takes seconds. */
  workflowBundle: string | undefined;
  /** A worker that has been silent for so long has lost its steps to the others. Not given: 15 s. */
  heartbeatTimeoutMs: number | undefined;
  /** Longest wait for a vendor's answer to begin, and between its pieces. Not given: 30 s. Aggregations have more. */
  vendorTimeoutMs: number | undefined;
  /** Added to the machine's clock. For tests and the demo. */
  clockOffsetMs: number;
  hubspot: {
    /** Overrides HubSpot's own address, for a sandbox. The only way to do so. */
    baseUrl: string | undefined;
    authorizeUrl: string | undefined;
    clientId: string | undefined;
    clientSecret: string | undefined;
    apiVersion: '2026-03' | '2026-09';
  };
  pendo: {
    /** Overrides Pendo's own addresses, for a sandbox. `{region}` in its path stands for the connection's region. */
    baseUrl: string | undefined;
  };
}

/** What is wrong with the environment, one line per variable. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`The environment is not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** @throws ConfigError, naming every variable at fault. Empty variables count as not given. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const problems: string[] = [];
  const { given, nameOf } = readVariables(env, problems);
  const parsed = environment.safeParse(given);
  for (const { path, message } of parsed.error?.issues ?? []) problems.push(`${nameOf(path.join('.'))} ${message}`);
  const readKey = (name: SecretVariable): Buffer | undefined => {
    const text = given[name];
    const key = text === undefined ? undefined : keyFrom(text);
    if (text !== undefined && key === undefined) {
      problems.push(`${nameOf(name)} must be 32 random bytes in base64; try: openssl rand -base64 32`);
    }
    return key;
  };
  const keys = {
    encryptionKey: readKey('CROSSWALK_ENCRYPTION_KEY'),
    previousEncryptionKey: readKey('CROSSWALK_PREVIOUS_ENCRYPTION_KEY'),
  };
  problems.push(...missingTogether(given));
  const temporal = readTemporalAccess(given);
  if ('problem' in temporal) problems.push(temporal.problem);
  if (!parsed.success || problems.length > 0 || 'problem' in temporal) throw new ConfigError(problems);
  return configOf(parsed.data, keys, temporal);
}

type Given = Record<string, string | undefined>;
type SecretVariable = (typeof secretVariables)[number];

/** What is given, secrets from files among it. `nameOf` gives the variable that a value came from, for error messages. */
function readVariables(env: NodeJS.ProcessEnv, problems: string[]): { given: Given; nameOf(name: string): string } {
  const given: Given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const sources: Record<string, string> = {};
  for (const name of secretVariables) {
    const secret = readSecretVariable(env, name);
    if (secret === undefined) continue;
    if ('problem' in secret) problems.push(secret.problem);
    else [given[name], sources[name]] = [secret.value, secret.variable];
  }
  return { given, nameOf: (name) => sources[name] ?? name };
}

/** Variables that mean something together only. */
function missingTogether(given: Given): string[] {
  const problems: string[] = [];
  if (given.CROSSWALK_MIGRATION_DATABASE_URL !== undefined && given.DATABASE_URL === undefined) {
    problems.push(
      'DATABASE_URL is needed together with CROSSWALK_MIGRATION_DATABASE_URL: the application works with it',
    );
  }
  if (given.CROSSWALK_SMTP_URL !== undefined && given.CROSSWALK_MAIL_FROM === undefined) {
    problems.push(
      'CROSSWALK_MAIL_FROM is needed together with CROSSWALK_SMTP_URL: the address that alerts are sent from',
    );
  }
  if ((given.CROSSWALK_AUDIT_WEBHOOK_URL === undefined) !== (given.CROSSWALK_AUDIT_WEBHOOK_SECRET === undefined)) {
    problems.push(
      'CROSSWALK_AUDIT_WEBHOOK_URL and CROSSWALK_AUDIT_WEBHOOK_SECRET are needed together; try: echo "whsec_$(openssl rand -base64 32)"',
    );
  }
  const oidc = ['ISSUER', 'CLIENT_ID', 'CLIENT_SECRET', 'RULES'].map((part) => `CROSSWALK_OIDC_${part}`);
  if (oidc.some((name) => given[name] !== undefined)) {
    const missing = oidc.filter((name) => given[name] === undefined);
    if (missing.length > 0)
      problems.push(`${missing.join(', ')} missing: signing in with OpenID Connect needs all of them`);
  }
  if (given.HUBSPOT_CLIENT_ID !== undefined && given.HUBSPOT_CLIENT_SECRET === undefined) {
    problems.push('HUBSPOT_CLIENT_SECRET is needed together with HUBSPOT_CLIENT_ID; both are on the page of the app');
  }
  return problems;
}

function configOf(
  read: Environment,
  keys: Pick<Config, 'encryptionKey' | 'previousEncryptionKey'>,
  temporal: Omit<Config['temporal'], 'taskQueue'>,
): Config {
  return {
    databaseUrl: read.DATABASE_URL,
    migrationDatabaseUrl: read.CROSSWALK_MIGRATION_DATABASE_URL,
    temporal: { ...temporal, taskQueue: read.TEMPORAL_TASK_QUEUE },
    host: read.CROSSWALK_HOST,
    port: read.CROSSWALK_PORT,
    publicUrl: read.CROSSWALK_PUBLIC_URL,
    trustedProxies: read.CROSSWALK_TRUSTED_PROXIES ?? [],
    ...keys,
    bootstrapKey: read.CROSSWALK_BOOTSTRAP_KEY,
    alertOrigins: read.CROSSWALK_ALERT_ORIGINS ?? [],
    auditWebhook:
      read.CROSSWALK_AUDIT_WEBHOOK_URL === undefined || read.CROSSWALK_AUDIT_WEBHOOK_SECRET === undefined
        ? undefined
        : { url: read.CROSSWALK_AUDIT_WEBHOOK_URL, secret: read.CROSSWALK_AUDIT_WEBHOOK_SECRET },
    mail:
      read.CROSSWALK_SMTP_URL === undefined || read.CROSSWALK_MAIL_FROM === undefined
        ? undefined
        : { smtpUrl: read.CROSSWALK_SMTP_URL, from: read.CROSSWALK_MAIL_FROM },
    oidc: oidcOf(read),
    evidenceDays: read.CROSSWALK_EVIDENCE_DAYS,
    runDays: read.CROSSWALK_RUN_DAYS,
    auditDays: read.CROSSWALK_AUDIT_DAYS,
    disabledDays: read.CROSSWALK_DISABLED_DAYS,
    quotas: {
      runsPerHour: read.CROSSWALK_RUNS_PER_HOUR,
      fullRunsPerDay: read.CROSSWALK_FULL_RUNS_PER_DAY,
      tenants: read.CROSSWALK_MAX_TENANTS,
      keys: read.CROSSWALK_MAX_KEYS,
      sessions: read.CROSSWALK_MAX_SESSIONS,
      logins: read.CROSSWALK_MAX_LOGINS,
      mappings: read.CROSSWALK_MAX_MAPPINGS,
      auditRowsPerDay: read.CROSSWALK_AUDIT_ROWS_PER_DAY,
    },
    fourEyes: read.CROSSWALK_FOUR_EYES === 'true',
    logLevel: read.CROSSWALK_LOG_LEVEL,
    metricsAddress: read.CROSSWALK_METRICS_ADDRESS,
    workflowBundle: read.CROSSWALK_WORKFLOW_BUNDLE,
    heartbeatTimeoutMs: read.CROSSWALK_SILENCE_MS,
    vendorTimeoutMs: read.CROSSWALK_VENDOR_TIMEOUT_MS,
    clockOffsetMs: read.CROSSWALK_CLOCK_OFFSET_MS,
    hubspot: {
      baseUrl: read.HUBSPOT_BASE_URL,
      authorizeUrl: read.HUBSPOT_AUTHORIZE_URL,
      clientId: read.HUBSPOT_CLIENT_ID,
      clientSecret: read.HUBSPOT_CLIENT_SECRET,
      apiVersion: read.HUBSPOT_API_VERSION,
    },
    pendo: { baseUrl: read.PENDO_BASE_URL },
  };
}

function oidcOf(read: Environment): Config['oidc'] {
  const { CROSSWALK_OIDC_ISSUER: issuer, CROSSWALK_OIDC_CLIENT_ID: clientId, CROSSWALK_OIDC_RULES: rules } = read;
  const clientSecret = read.CROSSWALK_OIDC_CLIENT_SECRET;
  if (!issuer || !clientId || !clientSecret || !rules) return undefined;
  return { issuer, clientId, clientSecret, rules, name: read.CROSSWALK_OIDC_NAME, scopes: read.CROSSWALK_OIDC_SCOPES };
}

function keyFrom(text: string): Buffer | undefined {
  const key = /^[A-Za-z0-9+/]{43}=$/.test(text) ? Buffer.from(text, 'base64') : undefined;
  return key !== undefined && new Set(key).size >= 8 ? key : undefined;
}

/** @throws ConfigError where a process must not run without a key of its own. */
export function requireEncryptionKey(config: Config): Buffer {
  if (config.encryptionKey !== undefined) return config.encryptionKey;
  throw new ConfigError([
    'CROSSWALK_ENCRYPTION_KEY (or CROSSWALK_ENCRYPTION_KEY_FILE) is missing: credentials are never stored in the clear; try: openssl rand -base64 32',
  ]);
}
