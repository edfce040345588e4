/** What a person reads whose sign-in is refused. */
import { ControlError } from '../control/errors.ts';

export function keyNotAccepted(): ControlError {
  return new ControlError({
    kind: 'unauthenticated',
    code: 'UNAUTHENTICATED',
    message: 'This key is not accepted: it is wrong, expired or revoked.',
    fix: 'Check that the whole key was pasted, or ask an administrator for a new one.',
  });
}

export function signedOut(): ControlError {
  return new ControlError({
    kind: 'unauthenticated',
    code: 'SIGNED_OUT',
    message: 'You are signed out: the session has ended.',
    fix: 'Sign in again.',
  });
}

export function addressNotAllowed(): ControlError {
  return new ControlError({
    kind: 'forbidden',
    code: 'ADDRESS_NOT_ALLOWED',
    message: 'This key may not be used from this address.',
    fix: 'Use it from one of its networks, or ask an administrator for a key for this one. Behind a proxy, the operator has to name the proxy in CROSSWALK_TRUSTED_PROXIES.',
  });
}

export function crossSite(): ControlError {
  return new ControlError({
    kind: 'forbidden',
    code: 'CROSS_SITE',
    message: 'This request came from another site, with the session of the console.',
    fix: 'Use the console itself, or send an API key.',
  });
}
