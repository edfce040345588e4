import type { Fault } from '../contract.ts';
import { sourceNames } from '../pendo/index.ts';
import { share } from '../world/random.ts';
import type { VendorRequest } from './vendor.ts';

/** What is to go wrong with one request. */
export interface FaultPlan {
  /** Milliseconds to wait before anything else. */
  latencyMs: number;
  /** Does the answer, whichever it is, quote the request? */
  quotes: boolean;
  /** The first other fault that fired. */
  fault?: Fault;
}

export interface Faults {
  add(fault: Fault): string;
  /** Whoever is held up goes on. */
  clear(): void;
  /** Holds a request up: for so many ms, or until the faults are cleared. */
  hold(ms: number): Promise<void>;
  /** Asks every fault about a request; each counts the requests that match it. @param earlier one that fired before these */
  plan(vendor: Fault['vendor'], request: VendorRequest, earlier?: Fault): FaultPlan;
  /** Is a fault there that will want to repeat an earlier page? */
  repeats(): boolean;
}

interface Armed {
  id: string;
  fault: Fault;
  route: RegExp | null;
  source: RegExp | null;
  request: RegExp | null;
  matched: number;
  fired: number;
}

export function createFaults(): Faults {
  let armed: Armed[] = [];
  let added = 0;
  const held = new Set<() => void>();

  const fires = (one: Armed) => {
    const { after = 0, count, rate, seed = 1 } = one.fault;
    const nth = one.matched++;
    if (nth < after) return false;
    if (count !== undefined && one.fired >= count) return false;
    if (rate !== undefined && share(seed, 'fault', nth) >= rate) return false;
    one.fired++;
    return true;
  };

  return {
    add(fault) {
      const id = `fault-${++added}`;
      const pattern = (source?: string) => (source === undefined ? null : new RegExp(source));
      const patterns = { route: pattern(fault.route), source: pattern(fault.source), request: pattern(fault.request) };
      armed.push({ id, fault, ...patterns, matched: 0, fired: 0 });
      return id;
    },
    clear() {
      armed = [];
      for (const release of held) release();
    },
    hold(ms) {
      return new Promise((resolve) => {
        const release = (): void => {
          clearTimeout(timer);
          held.delete(release);
          resolve();
        };
        const timer = setTimeout(release, ms);
        held.add(release);
      });
    },
    repeats: () => armed.some(({ fault }) => fault.kind === 'repeatPage'),
    plan(vendor, { method, path, query, body }, earlier) {
      const plan: FaultPlan = { latencyMs: 0, quotes: false, ...(earlier === undefined ? {} : { fault: earlier }) };
      for (const [n, one] of armed.entries()) {
        if (one.fault.vendor !== vendor) continue;
        if (one.route !== null && !one.route.test(`${method} ${path}`)) continue;
        if (one.source !== null && !pipelineSources(body).some((name) => one.source!.test(name))) continue;
        if (one.request !== null && !one.request.test(`?${query} ${body}`)) continue;
        if (one.fault.kind === 'quote') plan.quotes = fires(one) || plan.quotes;
        else if (one.fault.kind === 'latency') {
          if (!fires(one)) continue;
          const { ms = 0, jitter = false, seed = 1 } = one.fault;
          plan.latencyMs += ms + (jitter ? ms * share(seed, 'jitter', n, one.matched) : 0);
        } else if (plan.fault === undefined && fires(one)) plan.fault = one.fault;
      }
      return plan;
    },
  };
}

/** Names of the sources that an aggregation request reads, sub-pipelines included. */
export function pipelineSources(body: string): string[] {
  try {
    return sourceNames((JSON.parse(body) as { request?: { pipeline?: unknown } } | null)?.request?.pipeline);
  } catch {
    return [];
  }
}
