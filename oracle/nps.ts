/** The newest NPS answer of each visitor or account. */
import type { RawGuide, RawPollEvent } from '../sandbox/contract.ts';
import { compareBytes } from './canonical.ts';
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

interface Answer {
  at: number;
  guideId: string;
  pollId: string;
  score: number;
}

function isNewer(a: Answer, b: Answer): boolean {
  if (a.at !== b.at) return a.at > b.at;
  const byGuide = compareBytes(a.guideId, b.guideId);
  if (byGuide !== 0) return byGuide > 0;
  const byPoll = compareBytes(a.pollId, b.pollId);
  return byPoll !== 0 ? byPoll > 0 : a.score > b.score;
}

export interface NpsScope {
  windows: Windows;
  apps: number[] | null;
  excludedVisitors: ReadonlySet<string>;
  mode: 'newestAnswer' | 'newestSurvey';
  by: 'visitor' | 'account';
}

export function latestNps(guides: RawGuide[], events: RawPollEvent[], scope: NpsScope): Map<string, number> {
  const polls = npsPolls(guides);
  const answers: { id: string; answer: Answer }[] = [];
  let newest: Answer | undefined;
  for (const event of events) {
    const score = scoreOf(event.pollResponse);
    if (score === undefined || event.excluded === true || !polls.has(pollKey(event.guideId, event.pollId))) continue;
    if (event.browserTime < scope.windows.npsFrom || event.browserTime >= scope.windows.asOf) continue;
    if (scope.apps !== null && !scope.apps.includes(event.appId)) continue;
    if (isAnonymous(event.visitorId) || scope.excludedVisitors.has(event.visitorId)) continue;
    const answer = { at: event.browserTime, guideId: event.guideId, pollId: event.pollId, score };
    if (!newest || isNewer(answer, newest)) newest = answer;
    answers.push({ id: scope.by === 'visitor' ? event.visitorId : event.accountId, answer });
  }

  const latest = new Map<string, Answer>();
  for (const { id, answer } of answers) {
    if (id === '') continue;
    if (scope.mode === 'newestSurvey' && (answer.guideId !== newest?.guideId || answer.pollId !== newest.pollId)) {
      continue;
    }
    const held = latest.get(id);
    if (!held || isNewer(answer, held)) latest.set(id, answer);
  }
  return new Map([...latest].map(([id, answer]) => [id, answer.score]));
}
