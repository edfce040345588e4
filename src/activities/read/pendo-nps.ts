/** What the records of a page answered to NPS surveys. */
import { allGuides, answersByApp, longAnswers } from '../../assumptions/pendo/answers.ts';
import type { Learnt } from '../../db/schema.ts';
import { type PendoClient, type Poll, pipelines } from '../../pendo/index.ts';
import type { SyncObject } from '../../sync/config.ts';
import { type NpsAnswer, newerAnswer, npsScore } from '../../sync/nps.ts';
import { createNpsFigures, wantsNps } from '../../sync/nps-figures.ts';
import { numberIn } from '../../sync/numbers.ts';
import { textFault } from '../../sync/text.ts';
import { HandOver, type Step } from '../step/step.ts';
import type { ColumnReader, Reading } from './column-reader.ts';
import { npsSpans } from './instants.ts';
import { goesAnotherWay } from './other-ways.ts';
import { recordIdOf } from './pendo-people.ts';

type Surveys = NonNullable<Learnt['surveys']>;
type Survey = Surveys['list'][number];

/** Undefined: no field says anything of answers. */
export async function createNpsReader(reading: Reading, step: Step): Promise<ColumnReader | undefined> {
  const { object, plan, instants } = reading;
  if (!wantsNps(plan.push)) return undefined;
  const { surveys, all } = await wantedSurveys(reading, step);
  return async ({ places, ...range }) => {
    const figures = createNpsFigures(plan.push, instants.zone);
    const placeOf = (row: pipelines.NpsRow): number | undefined =>
      places.get(recordIdOf(object === 'visitor' ? row.visitorId : row.accountId) ?? '');
    for (const survey of surveys) {
      await readAnswers(reading, survey, range, object, (answer, row) => {
        const place = placeOf(row);
        if (place !== undefined) figures.addAnswer(place, answer);
      });
    }
    // All answers are known by now: of the comments, only one a record is kept.
    for (const guideId of figures.commentedGuides()) {
      await readRows(reading, { guideId }, range, object, (row, said) => {
        const place = placeOf(row);
        const pollId = recordIdOf(row.pollId);
        if (place === undefined || pollId === undefined || typeof row.response !== 'string') return;
        if (all.some((survey) => survey.guideId === guideId && survey.pollId === pollId)) return;
        figures.addComment(place, { ...said, guideId, pollId, text: row.response });
      });
    }
    return figures.columns;
  };
}

/** All surveys; or the one with the newest answer of all, which is looked for once in a round of reading. */
async function wantedSurveys(reading: Reading, step: Step): Promise<{ surveys: Survey[]; all: Survey[] }> {
  const { config, learning, pendo } = reading;
  const round = step.run.read_round;
  const before = learning.known.surveys;
  let known: Surveys =
    before?.round === round
      ? before
      : { round, list: await listSurveys(pendo, learning.known), scanned: 0, newest: null };
  if (known !== before) await learning.note({ surveys: known });
  const all = known.list;
  if (config.nps !== 'newestSurvey') return { surveys: all, all };
  while (known.scanned < known.list.length) {
    known = await scanNext(reading, known);
    await learning.note({ surveys: known });
    if (known.scanned < known.list.length && step.shouldYield()) throw new HandOver();
  }
  return { surveys: all.filter((survey) => isOf(survey, known.newest)), all };
}

/** Looks for the newest answer of all in one survey more. Whose it is, and what it says, is of no concern. */
async function scanNext(reading: Reading, { newest, scanned, ...rest }: Surveys): Promise<Surveys> {
  const survey = rest.list[scanned] as Survey;
  let found: NpsAnswer | null = newest && { ...newest, score: 0, visitorId: '' };
  await readAnswers(reading, survey, {}, 'visitor', ({ browserTime }) => {
    const answer = { ...survey, browserTime, score: 0, visitorId: '' };
    found = found === null ? answer : newerAnswer(found, answer);
  });
  return { ...rest, scanned: scanned + 1, newest: found && timeOf(found) };
}

async function readAnswers(
  reading: Reading,
  survey: Survey,
  range: pipelines.IdRange,
  by: SyncObject,
  take: (answer: NpsAnswer, row: pipelines.NpsRow) => void,
): Promise<void> {
  await readRows(reading, survey, range, by, (row, said) => {
    const score = npsScore(row.response);
    if (score !== null) take({ ...said, ...survey, score }, row);
  });
}

/** What people answered who take part, when they did: to one poll, or to every poll of a guide. */
async function readRows(
  { pendo, config, instants, excluded, learning }: Reading,
  asked: { guideId: string; pollId?: string },
  range: pipelines.IdRange,
  by: SyncObject,
  take: (row: pipelines.NpsRow, said: { browserTime: number; visitorId: string }) => void,
): Promise<void> {
  const takeRow = (row: pipelines.NpsRow): void => {
    const visitorId = recordIdOf(row.visitorId);
    const browserTime = numberIn(row.time);
    if (visitorId === undefined || browserTime === undefined || !Number.isFinite(browserTime)) return;
    if (row.excluded === true || excluded(visitorId)) return;
    take(row, { browserTime, visitorId });
  };
  const filtered = goesAnotherWay(learning.known, answersByApp);
  for (const span of npsSpans(instants, goesAnotherWay(learning.known, longAnswers))) {
    const pipeline = pipelines.npsAnswers({ ...asked, ...range, ...span, by, apps: config.apps, filtered });
    await pendo.aggregate<pipelines.NpsRow>(pipeline, takeRow);
  }
}

function timeOf({ guideId, pollId, browserTime }: NpsAnswer): NonNullable<Surveys['newest']> {
  return { guideId, pollId, browserTime };
}

function isOf({ guideId, pollId }: Survey, answer: Surveys['newest']): boolean {
  return guideId === answer?.guideId && pollId === answer.pollId;
}

/** Polls of guides in any state: an old survey's answer stands until there is a newer one. */
async function listSurveys(pendo: PendoClient, known: Readonly<Learnt>): Promise<Survey[]> {
  const isNps = (poll: Poll): boolean => poll.type.toLowerCase() === 'npsrating';
  const guides = goesAnotherWay(known, allGuides) ? await pendo.guidesOfApps() : await pendo.guides();
  const surveys = guides.flatMap((guide) =>
    guide.polls.filter(isNps).map((poll) => ({ guideId: guide.id, pollId: poll.id })),
  );
  // What is known of them is kept as `jsonb`, and an id must not come back as another.
  return surveys
    .filter(({ guideId, pollId }) => textFault(guideId + pollId) === null)
    .sort((a, b) => (a.guideId + a.pollId < b.guideId + b.pollId ? -1 : 1));
}
