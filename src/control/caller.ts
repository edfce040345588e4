/** Who asks, and what they may do. Every function of the control plane takes one and checks it first. */
import type { Scope } from '../db/schema-control.ts';
import { ControlError, notFound } from './errors.ts';

export type { Scope };

export interface Caller {
  /** For the audit trail: `key:<id>`, `schedule`, `engine`, `cli`, `environment`. */
  actor: string;
  scopes: readonly Scope[];
  /** The one tenant that the caller may touch; null: every tenant. */
  tenantId: string | null;
  requestId: string | null;
  /** The console's session that the request came with. Left out: it came with the key itself. */
  session?: string;
  /** When its key ends; null: never. Left out: it has no key. */
  expiresAt?: Date | null;
  /** Where its key may be used from; null: from anywhere. Left out: it has no key. */
  networks?: readonly string[] | null;
}

export const scopeRank: Record<Scope, number> = { read: 0, operate: 1, admin: 2 };

/** The engine acting on its own, e.g. the daily start or a dead connection. */
export function systemCaller(actor: 'schedule' | 'engine' | 'cli' | 'environment'): Caller {
  return { actor, scopes: ['admin'], tenantId: null, requestId: null };
}

/**
 * @throws `NOT_FOUND` when the tenant is not the caller's, whatever the scope: it must not be told apart from one
 * that does not exist. `SCOPE_MISSING` when the caller may see the tenant and not do this.
 */
export function authorise(caller: Caller, scope: Scope, tenantId: string): void {
  if (caller.tenantId !== null && caller.tenantId !== tenantId) throw notFound('tenant', 'tenant.denied');
  requireScope(caller, scope);
}

/** For what belongs to no tenant: creating tenants, listing all of them, unbound keys. */
export function authorisePlatform(caller: Caller, scope: Scope): void {
  if (caller.tenantId !== null) {
    throw new ControlError({
      event: 'scope.denied',
      kind: 'forbidden',
      code: 'KEY_BOUND_TO_TENANT',
      message: 'This key is bound to one tenant and cannot act on the installation.',
      fix: 'Use a key that is not bound to a tenant.',
    });
  }
  requireScope(caller, scope);
}

function requireScope(caller: Caller, scope: Scope): void {
  if (caller.scopes.some((held) => scopeRank[held] >= scopeRank[scope])) return;
  throw new ControlError({
    event: 'scope.denied',
    kind: 'forbidden',
    code: 'SCOPE_MISSING',
    message: `This needs a key with the scope "${scope}".`,
    fix: 'Ask an administrator for a key with that scope.',
  });
}
