/**
 * The environment, read and checked once, at the entry of a process. Everything else gets what it needs passed in.
 * Every error names the variable and what to put there.
 */
import { z } from 'zod';
import { isNetwork } from './control/keys/networks.ts';
import { readSecretVariable, secretVariables } from './secret-variables.ts';
import { isWeak } from './vault/key-strength.ts';

const url = (what: string) =>
  z
    .url({ protocol: /^https?$/, error: `must be ${what} with http:// or https://` })
    .transform((text) => text.replace(/\/+$/, ''));
const database = z
  .string()
  .regex(/^postgres(ql)?:\/\//, 'must be an address like postgres://user:password@host:5432/crosswalk')
  .optional();
const port = z.coerce.number().int().min(0).max(65_535);

/** An address, or a block of them as CIDR. */
const network = z
  .string()
  .refine(isNetwork, 'must be a list of addresses or CIDR blocks, separated by commas, like 10.0.0.0/8,fd00::/8');

/** Who may do what: the first rule that fits a person's claims. */
const signInRule = z.strictObject({
  claim: z.string().min(1),
  value: z.string().min(1),
  scope: z.enum(['read', 'operate', 'admin']),
  /** Id or external id. Left out: every tenant. */
  tenant: z.string().min(1).optional(),
});
type SignInRule = z.infer<typeof signInRule>;

const signInRules = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'must be JSON' });
      return z.NEVER;
    }
  })
  .pipe(
    z
      .array(signInRule)
      .min(1, 'must have at least one rule, like [{"claim":"groups","value":"crosswalk-admins","scope":"admin"}]'),
  );

function isSmtpUrl(text: string): boolean {
  const address = URL.canParse(text) ? new URL(text) : undefined;
  return address !== undefined && /^smtps?:$/.test(address.protocol) && address.hostname !== '';
}

const environment = z.object({
  DATABASE_URL: database,
  CROSSWALK_MIGRATION_DATABASE_URL: database,
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^[^\s/]+:\d+$/, 'must be host:port, like localhost:7233')
    .optional(),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  TEMPORAL_TASK_QUEUE: z.string().min(1).max(200).default('crosswalk'),
  CROSSWALK_HOST: z.string().min(1).default('127.0.0.1'),
  CROSSWALK_PORT: port.default(8080),
  CROSSWALK_PUBLIC_URL: url('the address that browsers reach Crosswalk at,').optional(),
  CROSSWALK_TRUSTED_PROXIES: z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(network))
    .optional(),
  CROSSWALK_ENCRYPTION_KEY: z.string().optional(),
  CROSSWALK_PREVIOUS_ENCRYPTION_KEY: z.string().optional(),
  CROSSWALK_BOOTSTRAP_KEY: z
    .string()
    .min(24, 'must have at least 24 characters; try: openssl rand -hex 24')
    .max(200, 'may have 200 characters at most; try: openssl rand -hex 24')
    .refine((key) => !isWeak(key), 'can be guessed: it has to be random; try: openssl rand -hex 24')
    .optional(),
  CROSSWALK_ALERT_ORIGINS: z
    .string()
    .transform((text) => text.split(',').map((origin) => origin.trim()))
    .pipe(z.array(url('a list of origins, separated by commas, each')))
    .optional(),
  CROSSWALK_AUDIT_WEBHOOK_URL: url('the address that takes audit entries,').optional(),
  CROSSWALK_AUDIT_WEBHOOK_SECRET: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/, 'must be whsec_ and at least 24 random bytes in base64')
    .optional(),
  CROSSWALK_SMTP_URL: z
    .string()
    .refine(
      isSmtpUrl,
      'must be an address like smtps://user:password@mail.example.com:465 or smtp://mail.example.com:587',
    )
    .optional(),
  CROSSWALK_MAIL_FROM: z.email('must be an e-mail address, like crosswalk@example.com').optional(),
  CROSSWALK_OIDC_ISSUER: url('the address of the identity provider,').optional(),
  CROSSWALK_OIDC_CLIENT_ID: z.string().min(1).optional(),
  CROSSWALK_OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  CROSSWALK_OIDC_NAME: z.string().min(1).max(60).default('single sign-on'),
  CROSSWALK_OIDC_SCOPES: z.string().min(1).default('openid profile email'),
  CROSSWALK_OIDC_RULES: signInRules.optional(),
  CROSSWALK_EVIDENCE_DAYS: z.coerce.number().int().min(1).max(3650).default(180),
  CROSSWALK_RUN_DAYS: z.coerce.number().int().min(1).max(3650).default(180),
  CROSSWALK_AUDIT_DAYS: z.coerce.number().int().min(30, 'must be at least 30').max(36_500).default(400),
  CROSSWALK_RUNS_PER_HOUR: z.coerce.number().int().min(1).default(60),
  CROSSWALK_FULL_RUNS_PER_DAY: z.coerce.number().int().min(1).default(200),
  CROSSWALK_MAX_TENANTS: z.coerce.number().int().min(1).optional(),
  CROSSWALK_MAX_KEYS: z.coerce.number().int().min(1).default(100),
  CROSSWALK_MAX_SESSIONS: z.coerce.number().int().min(1).default(500),
  CROSSWALK_MAX_LOGINS: z.coerce.number().int().min(1).default(10),
  CROSSWALK_MAX_MAPPINGS: z.coerce.number().int().min(1).default(400),
  CROSSWALK_AUDIT_ROWS_PER_DAY: z.coerce.number().int().min(100, 'must be at least 100').default(20_000),
  CROSSWALK_DISABLED_DAYS: z.coerce.number().int().min(1).max(3650).optional(),
  CROSSWALK_FOUR_EYES: z.enum(['true', 'false']).default('false'),
  CROSSWALK_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  CROSSWALK_WORKFLOW_BUNDLE: z.string().optional(),
  CROSSWALK_SILENCE_MS: z.coerce.number().int().min(1000, 'must be at least 1000').optional(),
  CROSSWALK_VENDOR_TIMEOUT_MS: z.coerce.number().int().min(100, 'must be at least 100').optional(),
  CROSSWALK_CLOCK_OFFSET_MS: z.coerce.number().int().default(0),
  HUBSPOT_BASE_URL: url('an address').optional(),
  HUBSPOT_AUTHORIZE_URL: url('an address').optional(),
  HUBSPOT_CLIENT_ID: z.string().min(1).optional(),
  HUBSPOT_CLIENT_SECRET: z.string().min(1).optional(),
  HUBSPOT_API_VERSION: z.enum(['2026-03', '2026-09']).default('2026-09'),
  PENDO_BASE_URL: url('an address').optional(),
});

/** Every variable that a process of Crosswalk reads, apart from the `_FILE` forms of those that hold a secret. */
export const variables = Object.keys(environment.shape);

export interface Config {
  /** What the application works with. Not given: the embedded PostgreSQL. */
  databaseUrl: string | undefined;
  /** The role that owns the tables. Not given: the one of `databaseUrl`. */
  migrationDatabaseUrl: string | undefined;
  /** Not given: an embedded Temporal dev server. */
  temporal: {
    address: string | undefined;
    namespace: string;
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
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const problems: string[] = [];
  /** Where a secret came from, where that is a file. */
  const sources: Record<string, string> = {};
  for (const name of secretVariables) {
    const secret = readSecretVariable(env, name);
    if (secret === undefined) continue;
    if ('problem' in secret) problems.push(secret.problem);
    else [given[name], sources[name]] = [secret.value, secret.variable];
  }
  const sourceOf = (name: string): string => sources[name] ?? name;
  const parsed = environment.safeParse(given);
  for (const { path, message } of parsed.error?.issues ?? []) problems.push(`${sourceOf(path.join('.'))} ${message}`);
  const readKey = (name: (typeof secretVariables)[number]): Buffer | undefined => {
    const text = given[name];
    if (text === undefined) return undefined;
    const key = keyFrom(text);
    if (key === undefined) {
      problems.push(`${sourceOf(name)} must be 32 random bytes in base64; try: openssl rand -base64 32`);
    }
    return key;
  };
  const encryptionKey = readKey('CROSSWALK_ENCRYPTION_KEY');
  const previousEncryptionKey = readKey('CROSSWALK_PREVIOUS_ENCRYPTION_KEY');
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
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  const read = parsed.data;
  return {
    databaseUrl: read.DATABASE_URL,
    migrationDatabaseUrl: read.CROSSWALK_MIGRATION_DATABASE_URL,
    temporal: {
      address: read.TEMPORAL_ADDRESS,
      namespace: read.TEMPORAL_NAMESPACE,
      taskQueue: read.TEMPORAL_TASK_QUEUE,
    },
    host: read.CROSSWALK_HOST,
    port: read.CROSSWALK_PORT,
    publicUrl: read.CROSSWALK_PUBLIC_URL,
    trustedProxies: read.CROSSWALK_TRUSTED_PROXIES ?? [],
    encryptionKey,
    previousEncryptionKey,
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

function oidcOf(read: z.infer<typeof environment>): Config['oidc'] {
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
