/**
 * What was never written to this account goes to a few records first, and is read back before the rest is sent. What cannot be
 * cleared is kept from then on; anything else that does not read back as it was sent ends the run. A worker that dies in between
 * has recorded nothing: the same rows go ahead once more.
 */
import pLimit from 'p-limit';
import { readAnswers } from '../../db/answers.ts';
import type { OwedRow, WithheldDelivery } from '../../db/deliver/index.ts';
import { canaryKinds, isClear, type Kind } from '../../sync/canaries.ts';
import { targetOf } from '../../sync/legs.ts';
import type { EngineDeps } from '../deps.ts';
import type { Step } from '../step/step.ts';
import type { RunRef } from '../types.ts';
import { chooseCanaries, createKnowledge, type Knowledge } from './canary-kinds.ts';
import type { BatchAnswer, Carrier } from './carrier.ts';
import { type Found, findOut } from './flock.ts';
import { type Explained, explainRefusals, withoutFields } from './refused-clears.ts';

/** Canaries on their way. */
export interface Flock {
  /** After their answer. */
  check(answer: BatchAnswer): Promise<Found>;
}

export interface Canaries {
  /** Sends a batch: canaries alone, and the rest when they were read back. */
  send(batch: OwedRow[], send: Send): Promise<Sent>;
  /** Rows without the values that are known not to be writable. */
  withoutWithheld(rows: OwedRow[]): { rows: OwedRow[]; withheld: WithheldDelivery[] };
  /** Finds the rows that were refused because of a clearing. Called for every batch, with or without canaries. */
  explain(rows: OwedRow[], answer: BatchAnswer): Promise<Explained>;
}

export type Sent = Pick<BatchAnswer, 'again' | 'failure'>;
export type Send = (rows: OwedRow[], prepare?: (rows: OwedRow[]) => Promise<Flock>) => Promise<Sent>;

export async function createCanaries(
  deps: Pick<EngineDeps, 'clock' | 'readBackMs'>,
  step: Step,
  ref: RunRef,
  carrier: Carrier,
): Promise<Canaries> {
  const { leg } = carrier;
  const names = canaryKinds({ object: ref.object, leg });
  const kindsOf = await carrier.kinds(step, names);
  const answers = (await step.read((tx) => readAnswers(tx, ref.tenantId)))[targetOf(leg)];
  const knowledge = createKnowledge({ kindsOf, names, now: deps.clock, answers });
  const isCannot = (kind: Kind): boolean => carrier.mayWithhold(kind) && knowledge.isDisproved(kind);
  /** Rows that cleared nothing were taken by this attempt. */
  let tookOthers = false;

  const prepare = async (rows: OwedRow[]): Promise<Flock> => {
    const before = await carrier.readBack(rows.filter(({ kind }) => kind !== 'create').map(carrier.targetId), step);
    return {
      async check(answer) {
        const known = knowledge.answers();
        const found = await findOut({ deps, step, carrier, kindsOf, names, rows, answer, before, known });
        knowledge.learn(found.answers);
        return found;
      },
    };
  };

  return {
    send: createSender(knowledge, prepare),
    withoutWithheld(rows) {
      if (!knowledge.kinds().some(isCannot)) return { rows, withheld: [] };
      const withheld: WithheldDelivery[] = [];
      const kept = rows.flatMap((row) => {
        const fields = kindsOf(row).flatMap(({ kind, field }) =>
          field !== undefined && isCannot(kind) ? [field] : [],
        );
        if (fields.length === 0) return [row];
        withheld.push({ seq: row.seq, fields });
        const left = withoutFields(row, fields);
        return Object.keys(left.changes).length > 0 ? [left] : [];
      });
      return { rows: kept, withheld };
    },
    async explain(rows, answer) {
      const taken = new Set(answer.accepted.map(({ seq }) => seq));
      tookOthers ||= rows.some(
        (row) => row.kind !== 'create' && taken.has(row.seq) && !kindsOf(row).some(({ kind }) => isClear(kind)),
      );
      if (!rows.some((row) => kindsOf(row).some(({ kind }) => carrier.mayWithhold(kind))))
        return { answer, withheld: [], answers: {} };
      const explained = await explainRefusals({
        rows,
        answer,
        kindsOf,
        tookOthers: tookOthers || knowledge.answers()[names.seen]?.state === 'proved',
        resend: (left) => carrier.send(left, step),
        at: new Date(deps.clock()).toISOString(),
      });
      knowledge.learn(explained.answers);
      return explained;
    },
  };
}

/** Sends batches, several at a time: those with something unknown wait for the canaries of one of them. */
function createSender(knowledge: Knowledge, prepare: (rows: OwedRow[]) => Promise<Flock>): Canaries['send'] {
  /** One flock at a time: what it finds out spares the others theirs. */
  const inTurn = pLimit(1);
  /** What ended a flock ends everything: what it was to find out is not known. */
  let failure: unknown;

  /** The rows that went ahead, and those of them to be sent again; undefined where nothing is to be found out. */
  const sendAhead = (rest: OwedRow[], send: Send): Promise<{ rows: OwedRow[]; again: OwedRow[] } | undefined> =>
    inTurn(async () => {
      const rows = failure === undefined ? chooseCanaries(rest, knowledge.openKinds) : [];
      if (rows.length === 0) return undefined;
      const sent = await send(rows, prepare);
      failure ??= sent.failure;
      // With what was dropped of them: of that, nothing will ever be found out.
      const again = new Set(sent.again.map(({ seq }) => seq));
      knowledge.markAsked(rows.filter(({ seq }) => !again.has(seq)));
      return { rows, again: sent.again };
    });

  return async (batch, send) => {
    let rest = batch;
    const again: OwedRow[] = [];
    while (rest.some((row) => knowledge.openKinds(row).length > 0)) {
      const ahead = await sendAhead(rest, send);
      if (ahead === undefined) break;
      again.push(...ahead.again);
      if (failure !== undefined) return { again, failure };
      rest = rest.filter((row) => !ahead.rows.includes(row));
      // Without what was dropped they go ahead once more; the rest waits for them.
      if (ahead.again.length > 0) return { again: [...again, ...rest] };
    }
    if (failure !== undefined) return { again: [...again, ...rest], failure };
    if (rest.length === 0) return { again };
    const sent = await send(rest);
    return { again: [...again, ...sent.again], failure: sent.failure };
  };
}
