/** The newest NPS answers of the records of a page. */
import type { Learnt } from '../../db/schema.ts';
import { type PendoClient, type Poll, pipelines } from '../../pendo/index.ts';
import type { SyncConfig, SyncObject } from '../../sync/config.ts';
import type { NpsAnswer } from '../../sync/nps.ts';
import { newerAnswer, npsScore } from '../../sync/push-fields.ts';
import { textFault } from '../../sync/text.ts';
import type { Learning } from '../step/learning.ts';
import { HandOver, type Step } from '../step/step.ts';
import type { Instants } from './instants.ts';
import { type Excluded, type PageIds, recordIdOf } from './pendo-people.ts';

export interface NpsReader {
  /** Score by visitor or account id; who has no answer is not in it. */
  read(ids: PageIds): Promise<Map<string, number>>;
}

type Surveys = NonNullable<Learnt['surveys']>;
type Survey = Surveys['list'][number];

/** What the answers of any survey are asked for with. */
interface Asking {
  pendo: PendoClient;
  config: SyncConfig;
  instants: Instants;
  excluded: Excluded;
}

export async function createNpsReader(
  step: Step,
  object: SyncObject,
  config: SyncConfig,
  instants: Instants,
  excluded: Excluded,
  learning: Learning,
): Promise<NpsReader> {
  const { pendo } = await step.vendors();
  const asking: Asking = { pendo, config, instants, excluded };
  const surveys = await wantedSurveys(asking, step, learning);
  return {
    async read(ids) {
      const newest = new Map<string, NpsAnswer>();
      for (const survey of surveys) {
        await readAnswers(asking, survey, ids, object, (answer, row) => {
          const id = recordIdOf(object === 'visitor' ? row.visitorId : row.accountId);
          if (id === undefined) return;
          const before = newest.get(id);
          newest.set(id, before === undefined ? answer : newerAnswer(before, answer));
        });
      }
      return new Map([...newest].map(([id, answer]) => [id, answer.score]));
    },
  };
}

/** All surveys; or the one with the newest answer of all, which is looked for once in a round of reading. */
async function wantedSurveys(asking: Asking, step: Step, learning: Learning): Promise<Survey[]> {
  const round = step.run.read_round;
  const before = learning.known.surveys;
  let known: Surveys =
    before?.round === round ? before : { round, list: await listSurveys(asking.pendo), scanned: 0, newest: null };
  if (known !== before) await learning.note({ surveys: known });
  if (asking.config.nps !== 'newestSurvey') return known.list;
  while (known.scanned < known.list.length) {
    known = await scanNext(asking, known);
    await learning.note({ surveys: known });
    if (known.scanned < known.list.length && step.shouldYield()) throw new HandOver();
  }
  return known.list.filter((survey) => isOf(survey, known.newest));
}

/** Looks for the newest answer of all in one survey more. Whose it is, and what it says, is of no concern. */
async function scanNext(asking: Asking, { newest, scanned, ...rest }: Surveys): Promise<Surveys> {
  const survey = rest.list[scanned] as Survey;
  let found: NpsAnswer | null = newest && { ...newest, score: 0 };
  await readAnswers(asking, survey, { lo: undefined, hi: undefined }, 'visitor', ({ browserTime }) => {
    const answer = { ...survey, browserTime, score: 0 };
    found = found === null ? answer : newerAnswer(found, answer);
  });
  return { ...rest, scanned: scanned + 1, newest: found && timeOf(found) };
}

async function readAnswers(
  { pendo, config, instants, excluded }: Asking,
  survey: Survey,
  ids: PageIds,
  by: SyncObject,
  take: (answer: NpsAnswer, row: pipelines.NpsRow) => void,
): Promise<void> {
  const pipeline = pipelines.npsAnswers({
    ...survey,
    ...ids,
    by,
    from: instants.npsFrom,
    to: instants.asOf,
    first: instants.npsFrom,
    days: instants.npsDays,
    apps: config.apps,
  });
  await pendo.aggregate<pipelines.NpsRow>(pipeline, (row) => {
    const score = npsScore(row.response);
    const visitor = recordIdOf(row.visitorId);
    if (score === null || visitor === undefined || !Number.isFinite(row.time)) return;
    if (row.excluded === true || excluded(visitor)) return;
    take({ browserTime: row.time as number, ...survey, score }, row);
  });
}

function timeOf({ guideId, pollId, browserTime }: NpsAnswer): NonNullable<Surveys['newest']> {
  return { guideId, pollId, browserTime };
}

function isOf({ guideId, pollId }: Survey, answer: Surveys['newest']): boolean {
  return guideId === answer?.guideId && pollId === answer.pollId;
}

/** Polls of guides in any state: an old survey's answer stands until there is a newer one. */
async function listSurveys(pendo: PendoClient): Promise<Survey[]> {
  const isNps = (poll: Poll): boolean => poll.type.toLowerCase() === 'npsrating';
  const surveys = (await pendo.guides()).flatMap((guide) =>
    guide.polls.filter(isNps).map((poll) => ({ guideId: guide.id, pollId: poll.id })),
  );
  // What is known of them is kept as `jsonb`, and an id must not come back as another.
  return surveys
    .filter(({ guideId, pollId }) => textFault(guideId + pollId) === null)
    .sort((a, b) => (a.guideId + a.pollId < b.guideId + b.pollId ? -1 : 1));
}
