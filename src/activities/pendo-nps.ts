/** The newest NPS answers of the records of a page. */
import { type PendoClient, type Poll, pipelines } from '../pendo/index.ts';
import type { SyncConfig, SyncObject } from '../sync/config.ts';
import type { NpsAnswer } from '../sync/nps.ts';
import { newerAnswer, npsScore } from '../sync/push-fields.ts';
import type { Instants } from './open-run.ts';
import type { Excluded } from './pendo-page.ts';
import type { IdRange } from './pendo-usage.ts';

export interface NpsReader {
  /** Score by visitor or account id; who has no answer is not in it. */
  read(ids: IdRange): Promise<Map<string, number>>;
}

interface Survey {
  guideId: string;
  pollId: string;
}

export async function createNpsReader(
  pendo: PendoClient,
  object: SyncObject,
  config: SyncConfig,
  instants: Instants,
  excluded: Excluded,
): Promise<NpsReader> {
  let surveys = await listSurveys(pendo);
  const answers = (
    survey: Survey,
    ids: IdRange,
    by: SyncObject,
    take: (answer: NpsAnswer, row: pipelines.NpsRow) => void,
  ): Promise<number> =>
    pendo.aggregate<pipelines.NpsRow>(
      pipelines.npsAnswers({
        ...survey,
        ...ids,
        by,
        from: instants.npsFrom,
        to: instants.asOf,
        first: instants.npsFrom,
        days: instants.npsDays,
        apps: config.apps,
      }),
      (row) => {
        const score = npsScore(row.response);
        if (score === null || row.excluded === true || excluded(row.visitorId)) return;
        take({ browserTime: row.time, ...survey, score }, row);
      },
    );

  if (config.nps === 'newestSurvey') {
    let newest: NpsAnswer | null = null;
    for (const survey of surveys) {
      await answers(survey, { lo: undefined, hi: undefined }, 'visitor', (answer) => {
        newest = newest === null ? answer : newerAnswer(newest, answer);
      });
    }
    const chosen = newest as NpsAnswer | null;
    surveys = surveys.filter((survey) => survey.guideId === chosen?.guideId && survey.pollId === chosen.pollId);
  }

  return {
    async read(ids) {
      const newest = new Map<string, NpsAnswer>();
      for (const survey of surveys) {
        await answers(survey, ids, object, (answer, row) => {
          const id = object === 'visitor' ? row.visitorId : row.accountId;
          if (typeof id !== 'string') return;
          const before = newest.get(id);
          newest.set(id, before === undefined ? answer : newerAnswer(before, answer));
        });
      }
      return new Map([...newest].map(([id, answer]) => [id, answer.score]));
    },
  };
}

/** Polls of guides in any state: an old survey's answer stands until there is a newer one. */
async function listSurveys(pendo: PendoClient): Promise<Survey[]> {
  const isNps = (poll: Poll): boolean => poll.type.toLowerCase() === 'npsrating';
  const surveys = (await pendo.guides()).flatMap((guide) =>
    guide.polls.filter(isNps).map((poll) => ({ guideId: guide.id, pollId: poll.id })),
  );
  return surveys.sort((a, b) => (a.guideId + a.pollId < b.guideId + b.pollId ? -1 : 1));
}
