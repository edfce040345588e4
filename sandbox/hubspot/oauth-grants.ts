import { createHash, randomBytes } from 'node:crypto';
import type { SandboxClock } from '../world/clock.ts';

export interface OAuthApp {
  clientId: string;
  clientSecret: string;
  appId: number;
}

export interface Grant {
  portalId: number;
  scopes: string[];
}

interface Code extends Grant {
  redirectUri: string;
  challenge: string | null;
  method: string;
  expiresAt: number;
}

/** Lives half an hour; HubSpot's own figure. */
export const accessTokenSeconds = 1_800;
const codeMs = 60_000;

/** Codes and tokens that were given out. Times are the sandbox's. */
export interface Grants {
  newCode(grant: Grant, redirectUri: string, challenge: string | null, method: string): string;
  /** Once only, in time, with the same address and the right verifier; else null. */
  redeem(code: string, redirectUri: string, verifier: string | null): Grant | 'redirect' | null;
  /** What a code was given out for; null: never given out, or used. */
  codeGrant(code: string): Grant | null;
  newRefreshToken(grant: Grant): string;
  /** null: never given out, or revoked. */
  refreshGrant(token: string): Grant | null;
  revoke(token: string): void;
  newAccessToken(grant: Grant): string;
  access(token: string): (Grant & { expiresAt: number }) | null;
}

export function createGrants(clock: SandboxClock): Grants {
  const codes = new Map<string, Code>();
  const refreshTokens = new Map<string, Grant>();
  const accessTokens = new Map<string, Grant & { expiresAt: number }>();
  const opaque = (bytes: number) => randomBytes(bytes).toString('base64url');

  return {
    newCode(grant, redirectUri, challenge, method) {
      const code = `na1-${opaque(18)}`;
      codes.set(code, { ...grant, redirectUri, challenge, method, expiresAt: clock.now() + codeMs });
      return code;
    },
    redeem(code, redirectUri, verifier) {
      const held = codes.get(code);
      if (held === undefined || held.expiresAt < clock.now()) return null;
      if (held.redirectUri !== redirectUri) return 'redirect';
      codes.delete(code);
      if (held.challenge !== null && challengeOf(verifier ?? '', held.method) !== held.challenge) return null;
      return { portalId: held.portalId, scopes: held.scopes };
    },
    codeGrant: (code) => codes.get(code) ?? null,
    newRefreshToken(grant) {
      const token = `na1-${opaque(24)}`;
      refreshTokens.set(token, grant);
      return token;
    },
    refreshGrant: (token) => refreshTokens.get(token) ?? null,
    revoke: (token) => void refreshTokens.delete(token),
    newAccessToken(grant) {
      // HubSpot asks to reserve 512 characters: so it is a long one.
      const token = `C${opaque(200)}`;
      accessTokens.set(token, { ...grant, expiresAt: clock.now() + accessTokenSeconds * 1_000 });
      return token;
    },
    access: (token) => accessTokens.get(token) ?? null,
  };
}

const challengeOf = (verifier: string, method: string) =>
  method === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier;
