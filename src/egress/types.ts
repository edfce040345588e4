/** What leaves the house, and how much of it: the shapes that `hubspot/` and `pendo/` share. */

/** All in ms. A missing one keeps the default of the fetch that was made. */
export interface Timeouts {
  /** To open a connection. */
  connect: number;
  /** From the request sent to the first byte of the reply. */
  headers: number;
  /** Between two pieces of a body. */
  body: number;
  /** The whole call, waiting for a connection and reading the body included. */
  total: number;
}

export interface GuardedRequest {
  method: string;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal | undefined;
  timeouts?: Partial<Timeouts> | undefined;
  /** By `performance.now()`: what could not go onto its connection until then is not sent, and thrown as `LATE`. */
  sendBy?: number | undefined;
  /** Largest reply taken, in bytes after decompression. The credential of the headers is taken out of it, wherever it is quoted. */
  maxBytes?: number | undefined;
}

export interface GuardedResponse {
  status: number;
  /** Case-insensitive; several values are joined by `, `. */
  header(name: string): string | undefined;
  /** @param most bytes to read, where the beginning is enough: of an error, the rest is not read */
  text(most?: number): Promise<string>;
  /** The body, piece by piece. Either this or `text`, once. Leaving the loop early closes the connection. */
  stream(): AsyncIterable<Uint8Array>;
  /** Drops a body that nobody reads. */
  discard(): Promise<void>;
}

/** Throws `EgressError`, and nothing else. */
export type GuardedFetch = (url: string | URL, request: GuardedRequest) => Promise<GuardedResponse>;

export interface AcquireRequest {
  limitClass: string;
  /** The run on whose behalf the call is made: its state comes back with the permission. */
  runId?: string | undefined;
  signal?: AbortSignal | undefined;
  /** The slot of a call that could not go out in time and was not sent. */
  insteadOf?: Slot | undefined;
}

/** The moment that a permission is for. */
export interface Slot {
  /** Epoch ms of the database. */
  at: number;
  /** By `performance.now()`: a call that goes out later comes too near to one that has its slot already. */
  sendBy: number;
  /** Calls in the window that ends here, this one included. */
  used: number;
  quota: number;
  /** How far ahead it was asked for, ms. */
  ahead: number;
  /** How often this call has come too late for its slot before. */
  missed: number;
}

export interface Permission {
  /** As the gate reported it at the moment of the permission; `running` where no run was named. */
  runState: string;
  /** None where nothing is to be sent. */
  slot?: Slot | undefined;
  /**
   * Says what the vendor answered, so that the shared budget can follow it: once for every reply. After a 429 it resolves
   * with the epoch ms until which the budget now gives no permission.
   */
  report(reply: ReplyFacts): Promise<number | undefined>;
  /** Releases the slot among the concurrent calls. Idempotent; needs calling only once the reply is read. */
  release(): void;
}

/** What a reply says about the limits. */
export interface ReplyFacts {
  status: number;
  /** Which limit a 429 was about. */
  limit?: 'window' | 'second' | 'day' | undefined;
  /** In ms from now, where the vendor says so. */
  retryAfter?: number | undefined;
  /** The vendor's own figures, where it sends them. */
  max?: number | undefined;
  remaining?: number | undefined;
  dailyMax?: number | undefined;
  dailyRemaining?: number | undefined;
}

/**
 * Permission to make one call now, shared by every worker.
 * `acquire` waits up to about eleven seconds; a longer wait is thrown as `VendorError` of kind `wait`.
 * It resolves also when the run is not `running` any more: the client then throws `RunStopped` and sends nothing.
 */
export interface Budget {
  acquire(request: AcquireRequest): Promise<Permission>;
}

/** The run on whose behalf a call was about to be made is not running any more. Nothing was sent. */
export class RunStopped extends Error {
  readonly state: string;

  constructor(state: string) {
    super(`The run is ${state}: no further request is made.`);
    this.name = 'RunStopped';
    this.state = state;
  }
}
