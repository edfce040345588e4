/** What canaries show: they are looked at before they are written to, and after their answer, until everything shows or the time for it is over. */
import type { AcceptedDelivery, OwedRow, WithheldDelivery } from '../../db/deliver/index.ts';
import {
  type canaryKinds,
  hasArrived,
  hasShown,
  judge,
  type Kind,
  mostCanaries,
  type Sample,
} from '../../sync/canaries.ts';
import { targetOf, vendorNames } from '../../sync/legs.ts';
import type { CanonDoc } from '../../sync/types.ts';
import type { Answers } from '../../sync/verdicts.ts';
import type { EngineDeps } from '../deps.ts';
import { Blocked, type Step } from '../step/step.ts';
import type { BatchAnswer, Carrier, KindsOf } from './carrier.ts';

/** Waits between looks, ms; the last one is repeated. */
const looks = [0, 500, 1000, 2000, 4000, 8000];

/** What was found out of canaries that were answered, and is to be recorded with their answer. */
export interface Found {
  accepted: AcceptedDelivery[];
  withheld: WithheldDelivery[];
  answers: Answers;
  failure?: unknown;
}

export interface Asked {
  deps: Pick<EngineDeps, 'clock' | 'readBackMs'>;
  step: Step;
  carrier: Carrier;
  kindsOf: KindsOf;
  names: ReturnType<typeof canaryKinds>;
  rows: OwedRow[];
  answer: BatchAnswer;
  before: Map<string, CanonDoc>;
  known: Answers;
}

export async function findOut(asked: Asked): Promise<Found> {
  const { answer } = asked;
  const nothing: Found = { accepted: answer.accepted, withheld: [], answers: {} };
  if (answer.accepted.length === 0) return nothing;
  try {
    const samples = await look(asked);
    return concluded(asked, samples);
  } catch (failure) {
    // What the vendor took is recorded, though it was not seen.
    return { ...nothing, failure };
  }
}

/** Reads back until everything shows, or until the time for it is over. */
async function look({ deps, step, carrier, kindsOf, rows, answer, before }: Asked): Promise<Sample[]> {
  const taken = new Map(answer.accepted.map((row) => [row.seq, row]));
  const targets = rows.flatMap((row) => {
    const accepted = taken.get(row.seq);
    return accepted === undefined ? [] : [{ row, accepted, id: accepted.createdId ?? carrier.targetId(row) }];
  });
  const until = Date.now() + (deps.readBackMs ?? 30_000);
  for (let n = 0; ; n++) {
    const wait = looks[Math.min(n, looks.length - 1)] as number;
    await step.pause(wait);
    const after = await carrier.readBack(
      targets.map(({ id }) => id),
      step,
    );
    const samples = targets.flatMap(({ row, accepted, id }) =>
      kindsOf(row).flatMap(({ kind, field }): Sample[] => {
        const found = after.get(id);
        if (field === undefined)
          return [{ kind, field: '', sent: 'there', before: undefined, after: found && 'there' }];
        // Gone since it was read, or not listed yet.
        if (found === undefined || !(field in accepted.fields)) return [];
        const sent = accepted.fields[field] as string | null;
        return [{ kind, field, sent, before: before.get(id)?.[field], after: found[field] }];
      }),
    );
    if (hasArrived(samples) || Date.now() >= until) return samples;
  }
}

function concluded({ deps, carrier, names, answer, known }: Asked, samples: Sample[]): Found {
  const at = new Date(deps.clock()).toISOString();
  const shown = hasShown(samples);
  const seen = shown || known[names.seen]?.state === 'proved';
  const answers: Answers = {};
  for (const [kind, verdict] of judge(samples, seen)) answers[kind] = { ...verdict, at };
  if (shown) answers[names.seen] = { state: 'proved', evidence: 'What was written was read back at once.', at };
  else if (!seen && samples.length > 0) {
    answers[names.seen] = { state: 'unknown', evidence: 'What was written could not be read back in time.', at };
  }
  const wrong = Object.entries(answers).filter(([, { state }]) => state === 'disproved');
  const cannot = new Set(wrong.map(([kind]) => kind).filter((kind) => carrier.mayWithhold(kind)));
  const [stop] = wrong.filter(([kind]) => !cannot.has(kind));
  const field = samples.find(({ kind }) => kind === stop?.[0])?.field;
  return {
    ...withoutUncleared(answer.accepted, samples, cannot),
    answers,
    ...(stop === undefined ? {} : { failure: wrongReadBack(carrier, field ?? '', stop[1].evidence) }),
  };
}

/** What did not clear was not written. */
function withoutUncleared(
  accepted: AcceptedDelivery[],
  samples: readonly Sample[],
  cannot: ReadonlySet<Kind>,
): Pick<Found, 'accepted' | 'withheld'> {
  if (cannot.size === 0) return { accepted, withheld: [] };
  const fields = new Set(samples.flatMap(({ kind, field }) => (cannot.has(kind) ? [field] : [])));
  const withheld: WithheldDelivery[] = [];
  const left = accepted.flatMap((row) => {
    const uncleared = Object.keys(row.fields).filter((field) => row.fields[field] === null && fields.has(field));
    if (uncleared.length === 0) return [row];
    withheld.push({ seq: row.seq, fields: uncleared });
    const kept = Object.fromEntries(Object.entries(row.fields).filter(([field]) => !uncleared.includes(field)));
    return Object.keys(kept).length > 0 ? [{ ...row, fields: kept }] : [];
  });
  return { accepted: left, withheld };
}

function wrongReadBack({ leg }: Carrier, field: string, evidence: string): Blocked {
  const vendor = vendorNames[targetOf(leg)];
  const what = field === '' ? 'Records that were just created' : `The values that were just written to "${field}"`;
  return new Blocked({
    code: 'READ_BACK_WRONG',
    message: `${what} do not read back from ${vendor} as they were sent: ${evidence} At most ${mostCanaries} records were written; the others were not.`,
    fix: `Look at the field in ${vendor}: its type and what else changes it. Correct it, or take the field out of the mapping; then resume the sync.`,
    vendor: targetOf(leg),
  });
}
