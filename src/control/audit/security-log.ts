/**
 * Events of security that no change goes with: refused keys, denied scopes, reads in bulk. They are entries of the audit trail, in
 * its chains. Each is written when it happens; the same once more within a minute is counted, and the count is an entry of its
 * own. So a flood of them is a few entries a minute. A process that is killed loses the counts of its last minute.
 */
import type { Control } from '../control.ts';
import { audit } from './audit.ts';

export interface SecurityEvent {
  /** Whose chain it belongs to: the tenant of the key, never the one that was asked for. */
  tenantId: string | null;
  actor: string;
  /** `noun.verb`, e.g. `key.refused`. */
  action: string;
  /** From a set that is small, or an address: what is counted together. Names nobody. */
  subject: string;
  requestId: string | null;
  detail?: Record<string, unknown>;
}

export interface SecurityLog {
  /** Never throws: what cannot be written is in the log. */
  note(event: SecurityEvent): Promise<void>;
  /** Writes the counts of the minute that is under way. */
  flush(): Promise<void>;
}

const windowMs = 60_000;
/** Different events of one chain in a minute. More are counted together, whatever they are. */
const mostDifferent = 20;

interface Counted {
  event: SecurityEvent;
  more: number;
}

export function createSecurityLog(control: Pick<Control, 'db' | 'clock' | 'log'>): SecurityLog {
  let chains = new Map<string, Map<string, Counted>>();
  let until = 0;
  let timer: NodeJS.Timeout | undefined;

  const write = async (event: SecurityEvent, after: Record<string, unknown> | undefined): Promise<void> => {
    const { tenantId, actor, action, subject, requestId } = event;
    try {
      await control.db.platform((tx) => audit(tx, { actor, requestId }, { tenantId, action, subject, after }));
    } catch (error) {
      control.log.error({ err: error, action }, 'an event of security could not be recorded');
    }
  };

  const flush = async (): Promise<void> => {
    const over = chains;
    chains = new Map();
    clearTimeout(timer);
    timer = undefined;
    for (const { event, more } of [...over.values()].flatMap((chain) => [...chain.values()])) {
      if (more > 0)
        await write({ ...event, requestId: null }, { ...event.detail, more, withinSeconds: windowMs / 1000 });
    }
  };

  return {
    flush,
    note: async (event) => {
      if (control.clock() >= until) {
        await flush();
        until = control.clock() + windowMs;
      }
      timer ??= setTimeout(() => void flush(), windowMs).unref();
      const chain = chains.get(event.tenantId ?? '') ?? new Map<string, Counted>();
      chains.set(event.tenantId ?? '', chain);
      const name = JSON.stringify([event.actor, event.action, event.subject]);
      const known = chain.get(name);
      if (known !== undefined) {
        known.more += 1;
        return;
      }
      if (chain.size >= mostDifferent) {
        const others = { ...event, actor: 'various', subject: 'others', detail: {} };
        const rest = chain.get(event.action) ?? { event: others, more: 0 };
        rest.more += 1;
        chain.set(event.action, rest);
        return;
      }
      chain.set(name, { event, more: 0 });
      await write(event, event.detail);
    },
  };
}
