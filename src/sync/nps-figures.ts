/** What the records of a page answered to NPS surveys: docs/semantics.md, sections 3.1 and 3.4. */
import { dayIn } from './clock.ts';
import { type Column, type Columns, isOfMetric, isOfSource, liveFields } from './columns.ts';
import { storable } from './metadata-value.ts';
import { type NpsAnswer, newerAnswer } from './nps.ts';
import { numberCanon } from './numbers.ts';
import type { NpsMeasure } from './push-mapping.ts';
import { compareUtf8 } from './text.ts';
import type { Canon, PushPlan } from './types.ts';

export interface NpsComment {
  browserTime: number;
  guideId: string;
  pollId: string;
  visitorId: string;
  text: string;
}

export interface NpsFigures {
  addAnswer(place: number, answer: NpsAnswer): void;
  /** Guides of the newest answers, where their comments are wanted: asked once all answers are there. */
  commentedGuides(): string[];
  addComment(place: number, comment: NpsComment): void;
  columns: Columns;
}

/** Between an answer and its comment, ms. */
const longestApart = 86_400_000;

const ofMembers: readonly NpsMeasure[] = ['averageScore', 'netPromoterScore', 'answers'];

export function wantsNps(push: readonly PushPlan[]): boolean {
  return liveFields(push).some((field) => isOfMetric(field, 'latestNps') || isOfSource(field, 'nps'));
}

export function createNpsFigures(push: readonly PushPlan[], zone: string): NpsFigures {
  const measures = liveFields(push).flatMap((field) => (isOfSource(field, 'nps') ? [field] : []));
  const countsMembers = measures.some(({ measure }) => ofMembers.includes(measure));
  const wantsComment = measures.some(({ measure }) => measure === 'comment');
  const newest: NpsAnswer[] = [];
  /** Of an account: the newest answer of each visitor. */
  const members: Map<string, NpsAnswer>[] = [];
  const comments: NpsComment[] = [];

  const columns = new Map<string, Column>();
  for (const field of liveFields(push)) {
    if (isOfMetric(field, 'latestNps')) {
      columns.set(field.property, (place) => scoreOf(newest[place]));
    } else if (isOfSource(field, 'nps')) {
      columns.set(field.property, (place) => {
        if (ofMembers.includes(field.measure)) return ofAnswers(field.measure, members[place]);
        return ofAnswer(field.measure, newest[place], comments[place], zone);
      });
    }
  }

  return {
    addAnswer(place, answer) {
      const before = newest[place];
      newest[place] = before === undefined ? answer : newerAnswer(before, answer);
      if (!countsMembers) return;
      const ofAccount = members[place] ?? new Map<string, NpsAnswer>();
      members[place] = ofAccount;
      const own = ofAccount.get(answer.visitorId);
      ofAccount.set(answer.visitorId, own === undefined ? answer : newerAnswer(own, answer));
    },
    commentedGuides() {
      if (!wantsComment) return [];
      const guides = new Set<string>();
      for (const answer of newest) if (answer !== undefined) guides.add(answer.guideId);
      return [...guides].sort();
    },
    addComment(place, comment) {
      const answer = newest[place];
      if (answer === undefined || answer.guideId !== comment.guideId || answer.visitorId !== comment.visitorId) return;
      if (Math.abs(comment.browserTime - answer.browserTime) > longestApart || comment.text.trim() === '') return;
      const before = comments[place];
      if (before === undefined || compareComments(comment, before) > 0) comments[place] = comment;
    },
    columns,
  };
}

function compareComments(a: NpsComment, b: NpsComment): number {
  return a.browserTime - b.browserTime || compareUtf8(a.pollId, b.pollId) || compareUtf8(a.text, b.text);
}

function scoreOf(answer: NpsAnswer | undefined): Canon {
  return answer === undefined ? null : String(answer.score);
}

function ofAnswer(
  measure: NpsMeasure,
  answer: NpsAnswer | undefined,
  comment: NpsComment | undefined,
  zone: string,
): Canon {
  switch (measure) {
    case 'category':
      return answer === undefined ? null : categoryOf(answer.score);
    case 'answeredOn': {
      if (answer === undefined) return null;
      const day = dayIn(answer.browserTime, zone);
      return day.length === 10 ? day : { invalid: 'outOfRange' };
    }
    default:
      if (answer === undefined) return { keep: true };
      return comment === undefined ? null : storable(comment.text);
  }
}

function categoryOf(score: number): 'promoter' | 'passive' | 'detractor' {
  return score >= 9 ? 'promoter' : score >= 7 ? 'passive' : 'detractor';
}

function ofAnswers(measure: NpsMeasure, answers: ReadonlyMap<string, NpsAnswer> = new Map()): Canon {
  const count = answers.size;
  if (measure === 'answers') return String(count);
  if (count === 0) return null;
  const scores = [...answers.values()].map(({ score }) => score);
  if (measure === 'averageScore') return tenths(sum(scores), count);
  const balance = sum(scores.map((score) => (score >= 9 ? 1 : score <= 6 ? -1 : 0)));
  return tenths(100 * balance, count);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** The quotient with one decimal, half away from zero. Whole numbers in, so that it is exact. */
function tenths(dividend: number, divisor: number): Canon {
  const rounded = Math.floor((20 * Math.abs(dividend) + divisor) / (2 * divisor)) / 10;
  return numberCanon(Math.sign(dividend) * rounded);
}
