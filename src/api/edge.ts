/** What every request passes before any route: an id, headers, size and text. The key is in authentication.ts. */
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { ControlError } from '../control/errors.ts';
import type { ApiEnv } from './environment.ts';

type Edge = MiddlewareHandler<ApiEnv>;

/** The caller's id where it is a plain one, so that it can be found in both logs. */
export const requestIds: Edge = requestId({ limitLength: 64 });

/** A year. Other hosts of the domain are not ours to speak for. */
const httpsOnly = 'max-age=31536000';

/**
 * What a route sets itself stays as it set it. TLS ends in front of us: whether browsers reach us by it is known from the public
 * address, and they are then never to do so without.
 */
export const securityHeaders = (publicUrl: string): Edge =>
  secureHeaders({
    overwrite: false,
    strictTransportSecurity: publicUrl.startsWith('https://') && httpsOnly,
    xFrameOptions: 'DENY',
    contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    permissionsPolicy: { camera: [], geolocation: [], microphone: [] },
  });

/** Nothing is kept by caches between, unless its route says so. */
export const uncached: Edge = async (c, next) => {
  await next();
  if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-store');
};

/** Larger than any configuration: 200 mappings are about 20 kB. */
export const sizeLimit: Edge = bodyLimit({
  maxSize: 256 * 1024,
  onError: () => {
    throw new ControlError({
      kind: 'tooLarge',
      code: 'TOO_LARGE',
      message: 'The request is larger than 256 kB.',
      fix: 'Send less at once.',
    });
  },
});

/** No text in the address that PostgreSQL cannot hold (NUL, half a surrogate pair). */
export const plainAddress: Edge = async (c, next) => {
  if (hasUnstorable(c.req.url) || hasUnstorable(decodeLoosely(c.req.url))) throw unreadable('the address');
  await next();
};

/** JSON only, and of it no such text either. Reads the body, so it stands behind the key. */
export const plainJson: Edge = async (c, next) => {
  if (!['POST', 'PUT', 'PATCH'].includes(c.req.method)) return next();
  const text = await c.req.text().catch((): never => {
    throw new ControlError({
      kind: 'invalid',
      code: 'REQUEST_INCOMPLETE',
      message: 'The connection ended, or the time limit passed, before the whole body had arrived.',
      fix: 'Send the whole request again without a pause.',
    });
  });
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    // Routes that take no body take none of another type either.
    if (text === '') return next();
    throw new ControlError({
      kind: 'invalid',
      code: 'NOT_JSON',
      message: 'The body has to be JSON.',
      fix: 'Send it with "Content-Type: application/json".',
    });
  }
  if (text === '') return next();
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new ControlError({
      kind: 'invalid',
      code: 'MALFORMED_JSON',
      message: 'The body is not well-formed JSON.',
      fix: 'Check quotes, commas and brackets.',
    });
  }
  if (holdsUnstorable(parsed, 0)) throw unreadable('the body');
  await next();
};

function unreadable(where: string): ControlError {
  return new ControlError({
    kind: 'invalid',
    code: 'UNREADABLE_TEXT',
    message: `There is a NUL or a lone surrogate in ${where}, or it is nested too deeply.`,
    fix: 'Send plain text in UTF-8.',
  });
}

function hasUnstorable(text: string): boolean {
  return text.includes('\0') || !text.isWellFormed();
}

function holdsUnstorable(value: unknown, depth: number): boolean {
  if (depth > 20) return true;
  if (typeof value === 'string') return hasUnstorable(value);
  if (value === null || typeof value !== 'object') return false;
  return Object.entries(value).some(([key, part]) => hasUnstorable(key) || holdsUnstorable(part, depth + 1));
}

function decodeLoosely(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url.includes('%00') ? '\0' : '';
  }
}
