/** Where the answers to NPS surveys are found. */
import { pipelines } from '../../pendo/index.ts';
import { daysCovering, monthsBefore } from '../../sync/clock.ts';
import { npsMonths } from '../../sync/nps.ts';
import { VendorError } from '../../sync/vendor-error.ts';
import { readsAnswers } from '../needs.ts';
import { disproved, type PendoAssumption, proved, unknown } from '../types.ts';
import type { PendoQuestions } from './questions.ts';

export const allGuides: PendoAssumption = {
  id: 'pendo.allGuides',
  vendor: 'pendo',
  assumed: '`GET guide?expand=*` lists the guides of every app and state.',
  matters: 'Surveys of other apps would be left out: old or no NPS scores.',
  source: 'Clients (tap-pendo); not documented.',
  check: 'The list is compared with the aggregation source `guides` over all apps.',
  calls: 2,
  otherwise: 'otherWay',
  fix: 'Nothing to do: surveys are listed by the aggregation, which knows those of every app.',
  neededBy: readsAnswers,
  async ask({ client, guides }) {
    const listed = new Set((await guides()).map(({ id }) => id));
    let missing = 0;
    const known = await client.aggregate<{ id: unknown }>(pipelines.definitionIds('guides'), ({ id }) => {
      if (!listed.has(String(id))) missing++;
    });
    const evidence = `${listed.size} guides are listed; ${missing} of the ${known} that the aggregation knows are not among them.`;
    return missing === 0 ? proved(evidence) : disproved(evidence);
  },
};

export const answersByApp: PendoAssumption = {
  id: 'pendo.answersByApp',
  vendor: 'pendo',
  assumed: '`pollEvents` takes an app beside guide and poll.',
  matters: 'No NPS score could be read, or only those of one app.',
  source: 'The parameters are documented one by one.',
  check: 'The answers of the last month to one survey are asked for in this way.',
  calls: 2,
  otherwise: 'otherWay',
  fix: 'Nothing to do: the answers of the apps are asked for, and those to other surveys are passed over. Reading takes Pendo longer.',
  neededBy: readsAnswers,
  async ask(questions) {
    const survey = await oneSurvey(questions);
    if (survey === undefined) return unknown('There is no NPS survey.');
    const takes = await takesQuestion(questions, survey, 1, false);
    return takes ? proved('Pendo took the question.') : disproved('Pendo refuses the question.');
  },
};

export const longAnswers: PendoAssumption = {
  id: 'pendo.longAnswers',
  vendor: 'pendo',
  assumed: '`pollEvents` takes 84 months in one call.',
  matters: 'No NPS score could be read.',
  source: 'The longest window seen in a client is 730 days.',
  check: 'The answers to one survey are asked for in one call, beside its app or among all of the app.',
  calls: 3,
  otherwise: 'otherWay',
  fix: 'Nothing to do: answers are asked for in windows of less than two years. Reading them takes four calls instead of one.',
  neededBy: readsAnswers,
  async ask(questions) {
    const survey = await oneSurvey(questions);
    if (survey === undefined) return unknown('There is no NPS survey.');
    for (const filtered of [false, true]) {
      if (await takesQuestion(questions, survey, npsMonths, filtered)) return proved('Pendo took the question.');
    }
    return disproved('Pendo refuses the question.');
  },
};

interface Survey {
  guideId: string;
  pollId: string;
}

async function oneSurvey({ guides }: PendoQuestions): Promise<Survey | undefined> {
  const isNps = ({ type }: { type: string }): boolean => type.toLowerCase() === 'npsrating';
  const guide = (await guides()).find(({ polls }) => polls.some(isNps));
  const poll = guide?.polls.find(isNps);
  return guide && poll && { guideId: guide.id, pollId: poll.id };
}

/** Asked as a run asks it, but for one answer only. */
async function takesQuestion(
  { client, zone, now }: PendoQuestions,
  survey: Survey,
  months: number,
  filtered: boolean,
): Promise<boolean> {
  const start = monthsBefore(now, zone, months);
  const days = daysCovering(start, now, zone);
  const window = { from: start, to: now, first: start, days };
  const question = pipelines.npsAnswers({ ...survey, ...window, by: 'visitor', apps: null, filtered });
  try {
    await client.aggregate([...question, { limit: 1 }], () => undefined);
    return true;
  } catch (error) {
    if (error instanceof VendorError && error.kind === 'rejected') return false;
    throw error;
  }
}
