/**
 * How Temporal is reached, by the variables and profile files of its own SDKs and command line: TLS, client certificates, API keys.
 * A profile file is read only where a variable names the file or a profile of it. The SDK's default file belongs to whoever uses
 * the machine, and Crosswalk would start to work on whatever server it names.
 */
import { existsSync } from 'node:fs';
import type { ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { readSecretVariable } from './secret-variables.ts';

/** Those of the SDK that say how to connect, apart from `TEMPORAL_GRPC_META_…`. */
export const accessVariables = [
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_CONFIG_FILE',
  'TEMPORAL_PROFILE',
  'TEMPORAL_API_KEY',
  'TEMPORAL_TLS',
  'TEMPORAL_TLS_SERVER_NAME',
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
  'TEMPORAL_TLS_SERVER_CA_CERT_DATA',
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_CERT_DATA',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_DATA',
] as const;

/** What is presented when connecting, besides the address. The same for the client and for the worker's own connection. */
export interface TemporalCredentials {
  tls?: Exclude<ConnectionOptions['tls'], null>;
  apiKey?: string;
  metadata?: Record<string, string>;
}

export interface TemporalAccess {
  /** Not given: an embedded server. */
  address: string | undefined;
  namespace: string;
  credentials: TemporalCredentials;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @returns what is wrong, with the variable, where Temporal cannot be reached like that. Empty variables count as not given. */
export function readTemporalAccess(env: Environment): TemporalAccess | { problem: string } {
  const given = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );
  const key = readSecretVariable(env, 'TEMPORAL_API_KEY');
  if (key !== undefined && 'problem' in key) return key;
  if (key !== undefined) given.TEMPORAL_API_KEY = key.value;
  const missing = missingFile(given);
  if (missing !== undefined) return { problem: missing };
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({
      overrideEnvVars: given,
      configFileStrict: true,
      disableFile: given.TEMPORAL_CONFIG_FILE === undefined && given.TEMPORAL_PROFILE === undefined,
    });
    const { address, apiKey, metadata, tls } = connectionOptions;
    const credentials = {
      ...(tls === undefined || tls === null ? {} : { tls }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(metadata === undefined ? {} : { metadata: metadata as Record<string, string> }),
    };
    const secured = Boolean(tls) || apiKey !== undefined;
    if (address === undefined && secured) {
      return { problem: 'TEMPORAL_ADDRESS is needed together with TLS or an API key for Temporal, as host:port' };
    }
    if (apiKey !== undefined && tls === false) {
      return {
        problem: 'TEMPORAL_TLS must not be false together with TEMPORAL_API_KEY: anybody on the way could read the key',
      };
    }
    return { address, namespace: namespace ?? 'default', credentials };
  } catch (error) {
    return {
      problem: `TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE or TEMPORAL_TLS_… cannot be used: ${(error as Error).message}`,
    };
  }
}

/** The SDK takes a file that is not there for one with nothing in it, and half of a client certificate for none. */
function missingFile(given: Readonly<Record<string, string>>): string | undefined {
  for (const name of accessVariables.filter((variable) => /_(FILE|PATH)$/.test(variable))) {
    const file = given[name];
    if (file !== undefined && !existsSync(file)) return `${name} names a file that cannot be read`;
  }
  const has = (what: string): boolean => [`${what}_PATH`, `${what}_DATA`].some((name) => given[name] !== undefined);
  if (has('TEMPORAL_TLS_CLIENT_CERT') !== has('TEMPORAL_TLS_CLIENT_KEY') && given.TEMPORAL_CONFIG_FILE === undefined) {
    return 'TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH are needed together';
  }
  if (given.TEMPORAL_TLS_DISABLE_HOST_VERIFICATION !== undefined) {
    return 'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION is not supported: name the authority with TEMPORAL_TLS_SERVER_CA_CERT_PATH instead';
  }
  return undefined;
}
