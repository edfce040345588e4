/** NPS answers: the newest of each visitor or account, its comment, and what the newest of an account's visitors add up to. */
import type { RawGuide, RawPollEvent } from '../sandbox/contract.ts';
import { compareBytes } from './canonical.ts';
import type { EventScope } from './event-rows.ts';
import { isAnonymous } from './people.ts';
import type { Windows } from './zone.ts';

const pollKey = (guideId: string, pollId: string): string => JSON.stringify([guideId, pollId]);

/** Polls typed NPSRating, wherever the type stands and whatever the guide's state. */
function npsPolls(guides: RawGuide[]): Set<string> {
  const keys = new Set<string>();
  for (const guide of guides) {
    for (const poll of guide.polls) {
      const types = [poll.type, poll.attributes?.type];
      if (types.some((type) => type?.toLowerCase() === 'npsrating')) keys.add(pollKey(guide.id, poll.id));
    }
  }
  return keys;
}

/** An integer from 0 to 10, or that as a decimal text. */
function scoreOf(response: unknown): number | undefined {
  if (typeof response === 'string') return /^(?:\d|10)$/.test(response) ? Number(response) : undefined;
  if (typeof response !== 'number' || !Number.isInteger(response)) return undefined;
  return response >= 0 && response <= 10 ? response + 0 : undefined;
}

export interface Answer {
  at: number;
  guideId: string;
  pollId: string;
  score: number;
  visitorId: string;
  accountId: string;
}

function isNewer(a: Answer, b: Answer): boolean {
  if (a.at !== b.at) return a.at > b.at;
  const order =
    compareBytes(a.guideId, b.guideId) ||
    compareBytes(a.pollId, b.pollId) ||
    a.score - b.score ||
    compareBytes(a.visitorId, b.visitorId);
  return order > 0;
}

function keepNewest(newest: Map<string, Answer>, id: string, answer: Answer): void {
  const held = newest.get(id);
  if (!held || isNewer(answer, held)) newest.set(id, answer);
}

export interface NpsScope extends EventScope {
  windows: Pick<Windows, 'npsFrom' | 'asOf'>;
  mode: 'newestAnswer' | 'newestSurvey';
}

/** Is the row in time, of a chosen app, and of somebody who counts? */
function counts(event: RawPollEvent, { windows, apps, excludedVisitors }: NpsScope): boolean {
  if (event.excluded === true || event.browserTime < windows.npsFrom || event.browserTime >= windows.asOf) return false;
  if (apps !== null && !apps.includes(event.appId)) return false;
  return !isAnonymous(event.visitorId) && !excludedVisitors.has(event.visitorId);
}

/** Every answer that counts; with `newestSurvey` those of the poll that has the newest of all. */
export function npsAnswers(guides: RawGuide[], events: RawPollEvent[], scope: NpsScope): Answer[] {
  const polls = npsPolls(guides);
  const answers: Answer[] = [];
  let newest: Answer | undefined;
  for (const event of events) {
    const score = scoreOf(event.pollResponse);
    const { guideId, pollId, visitorId, accountId, browserTime: at } = event;
    if (score === undefined || !polls.has(pollKey(guideId, pollId)) || !counts(event, scope)) continue;
    const answer = { at, guideId, pollId, score, visitorId, accountId };
    if (!newest || isNewer(answer, newest)) newest = answer;
    answers.push(answer);
  }
  if (scope.mode === 'newestAnswer') return answers;
  return answers.filter(({ guideId, pollId }) => guideId === newest?.guideId && pollId === newest.pollId);
}

/** The newest answer of each visitor or account. */
export function newestAnswers(answers: Answer[], by: EventScope['by']): Map<string, Answer> {
  const newest = new Map<string, Answer>();
  for (const answer of answers) {
    const id = by === 'visitor' ? answer.visitorId : answer.accountId;
    if (id !== '') keepNewest(newest, id, answer);
  }
  return newest;
}

export interface Opinion {
  answers: number;
  /** Of all scores. */
  sum: number;
  promoters: number;
  detractors: number;
}

export const isPromoter = (score: number): boolean => score >= 9;
export const isDetractor = (score: number): boolean => score <= 6;

/** By account, what the newest answer of each visitor for it says. */
export function opinions(answers: Answer[]): Map<string, Opinion> {
  const ofAccounts = new Map<string, Map<string, Answer>>();
  for (const answer of answers) {
    if (answer.accountId === '') continue;
    const newest = ofAccounts.get(answer.accountId) ?? new Map<string, Answer>();
    ofAccounts.set(answer.accountId, newest);
    keepNewest(newest, answer.visitorId, answer);
  }
  return new Map(
    [...ofAccounts].map(([account, newest]) => {
      const opinion: Opinion = { answers: 0, sum: 0, promoters: 0, detractors: 0 };
      for (const { score } of newest.values()) {
        opinion.answers += 1;
        opinion.sum += score;
        if (isPromoter(score)) opinion.promoters += 1;
        if (isDetractor(score)) opinion.detractors += 1;
      }
      return [account, opinion];
    }),
  );
}

const day = 86_400_000;

interface Comment {
  at: number;
  pollId: string;
  text: string;
}

/** The comment that belongs to an answer, as it was given; undefined: none. */
export function npsComments(
  guides: RawGuide[],
  events: RawPollEvent[],
  scope: NpsScope,
): (answer: Answer) => string | undefined {
  const polls = npsPolls(guides);
  const comments = new Map<string, Comment[]>();
  const keyOf = (guideId: string, visitorId: string, accountId: string): string =>
    JSON.stringify([guideId, visitorId, ...(scope.by === 'account' ? [accountId] : [])]);
  for (const event of events) {
    const { guideId, pollId, visitorId, accountId, browserTime: at, pollResponse: text } = event;
    if (typeof text !== 'string' || text.trim() === '' || polls.has(pollKey(guideId, pollId))) continue;
    if (!counts(event, scope)) continue;
    const key = keyOf(guideId, visitorId, accountId);
    comments.set(key, [...(comments.get(key) ?? []), { at, pollId, text }]);
  }
  return ({ guideId, visitorId, accountId, at }) => {
    let last: Comment | undefined;
    for (const comment of comments.get(keyOf(guideId, visitorId, accountId)) ?? []) {
      if (Math.abs(comment.at - at) > day) continue;
      const order = last
        ? comment.at - last.at || compareBytes(comment.pollId, last.pollId) || compareBytes(comment.text, last.text)
        : 1;
      if (order > 0) last = comment;
    }
    return last?.text;
  };
}
