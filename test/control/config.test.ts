/** The environment is read once, and every mistake in it is told by its variable, with what to put there. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type Config, ConfigError, readConfig, requireEncryptionKey } from '../../src/config/config.ts';
import { variables } from '../../src/config/environment.ts';
import { plainHttpWarning } from '../../src/config/plain-http.ts';
import { secretVariables } from '../../src/config/secret-variables.ts';

const key = randomBytes(32).toString('base64');

test('nothing set is a working configuration, except for the key', () => {
  const config = readConfig({});
  expect(config).toMatchObject({ port: 8080, host: '127.0.0.1', logLevel: 'info', clockOffsetMs: 0 });
  expect(() => requireEncryptionKey(config)).toThrow(/CROSSWALK_ENCRYPTION_KEY/);
  expect(requireEncryptionKey(readConfig({ CROSSWALK_ENCRYPTION_KEY: key })).toString('base64')).toBe(key);
});

test('a variable that is set to nothing counts as not set', () => {
  expect(readConfig({ DATABASE_URL: '', CROSSWALK_PORT: '' })).toMatchObject({ databaseUrl: undefined, port: 8080 });
});

test('another address for Pendo may leave a place for the region', () => {
  const { pendo } = readConfig({ PENDO_BASE_URL: 'http://localhost:9000/{region}/' });
  expect(pendo.baseUrl).toBe('http://localhost:9000/{region}');
});

test.each([
  ['DATABASE_URL', 'mysql://x'],
  ['DATABASE_URL', 'postgres://app@db/crosswalk?sslmode=verify'],
  ['DATABASE_URL', 'postgres://app@db/crosswalk?sslrootcert=/no/such.pem'],
  ['TEMPORAL_ADDRESS', 'http://localhost:7233'],
  ['CROSSWALK_PORT', '99999'],
  ['CROSSWALK_PUBLIC_URL', 'crosswalk.example.com'],
  ['CROSSWALK_ENCRYPTION_KEY', 'short'],
  ['CROSSWALK_ENCRYPTION_KEY', Buffer.alloc(32).toString('base64')],
  ['CROSSWALK_ENCRYPTION_KEY', Buffer.alloc(32, 'password').toString('base64').slice(0, 40)],
  ['CROSSWALK_ENCRYPTION_KEY_FILE', '/no/such/file'],
  ['CROSSWALK_BOOTSTRAP_KEY', 'admin'],
  ['CROSSWALK_LOG_LEVEL', 'loud'],
  ['CROSSWALK_TRUSTED_PROXIES', 'proxy.internal'],
  ['CROSSWALK_TRUSTED_PROXIES', '10.0.0.0/33'],
  ['CROSSWALK_TRUSTED_PROXIES', '10.0.0.1, '],
  ['CROSSWALK_AUDIT_DAYS', '7'],
  ['CROSSWALK_ALERT_ORIGINS', 'example.com'],
  ['HUBSPOT_API_VERSION', 'v3'],
])('%s=%j is refused by its name, and its value is not repeated', (name, value) => {
  const attempt = () => readConfig({ [name]: value });
  expect(attempt).toThrow(ConfigError);
  expect(attempt).toThrow(new RegExp(name));
  if (name.includes('KEY') && !name.endsWith('FILE')) expect(attempt).not.toThrow(new RegExp(value.slice(0, 12)));
});

test.each([
  'a'.repeat(32),
  'passwordpasswordpassword',
  '123456789012345678901234',
  'abcdefghijklmnopqrstuvwxyz',
  'abcdefghijklmnopqrstuvwxyz0123456789',
  'changemechangemechangeme1',
  'crosswalk-bootstrap-key-0001',
  'administrator-key-for-us-2026',
  'correct-horse-battery-staple-1',
  'qwertyuiopasdfghjklzxcvbnm',
  'ab12ab12ab12ab12ab12ab12ab12',
  'Password1234Password1234',
  '0000000000000000000000000000000000000001',
  'cwk_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
])('the bootstrap key %s can be guessed, and is refused', (key) => {
  const attempt = () => readConfig({ CROSSWALK_BOOTSTRAP_KEY: key });
  expect(attempt).toThrow(/CROSSWALK_BOOTSTRAP_KEY[\s\S]*openssl rand/);
  expect(attempt).not.toThrow(new RegExp(key));
});

test('a random bootstrap key is accepted, in whatever form it is written', () => {
  for (let n = 0; n < 300; n++) {
    const bytes = randomBytes(24);
    for (const key of [
      bytes.toString('hex'),
      bytes.toString('base64'),
      bytes.toString('base64url'),
      `cwk_${bytes.toString('base64url')}`,
    ]) {
      expect(readConfig({ CROSSWALK_BOOTSTRAP_KEY: key }).bootstrapKey).toBe(key);
    }
  }
  expect(readConfig({ CROSSWALK_BOOTSTRAP_KEY: crypto.randomUUID() }).bootstrapKey).toHaveLength(36);
});

test('all mistakes are told at once', () => {
  const attempt = () => readConfig({ CROSSWALK_PORT: 'x', CROSSWALK_LOG_LEVEL: 'loud', HUBSPOT_CLIENT_ID: 'x' });
  expect(attempt).toThrow(/CROSSWALK_PORT[\s\S]*CROSSWALK_LOG_LEVEL[\s\S]*HUBSPOT_CLIENT_SECRET/);
});

test('a key may come from a file, with a line end', () => {
  const file = path.join(tmpdir(), `crosswalk-key-${process.pid}`);
  writeFileSync(file, `${key}\n`);
  expect(readConfig({ CROSSWALK_ENCRYPTION_KEY_FILE: file }).encryptionKey?.toString('base64')).toBe(key);
});

/** One value for each that its variable takes, and where it then is. */
const secretsOfAProcess: Record<(typeof secretVariables)[number], [string, (config: Config) => unknown]> = {
  DATABASE_URL: ['postgres://app:secret@db/crosswalk', (config) => config.databaseUrl],
  CROSSWALK_MIGRATION_DATABASE_URL: ['postgres://owner:secret@db/crosswalk', (config) => config.migrationDatabaseUrl],
  CROSSWALK_ENCRYPTION_KEY: [key, (config) => config.encryptionKey?.toString('base64')],
  CROSSWALK_PREVIOUS_ENCRYPTION_KEY: [key, (config) => config.previousEncryptionKey?.toString('base64')],
  CROSSWALK_BOOTSTRAP_KEY: [randomBytes(24).toString('hex'), (config) => config.bootstrapKey],
  HUBSPOT_CLIENT_SECRET: ['b4c5d6', (config) => config.hubspot.clientSecret],
  CROSSWALK_SMTP_URL: ['smtps://user:secret@mail.example.com:465', (config) => config.mail?.smtpUrl],
  CROSSWALK_AUDIT_WEBHOOK_SECRET: [`whsec_${key}`, (config) => config.auditWebhook?.secret],
  CROSSWALK_OIDC_CLIENT_SECRET: ['c5d6e7', (config) => config.oidc?.clientSecret],
  TEMPORAL_API_KEY: ['d6e7f8', (config) => config.temporal.credentials.apiKey],
};
/** What a secret is of no use without. */
const together: Partial<Record<string, Record<string, string>>> = {
  CROSSWALK_MIGRATION_DATABASE_URL: { DATABASE_URL: 'postgres://app@db/crosswalk' },
  CROSSWALK_AUDIT_WEBHOOK_SECRET: { CROSSWALK_AUDIT_WEBHOOK_URL: 'https://siem.example.com/crosswalk' },
  TEMPORAL_API_KEY: { TEMPORAL_ADDRESS: 'temporal.example.com:7233' },
  CROSSWALK_SMTP_URL: { CROSSWALK_MAIL_FROM: 'crosswalk@example.com' },
  CROSSWALK_OIDC_CLIENT_SECRET: {
    CROSSWALK_OIDC_ISSUER: 'https://id.example.com',
    CROSSWALK_OIDC_CLIENT_ID: 'crosswalk',
    CROSSWALK_OIDC_RULES: '[{"claim":"groups","value":"admins","scope":"admin"}]',
  },
};
const inFile = (text: string): string => {
  const file = path.join(tmpdir(), `crosswalk-secret-${process.pid}-${randomBytes(4).toString('hex')}`);
  writeFileSync(file, text);
  return file;
};

test.each(Object.entries(secretsOfAProcess))('%s may stand in a file', (name, [value, read]) => {
  const others = together[name] ?? {};
  const [file, empty] = [inFile(` ${value}\n`), inFile('\n')];
  expect(read(readConfig({ ...others, [`${name}_FILE`]: file }))).toBe(value);
  // Set to nothing is not set, and what is set goes first.
  expect(read(readConfig({ ...others, [name]: '', [`${name}_FILE`]: file }))).toBe(value);
  expect(read(readConfig({ ...others, [name]: value, [`${name}_FILE`]: empty }))).toBe(value);
  expect(() => readConfig({ ...others, [`${name}_FILE`]: empty })).toThrow(`${name}_FILE names a file that is empty`);
  expect(() => readConfig({ ...others, [`${name}_FILE`]: '/no/such' })).toThrow(
    `${name}_FILE names a file that cannot be read`,
  );
});

test('a secret of the wrong form is refused by the variable that gave it, and not repeated', () => {
  const attempt = () => readConfig({ DATABASE_URL_FILE: inFile('mysql://user:hidden@db') });
  expect(attempt).toThrow(/DATABASE_URL_FILE must be an address/);
  expect(attempt).not.toThrow(/hidden/);
});

test('every variable whose name says that it holds a secret is among those that a file may hold', () => {
  // Temporal's own variables name the file of a client's key by another variable than the key itself.
  const secret = variables.filter(
    (name) =>
      /KEY(?!S)|SECRET|PASSWORD|TOKEN|DATABASE_URL|SMTP_URL/.test(name) && !name.startsWith('TEMPORAL_TLS_CLIENT_KEY'),
  );
  expect(secret.sort()).toEqual([...secretVariables].sort());
});

test.each<[string, Record<string, string>]>([
  ['TEMPORAL_ADDRESS is needed', { TEMPORAL_TLS: 'true' }],
  ['TEMPORAL_ADDRESS is needed', { TEMPORAL_API_KEY: 'k' }],
  ['TEMPORAL_TLS must not be false', { TEMPORAL_ADDRESS: 'a:1', TEMPORAL_API_KEY: 'k', TEMPORAL_TLS: 'false' }],
  ['TEMPORAL_CONFIG_FILE names a file', { TEMPORAL_CONFIG_FILE: '/no/such/temporal.toml' }],
  ['TEMPORAL_PROFILE', { TEMPORAL_CONFIG_FILE: inFile('[profile.default]\naddress = "a:1"\n'), TEMPORAL_PROFILE: 'x' }],
  ['key(s) unrecognized', { TEMPORAL_CONFIG_FILE: inFile('[profile.default]\nadress = "a:1"\n') }],
  ['TEMPORAL_TLS_CLIENT_KEY_PATH', { TEMPORAL_ADDRESS: 'a:1', TEMPORAL_TLS_CLIENT_CERT_PATH: inFile('x') }],
  ['TEMPORAL_TLS_CLIENT_CERT_PATH names', { TEMPORAL_ADDRESS: 'a:1', TEMPORAL_TLS_CLIENT_CERT_PATH: '/no/such.pem' }],
  [
    'is not supported',
    { TEMPORAL_ADDRESS: 'a:1', TEMPORAL_TLS: 'true', TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: 'true' },
  ],
])('a Temporal that cannot be reached so is refused: %s', (said, env) => {
  expect(() => readConfig(env)).toThrow(said);
});

test('Temporal’s own variables and profile files say how it is reached, and variables go first', () => {
  const profiles = inFile(
    '[profile.default]\naddress = "one:7233"\nnamespace = "n1"\n[profile.cloud]\naddress = "two:7233"\napi_key = "k2"\n',
  );
  const read = (env: Record<string, string>) => readConfig(env).temporal;
  expect(read({ TEMPORAL_CONFIG_FILE: profiles })).toMatchObject({ address: 'one:7233', namespace: 'n1' });
  expect(read({ TEMPORAL_CONFIG_FILE: profiles, TEMPORAL_PROFILE: 'cloud', TEMPORAL_NAMESPACE: 'n3' })).toMatchObject({
    address: 'two:7233',
    namespace: 'n3',
    credentials: { apiKey: 'k2', tls: true },
  });
  // The default file of whoever uses this machine says nothing of Crosswalk's Temporal.
  const home = path.join(tmpdir(), `crosswalk-home-${process.pid}`);
  mkdirSync(path.join(home, 'temporalio'), { recursive: true });
  writeFileSync(path.join(home, 'temporalio/temporal.toml'), '[profile.default]\naddress = "mine:7233"\n');
  expect(read({ XDG_CONFIG_HOME: home })).toMatchObject({ address: undefined, namespace: 'default', credentials: {} });
  expect(read({ TEMPORAL_ADDRESS: 'a:7233' })).toMatchObject({ address: 'a:7233', credentials: {} });
});

test('the owner of the tables is of no use without the application’s own address', () => {
  expect(() => readConfig({ CROSSWALK_MIGRATION_DATABASE_URL: 'postgres://owner@db/crosswalk' })).toThrow(
    /DATABASE_URL is needed/,
  );
});

test.each([
  ['http://crosswalk.example.com', true],
  ['http://10.0.0.7:8080', true],
  ['http://0.0.0.0:8080', true],
  ['http://localhost.example.com', true],
  ['https://crosswalk.example.com', false],
  ['http://127.0.0.1:8080', false],
  ['http://localhost:8080', false],
  ['http://[::1]:8080', false],
])('reached at %s, it warns at its start that anybody can read along: %s', (url, warns) => {
  expect(plainHttpWarning(url) !== undefined).toBe(warns);
});
