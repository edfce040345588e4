/**
 * Secrets that come from the environment. Each may stand in a file instead, whose path `<name>_FILE` gives, as orchestrators mount
 * them: what is in an environment is read by `docker inspect`, by child processes and by crash reports.
 */
import { readFileSync } from 'node:fs';

/** Those of a process of Crosswalk. The command line has its own, and they are read the same way. */
export const secretVariables = [
  'DATABASE_URL',
  'CROSSWALK_MIGRATION_DATABASE_URL',
  'CROSSWALK_ENCRYPTION_KEY',
  'CROSSWALK_PREVIOUS_ENCRYPTION_KEY',
  'CROSSWALK_BOOTSTRAP_KEY',
  'HUBSPOT_CLIENT_SECRET',
  'CROSSWALK_SMTP_URL',
  'CROSSWALK_OIDC_CLIENT_SECRET',
  'CROSSWALK_AUDIT_WEBHOOK_SECRET',
  'TEMPORAL_API_KEY',
] as const;

type Environment = Readonly<Record<string, string | undefined>>;

export interface SecretText {
  value: string;
  /** The variable that gave it, for whoever has to correct it. */
  variable: string;
}

/**
 * The value of the variable, else what is in the file, without space around it. An empty variable counts as not given.
 *
 * @returns why it cannot be had, where the file is of no use.
 */
export function readSecretVariable(env: Environment, name: string): SecretText | { problem: string } | undefined {
  const given = env[name];
  if (given !== undefined && given !== '') return { value: given, variable: name };
  const variable = `${name}_FILE`;
  const file = env[variable];
  if (file === undefined || file === '') return undefined;
  try {
    const value = readFileSync(file, 'utf8').trim();
    return value === '' ? { problem: `${variable} names a file that is empty` } : { value, variable };
  } catch {
    return { problem: `${variable} names a file that cannot be read` };
  }
}
