/**
 * What was never written to this account goes to a few records first, and is read back before the rest is sent. What cannot be
 * cleared is kept from then on; anything else that does not read back as it was sent ends the run. A worker that dies in between
 * has recorded nothing: the same rows go ahead once more.
 */

import { readAnswers } from '../../db/answers.ts';
import type { OwedRow, WithheldDelivery } from '../../db/deliver/index.ts';
import { canaryKinds, isClear, isOpenKind, type Kind, mostCanaries } from '../../sync/canaries.ts';
import { targetOf } from '../../sync/legs.ts';
import type { Answers } from '../../sync/verdicts.ts';
import type { EngineDeps } from '../deps.ts';
import type { Step } from '../step/step.ts';
import type { RunRef } from '../types.ts';
import type { BatchAnswer, Carrier, KindsOf } from './carrier.ts';
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
  let known: Answers = (await step.read((tx) => readAnswers(tx, ref.tenantId)))[targetOf(leg)];
  /** Asked by this attempt, whatever came of it. */
  const asked = new Set<Kind>();
  let turn: Promise<unknown> = Promise.resolve();
  /** Rows that cleared nothing were taken by this attempt. */
  let tookOthers = false;
  /** What ended a flock ends everything: what it was to find out is not known. */
  let failure: unknown;

  const isOpen = (kind: Kind): boolean => !asked.has(kind) && isOpenKind(kind, known, deps.clock());
  /** Where nothing of what is written can be read soon, nothing can be found out. */
  const openKinds = (row: OwedRow): Kind[] =>
    known[names.seen]?.state === 'unknown' && !isOpen(names.seen)
      ? []
      : kindsOf(row)
          .map(({ kind }) => kind)
          .filter(isOpen);
  const isCannot = (kind: Kind): boolean =>
    carrier.mayWithhold(kind) && known[kind]?.state === 'disproved' && !isOpenKind(kind, known, deps.clock());

  const prepare = async (rows: OwedRow[]): Promise<Flock> => {
    const before = await carrier.readBack(rows.filter(({ kind }) => kind !== 'create').map(carrier.targetId), step);
    return {
      async check(answer) {
        const found = await findOut({ deps, step, carrier, kindsOf, names, rows, answer, before, known });
        known = { ...known, ...found.answers };
        return found;
      },
    };
  };

  /** One flock at a time: what it finds out spares the others theirs. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  };

  return {
    async send(batch, send) {
      let rest = batch;
      const again: OwedRow[] = [];
      while (rest.some((row) => openKinds(row).length > 0)) {
        const ahead = await inTurn(async () => {
          const rows = failure === undefined ? chooseCanaries(rest, openKinds) : [];
          if (rows.length === 0) return undefined;
          const sent = await send(rows, prepare);
          failure ??= sent.failure;
          // With what was dropped of them: of that, nothing will ever be found out.
          const again = new Set(sent.again.map(({ seq }) => seq));
          for (const row of rows) if (!again.has(row.seq)) for (const { kind } of kindsOf(row)) asked.add(kind);
          return { rows, sent };
        });
        if (ahead === undefined) break;
        again.push(...ahead.sent.again);
        if (failure !== undefined) return { again, failure };
        rest = rest.filter((row) => !ahead.rows.includes(row));
        // Without what was dropped they go ahead once more; the rest waits for them.
        if (ahead.sent.again.length > 0) return { again: [...again, ...rest] };
      }
      if (failure !== undefined) return { again: [...again, ...rest], failure };
      if (rest.length === 0) return { again };
      const sent = await send(rest);
      return { again: [...again, ...sent.again], failure: sent.failure };
    },
    withoutWithheld(rows) {
      if (!Object.keys(known).some(isCannot)) return { rows, withheld: [] };
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
        tookOthers: tookOthers || known[names.seen]?.state === 'proved',
        resend: (left) => carrier.send(left, step),
        at: new Date(deps.clock()).toISOString(),
      });
      known = { ...known, ...explained.answers };
      return explained;
    },
  };
}

/** Each open kind at least once, where ten rows are enough for that; the first rows otherwise, with some that say what can be seen. */
function chooseCanaries(rows: OwedRow[], openKinds: (row: OwedRow) => Kind[]): OwedRow[] {
  const open = rows.map((row) => ({ row, kinds: openKinds(row) })).filter(({ kinds }) => kinds.length > 0);
  if (open.length === 0) return [];
  const covered = new Set<Kind>();
  const chosen = new Set<OwedRow>();
  for (const { row, kinds } of open) {
    if (chosen.size === mostCanaries || kinds.every((kind) => covered.has(kind))) continue;
    chosen.add(row);
    for (const kind of kinds) covered.add(kind);
  }
  for (const { row } of open) if (chosen.size < mostCanaries) chosen.add(row);
  // Something that was set says whether anything can be seen yet.
  for (const row of rows) {
    if (chosen.size >= mostCanaries) break;
    if (Object.values(row.changes).some(([, wanted]) => wanted !== null)) chosen.add(row);
  }
  return [...chosen];
}

/** Of the fields of a row, by what is wanted of them; and of its creation. */
export function kindsBy(
  names: ReturnType<typeof canaryKinds>,
  ofField: (field: string, wanted: string | null) => { kind: Kind; field: string } | undefined,
): KindsOf {
  const created = { kind: names.create };
  return ({ kind, changes }) => {
    const kinds = Object.entries(changes).flatMap(([field, [, wanted]]) => ofField(field, wanted) ?? []);
    return kind === 'create' ? [created, ...kinds] : kinds;
  };
}
