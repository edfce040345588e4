/** What two accounts answered during a verification, as a file that may be sent to somebody else. */

import type { Need } from '../../../assumptions/types.ts';
import type { Exchange } from '../../../egress/index.ts';
import type { Vendor } from '../../../sync/legs.ts';
import type { Answers } from '../../../sync/verdicts.ts';
import { version } from '../../../version.ts';
import { createDisguise } from './disguise.ts';
import { disguiseExchange, type RecordedExchange } from './disguised-exchange.ts';

export interface Recording {
  format: 1;
  /** Of Crosswalk. */
  version: string;
  /** When it was asked, epoch ms. */
  now: number;
  /** IANA zone of the Pendo connection. */
  zone: string;
  /** What was mapped, as far as the questions depend on it. */
  needs: RecordedNeed[];
  exchanges: RecordedExchange[];
  /** By the assumption's id. */
  verdicts: Record<string, string>;
}

export interface RecordedNeed {
  object: Need['object'];
  activity?: Need['activity'];
  /** Metrics and sources; no name of a field, item or property. */
  pushes: string[];
  pulls: boolean;
  sendsEvents: boolean;
}

export interface Recorder {
  /** For the client of one vendor. */
  of(vendor: Vendor): (exchange: Exchange) => void;
  finish(asked: { now: number; zone: string; needs: readonly Need[]; answers: Answers }): Recording;
}

export function createRecorder(): Recorder {
  const heard: (Exchange & { vendor: Vendor })[] = [];
  return {
    of: (vendor) => (exchange) => void heard.push({ ...exchange, vendor }),
    finish({ now, zone, needs, answers }) {
      const disguise = createDisguise();
      return {
        format: 1,
        version,
        now,
        zone,
        needs: needs.map(recordedNeed),
        exchanges: heard.map((exchange) => disguiseExchange(exchange, disguise)),
        verdicts: Object.fromEntries(Object.entries(answers).map(([id, { state }]) => [id, state])),
      };
    },
  };
}

function recordedNeed({ object, activity, config }: Need): RecordedNeed {
  const pushes = config.push.map((entry) => {
    if ('metric' in entry) return entry.metric;
    return 'measure' in entry ? `${entry.source} ${entry.measure}` : entry.source;
  });
  return {
    object,
    ...(activity && { activity }),
    pushes: [...new Set(pushes)],
    pulls: config.pull.length > 0,
    sendsEvents: (config.events?.length ?? 0) > 0,
  };
}
