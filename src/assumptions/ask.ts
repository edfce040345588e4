/** Asks an account, and keeps what it answered per assumption. */
import type { HubSpotClient } from '../hubspot/index.ts';
import type { PendoClient } from '../pendo/index.ts';
import { VendorError } from '../sync/vendor-error.ts';
import type { Answered, Answers, Verdict } from '../sync/verdicts.ts';
import { createPendoQuestions, type PendoQuestions } from './pendo/questions.ts';
import { askedAssumptions } from './registry.ts';
import type { AskedAssumption, Need } from './types.ts';

export interface Asking {
  pendo?: PendoClient;
  hubspot?: HubSpotClient;
  /** IANA zone of the Pendo subscription. */
  zone: string;
  /** Epoch ms. */
  now: number;
  /** By `performance.now()`: what could not be begun until then is not asked. */
  until?: number | undefined;
  /** Called with each answer as soon as it arrives. */
  onAnswer?: ((answers: Answers) => Promise<void>) | undefined;
}

/** An answer is good for so long. */
const goodForMs = 20 * 3_600_000;

/** What the syncs rest on, at one vendor. */
export function neededFor(vendor: AskedAssumption['vendor'], needs: readonly Need[]): AskedAssumption[] {
  return askedAssumptions.filter((each) => each.vendor === vendor && needs.some((need) => each.neededBy(need)));
}

/** What is old is asked again, the oldest first, in at most so many calls of a run. */
const callsPerRun = 3;

/** What a run asks first: all that was never asked or was not so, and some of what is old. */
export function dueAt(now: number, list: readonly AskedAssumption[], known: Answers): AskedAssumption[] {
  const must = list.filter(({ id }) => known[id] === undefined || known[id].state === 'disproved');
  const age = ({ id }: AskedAssumption): number => now - Date.parse(known[id]?.at ?? '');
  const old = list.filter((each) => !must.includes(each) && age(each) > goodForMs).sort((a, b) => age(b) - age(a));
  const again: AskedAssumption[] = [];
  let calls = 0;
  for (const each of old) {
    calls += each.calls;
    if (calls <= callsPerRun) again.push(each);
  }
  return [...must, ...again];
}

/**
 * Asks one after the other. What a vendor refuses to answer, or cannot answer in its time, is unknown: it says nothing about the
 * assumption.
 * @throws `VendorError` where the vendor is away: try again later.
 */
export async function askAll(
  list: readonly AskedAssumption[],
  needs: readonly Need[],
  asking: Asking,
): Promise<Answers> {
  const answers: Answers = {};
  const pendo = asking.pendo && createPendoQuestions(asking.pendo, asking);
  for (const each of list) {
    const need = needs.find((one) => each.neededBy(one));
    if (need === undefined) continue;
    if (performance.now() > (asking.until ?? Number.POSITIVE_INFINITY)) break;
    const verdict = await askOne(each, need, { pendo, hubspot: asking.hubspot });
    if (verdict === undefined) continue;
    answers[each.id] = { ...verdict, at: new Date(asking.now).toISOString() };
    await asking.onAnswer?.({ [each.id]: answers[each.id] as Answered });
  }
  return answers;
}

async function askOne(
  each: AskedAssumption,
  need: Need,
  { pendo, hubspot }: { pendo: PendoQuestions | undefined; hubspot: HubSpotClient | undefined },
): Promise<Verdict | undefined> {
  try {
    if (each.vendor === 'pendo') return pendo && (await each.ask(pendo));
    return hubspot && (await each.ask(hubspot, need));
  } catch (error) {
    if (error instanceof VendorError && ['rejected', 'tooMuch', 'forbidden'].includes(error.kind))
      return { state: 'unknown', evidence: `The account does not answer this question (${error.code}).` };
    throw error;
  }
}

/** What is known not to be so, on which a sync rests: it must not, or it goes another way. */
export function disprovedFor(
  needs: readonly Need[],
  known: Answers,
  otherwise: AskedAssumption['otherwise'],
): AskedAssumption[] {
  return askedAssumptions.filter(
    (each) =>
      each.otherwise === otherwise &&
      known[each.id]?.state === 'disproved' &&
      needs.some((need) => each.neededBy(need)),
  );
}
