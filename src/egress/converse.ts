/** One call to a vendor with everything around it: permission, the run's state, quick repeats, short waits. */
import { setTimeout as sleep } from 'node:timers/promises';
import { vendorNames } from '../sync/legs.ts';
import { VendorError } from '../sync/vendor-error.ts';
import { traced } from '../telemetry/tracing.ts';
import { noteLimitUsed, noteSlotWait, noteVendorCall } from '../telemetry/work-metrics.ts';
import { carriedError } from './carried-error.ts';
import { EgressError } from './egress-error.ts';
import { type Budget, type Permission, RunStopped, type Slot } from './types.ts';

export interface Conversation {
  vendor: 'hubspot' | 'pendo';
  budget: Budget;
  limitClass: string;
  runId?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Repeats after a transient fault. Default 2. */
  repeats?: number | undefined;
  /** Which faults may be repeated at all. Default: any, for what is called may be called twice. */
  mayRepeat?: ((fault: VendorError) => boolean) | undefined;
  /** False: a time-out is thrown at once. Default true. */
  repeatTimeouts?: boolean | undefined;
  /** What has to be said twice before it is believed. Default `credential`. */
  twice?: Twice | undefined;
  /** Before the second look: may renew the credential. `true`: there is no need to pause. */
  beforeSecondLook?: ((fault: VendorError) => Promise<boolean>) | undefined;
}

/**
 * Refusals that are believed only when they are repeated: that the credential is dead (`token`), or may not do this as well
 * (`credential`), or that the request is wrong as well (`everything`). After half a second, a fault of the vendor or of something on the way
 * to it mostly has passed.
 */
export type Twice = 'nothing' | 'token' | 'credential' | 'everything';

/** Of the body of an error, in bytes. HubSpot's are the longest: one with details about each of a hundred rows has some 50 kB. */
export const mostOfAnError = 1024 * 1024;

/** A page of a hundred records with a thousand properties each has a tenth of it. */
const mostParts = 1_000_000;
const comma = 0x2c;
const openBracket = 0x5b;
const openBrace = 0x7b;

/** A wait up to this is spent here, in ms; a longer one is the workflow's. */
const shortWait = 10_000;
const shortWaits = 6;
const secondLook = 500;

/** How long until a run looks again whether the operator has corrected what only the operator can, in ms. */
const operatorLook = 5 * 60_000;

/**
 * Calls `once` with a permission, and again where that may help. `once` throws `VendorError` or `EgressError`.
 *
 * @throws `VendorError`, `RunStopped`.
 */
export async function converse<T>(
  conversation: Conversation,
  once: (permission: Permission) => Promise<T>,
): Promise<T> {
  const { vendor, budget, limitClass, runId, signal } = conversation;
  let repeats = conversation.repeats ?? 2;
  let waits = shortWaits;
  let believed = false;
  let insteadOf: Slot | undefined;
  const acquire = (): Promise<Permission> =>
    traced('AcquireSlot', 'internal', { 'crosswalk.vendor': vendor, 'crosswalk.limit': limitClass }, () =>
      budget.acquire({ limitClass, runId, signal, insteadOf }),
    );
  // Somewhat spread, so that workers that were refused together do not come back together.
  const waitOut = ({ until = 0 }: VendorError): Promise<void> =>
    pause(vendor, Math.max(0, until - Date.now()) + Math.random() * 100, signal);
  for (;;) {
    const asked = performance.now();
    const permission = await acquire().catch((error: unknown) => {
      if (error instanceof VendorError && error.kind === 'wait' && waits > 0 && isShort(error)) return error;
      throw error;
    });
    insteadOf = undefined;
    if (permission instanceof VendorError) {
      waits -= 1;
      await waitOut(permission);
      continue;
    }
    const begun = performance.now();
    noteSlotWait(vendor, limitClass, (begun - asked) / 1000);
    if (permission.slot) noteLimitUsed(vendor, limitClass, permission.slot.used, permission.slot.quota);
    const note = (status: number | string): void =>
      noteVendorCall(vendor, limitClass, status, (performance.now() - begun) / 1000);
    let fault: VendorError;
    try {
      if (permission.runState !== 'running') throw new RunStopped(permission.runState);
      const answer = await once(permission);
      note('2xx');
      return answer;
    } catch (error) {
      if (isLate(error)) {
        insteadOf = permission.slot;
        continue;
      }
      fault = toVendorError(vendor, error);
      note(fault.status ?? fault.kind);
    } finally {
      permission.release();
    }
    if (signal?.aborted) throw aborted(vendor, fault, signal);
    const final =
      (fault.code === 'TIMEOUT' && conversation.repeatTimeouts === false) || conversation.mayRepeat?.(fault) === false;
    if (fault.kind === 'transient' && repeats > 0 && !final) {
      repeats -= 1;
      await pause(vendor, 150 + Math.random() * 450, signal);
    } else if (fault.kind === 'wait' && waits > 0 && !final && isShort(fault)) {
      waits -= 1;
      await waitOut(fault);
    } else if (!believed && isDoubted(fault, conversation.twice)) {
      believed = true;
      if (!(await conversation.beforeSecondLook?.(fault))) await pause(vendor, secondLook, signal);
    } else {
      throw fault;
    }
  }
}

function isShort({ until = Number.POSITIVE_INFINITY }: VendorError): boolean {
  return until <= Date.now() + shortWait;
}

/** The moment of the permission had passed when the request was ready: nothing was sent, and another moment is asked for. */
export function isLate(error: unknown): boolean {
  return error instanceof EgressError && error.code === 'LATE';
}

const levels = { unauthorised: 1, forbidden: 2, rejected: 3 } as const;

function isDoubted({ kind }: VendorError, twice: Twice = 'credential'): boolean {
  const doubted = { nothing: 0, token: 1, credential: 2, everything: 3 }[twice];
  return kind in levels && levels[kind as keyof typeof levels] <= doubted;
}

/** @throws whatever is neither fault of the way nor of the vendor: `RunStopped` and our own mistakes. */
function toVendorError(vendor: 'hubspot' | 'pendo', error: unknown): VendorError {
  if (error instanceof VendorError) return error;
  if (!(error instanceof EgressError)) throw error;
  switch (error.code) {
    case 'TIMEOUT':
      return new VendorError(
        'The vendor did not answer in time.',
        { vendor, kind: 'transient', code: 'TIMEOUT' },
        { cause: error },
      );
    case 'ABORTED':
    case 'LATE':
      return aborted(vendor, error);
    case 'CONNECTION':
      return new VendorError(error.message, { vendor, kind: 'transient', code: 'CONNECTION' }, { cause: error });
    case 'CUT_OFF':
      return unreadable(vendor, 'The reply broke off.', error);
    case 'ENCODING':
      return unreadable(vendor, error.message, error);
    case 'TOO_LARGE':
      return new VendorError(error.message, { vendor, kind: 'tooMuch', code: 'REPLY_TOO_LARGE' }, { cause: error });
    case 'REDIRECT':
      return new VendorError(error.message, { vendor, kind: 'transient', code: error.code }, { cause: error });
    case 'HOST_REFUSED':
    case 'PRIVATE_ADDRESS':
      return ofOperator(vendor, error.code, error.message, { cause: error });
  }
}

/** Something that the operator has to correct for all tenants at once: a wait that no give-up time counts. */
export function ofOperator(
  vendor: 'hubspot' | 'pendo',
  code: string,
  message: string,
  options: { cause?: unknown; status?: number; detail?: string } = {},
): VendorError {
  const { cause, ...more } = options;
  const until = Date.now() + operatorLook;
  return new VendorError(message, { vendor, kind: 'wait', code, until, blames: 'operator', ...more }, { cause });
}

/** A reply that the vendor does not document, or that something on the way to it gave. */
export function unexpected(
  vendor: 'hubspot' | 'pendo',
  status: number,
  more: { detail?: string; until?: number } = {},
): VendorError {
  const name = vendorNames[vendor];
  const kind = more.until === undefined ? 'transient' : 'wait';
  const fields = { vendor, kind, code: 'UNEXPECTED_ANSWER', status, ...more } as const;
  return new VendorError(`The answer (${status}) is not one that ${name} documents for this call.`, fields);
}

/** @param signal one of `AbortSignal.timeout` says that the whole of it took too long */
function aborted(vendor: 'hubspot' | 'pendo', cause: unknown, signal?: AbortSignal): VendorError {
  if (signal?.reason instanceof DOMException && signal.reason.name === 'TimeoutError') {
    return new VendorError(
      'The vendor did not answer in time.',
      { vendor, kind: 'transient', code: 'TIMEOUT' },
      { cause },
    );
  }
  return new VendorError('The call was aborted.', { vendor, kind: 'transient', code: 'ABORTED' }, { cause });
}

/** A 2xx whose body is empty, no JSON, cut off, or not of the shape that the vendor documents. */
export function unreadable(vendor: 'hubspot' | 'pendo', message: string, cause?: unknown): VendorError {
  return new VendorError(message, { vendor, kind: 'transient', code: 'UNREADABLE_REPLY' }, { cause });
}

/** Sleeps; aborts at once with the signal. */
export async function pause(vendor: 'hubspot' | 'pendo', ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal ? { signal } : {});
  } catch (error) {
    throw aborted(vendor, error, signal);
  }
}

/**
 * @param rowErrors the reply is that of a batch, whose `errors` are about its rows
 * @throws the `UNREADABLE_REPLY` or the `ERROR_IN_REPLY` that stands for an unfinished read.
 */
export function parseReply(vendor: 'hubspot' | 'pendo', text: string, rowErrors = false): unknown {
  if (text.trim() === '') throw unreadable(vendor, 'The reply has no body.');
  if (hasTooManyParts(text)) {
    const fields = { vendor, kind: 'tooMuch', code: 'REPLY_TOO_LARGE' } as const;
    throw new VendorError(`The reply has more than ${mostParts} members and elements.`, fields);
  }
  const reply = parsed(vendor, text);
  refuseCarriedError(vendor, reply, rowErrors);
  return reply;
}

/** Lists of empty lists take twenty times their length in memory: as many megabytes as may be read would end the process. */
function hasTooManyParts(text: string): boolean {
  if (text.length < mostParts) return false;
  let parts = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if ((unit === comma || unit === openBracket || unit === openBrace) && ++parts > mostParts) return true;
  }
  return false;
}

function parsed(vendor: 'hubspot' | 'pendo', text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the body: not to be kept.
    throw unreadable(vendor, 'The reply is not complete JSON.');
  }
}

/** @throws `ERROR_IN_REPLY`: a 2xx whose body says that something failed is no finished read, whatever else it holds. */
export function refuseCarriedError(vendor: 'hubspot' | 'pendo', reply: unknown, rowErrors = false): void {
  const detail = carriedError(reply, rowErrors)?.slice(0, 2048);
  if (detail === undefined) return;
  const name = vendorNames[vendor];
  throw new VendorError(`${name} answered with success, but the reply carries an error.`, {
    vendor,
    kind: 'transient',
    code: 'ERROR_IN_REPLY',
    detail,
  });
}

/** `Retry-After` in ms from now: seconds or a date. Undefined where it is missing or makes no sense. */
export function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '') return undefined;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) && ms >= 0 && ms <= 7 * 24 * 3600_000 ? ms : undefined;
}
