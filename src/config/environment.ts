/** The variables of the environment: their forms, what each must be, and what stands where one is not given. */
import { z } from 'zod';
import { isNetwork } from '../control/keys/networks.ts';
import { tracingVariables } from '../telemetry/tracing.ts';
import { isWeak } from '../vault/key-strength.ts';
import { checkDatabaseAddress } from './database-address.ts';
import { accessVariables } from './temporal-access.ts';

const url = (what: string) =>
  z
    .url({ protocol: /^https?$/, error: `must be ${what} with http:// or https://` })
    .transform((text) => text.replace(/\/+$/, ''));
const database = z
  .string()
  .regex(/^postgres(ql)?:\/\//, 'must be an address like postgres://user:password@host:5432/crosswalk')
  .transform((address, context) => {
    const checked = checkDatabaseAddress(address);
    if ('address' in checked) return checked.address;
    context.addIssue({ code: 'custom', message: checked.problem });
    return z.NEVER;
  })
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
export type SignInRule = z.infer<typeof signInRule>;

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

/** Read by the libraries that they are of; named here so that everything of a process's environment is. */
const theirs = Object.fromEntries(
  [...accessVariables, ...tracingVariables].map((name) => [name, z.string().optional()]),
) as Record<(typeof accessVariables)[number] | (typeof tracingVariables)[number], z.ZodOptional<z.ZodString>>;

export const environment = z.object({
  ...theirs,
  DATABASE_URL: database,
  CROSSWALK_MIGRATION_DATABASE_URL: database,
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^[^\s/]+:\d+$/, 'must be host:port, like localhost:7233')
    .optional(),
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
  CROSSWALK_METRICS_ADDRESS: z
    .string()
    .regex(/^[^\s/]+:\d{1,5}$/, 'must be host:port, like 0.0.0.0:9464')
    .transform((text) => ({ host: text.slice(0, text.lastIndexOf(':')), port: Number(text.split(':').at(-1)) }))
    .optional(),
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

export type Environment = z.infer<typeof environment>;
