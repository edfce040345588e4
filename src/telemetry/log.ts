/** The log: one JSON object a line. Whatever may hold a credential or a person's data is left out before it is written. */
import { type Logger, pino, stdSerializers } from 'pino';
import { logFields } from './log-fields.ts';

export type { Logger };

const secretNames = [
  'authorization',
  'cookie',
  'token',
  'accessToken',
  'refreshToken',
  'access_token',
  'refresh_token',
  'client_secret',
  'clientSecret',
  'key',
  'apiKey',
  'password',
  'secret',
  'code',
];

/** Codes of errors are wanted, so `code` is left out below headers, bodies and queries only. */
const paths = [
  ...secretNames.filter((name) => name !== 'code').flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
  ...secretNames.flatMap((name) => [`headers.${name}`, `query.${name}`, `body.${name}`]),
  'headers["x-pendo-integration-key"]',
  '*.headers["x-pendo-integration-key"]',
];

export interface LogOptions {
  level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Default: standard output. */
  write?: ((line: string) => void) | undefined;
}

export function createLog({ level, write }: LogOptions): Logger {
  const options = {
    level,
    base: undefined,
    mixin: logFields,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths, censor: '[secret]' },
    serializers: { err: describeError },
  };
  return write === undefined ? pino(options) : pino(options, { write });
}

/**
 * Class, code, our message and the stack. A vendor's text and body, and PostgreSQL's detail (which quotes the row), stay
 * out: they may hold a person's data.
 */
function describeError(error: Error & { code?: unknown; kind?: unknown; severity?: unknown }): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  const { type, stack } = stdSerializers.err(error);
  const code = typeof error.code === 'string' ? { code: error.code } : {};
  const kind = typeof error.kind === 'string' ? { kind: error.kind } : {};
  // A message of PostgreSQL may quote a value too.
  const ofDatabase = typeof error.severity === 'string';
  const frames = stack.split('\n').filter((line) => line.trimStart().startsWith('at '));
  return {
    type,
    ...code,
    ...kind,
    ...(ofDatabase ? {} : { message: error.message.slice(0, 500) }),
    stack: frames.slice(0, 20).join('\n'),
    ...(error.cause instanceof Error ? { cause: describeError(error.cause) } : {}),
  };
}
