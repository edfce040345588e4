/** What only writing shows: ten records at most of a kind are read back before others are sent. */
import { isCanary } from '../sync/canaries.ts';
import type { Answered, Answers } from '../sync/verdicts.ts';
import type { Need, WrittenAssumption } from './types.ts';

const check =
  'The first records of each kind, ten at most, are read before they are written to, and again until the values show, for 30 seconds at most.';
/** Of each kind that was never written before: looked at, written to, looked at again. */
const calls = 3;

const pulls = ({ config }: Need): boolean => config.pull.length > 0;
const pushes = ({ config }: Need): boolean => config.push.length > 0;

export const pendoClears: WrittenAssumption = {
  id: 'pendo.clears',
  vendor: 'pendo',
  assumed: "A metadata value is cleared by what the connection's setting `clear` says: null, or the empty text.",
  matters: 'Values that are gone in HubSpot would stay in Pendo, and be sent again in vain.',
  source: 'Proved for the agent in the browser only.',
  check,
  calls,
  otherwise: 'otherWay',
  fix: "Choose another way of clearing in the Pendo connection's settings. Until then such values are kept.",
  neededBy: pulls,
  isAnswer: (id) => isCanary(id, 'pull', 'clear'),
};

export const pendoStores: WrittenAssumption = {
  id: 'pendo.stores',
  vendor: 'pendo',
  assumed: 'A field reads back as it was written: times are epoch ms, and no type is left out.',
  matters: 'A whole field would hold other values than HubSpot, for everyone.',
  source: 'Documented for single values; nothing states it for bulk writes.',
  check,
  calls,
  otherwise: 'stop',
  fix: 'Look at the type of the field in Pendo, or take it out of the mapping.',
  neededBy: pulls,
  isAnswer: (id) => isCanary(id, 'pull', 'set') || isCanary(id, 'pull', 'create'),
};

export const hubspotStores: WrittenAssumption = {
  id: 'hubspot.stores',
  vendor: 'hubspot',
  assumed: 'A batch that is answered with success has stored every property of every row.',
  matters: 'Rows or properties would be missing for everyone, and the runs would say that they were written.',
  source: 'Documented; clients have met rows that were left out.',
  check,
  calls,
  otherwise: 'stop',
  fix: 'Look at the property in HubSpot, and at workflows that change it; or take it out of the mapping.',
  neededBy: pushes,
  isAnswer: (id) => isCanary(id, 'push', 'set') || isCanary(id, 'push', 'create'),
};

/** What is known of all its kinds, as one answer. */
export function answerOf({ isAnswer }: WrittenAssumption, known: Answers): Answered | undefined {
  const answers = Object.entries(known).flatMap(([id, answer]) => (isAnswer(id) ? [answer] : []));
  const first = answers[0];
  if (first === undefined) return undefined;
  const of = (state: Answered['state']): Answered[] => answers.filter((answer) => answer.state === state);
  const wrong = of('disproved');
  const at =
    answers
      .map((answer) => answer.at)
      .sort()
      .at(-1) ?? first.at;
  if (wrong[0])
    return {
      state: 'disproved',
      evidence: `Kinds of values: ${answers.length}; not so: ${wrong.length}. ${wrong[0].evidence}`,
      at,
    };
  const proved = of('proved').length;
  return {
    state: proved > 0 ? 'proved' : 'unknown',
    evidence: `Kinds of values: ${answers.length}; read back as sent: ${proved}.${proved === 0 ? ` ${first.evidence}` : ''}`,
    at,
  };
}
