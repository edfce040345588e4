/** The NPS fields, from the answers and comments: SEMANTICS 3.1 and 3.4. */
import { read, readingOf } from './canonical.ts';
import type { Reading, Truth } from './contract.ts';
import type { Wanted } from './figures.ts';
import { readText } from './metadata.ts';
import { isDetractor, isPromoter, type NpsScope, newestAnswers, npsAnswers, npsComments, opinions } from './nps.ts';
import { once } from './once.ts';
import type { NpsMapping } from './push-entry.ts';
import { localDay } from './zone.ts';

export const categories = ['promoter', 'passive', 'detractor'];

const nothing: Reading = { state: 'empty' };
const categoryOf = (score: number): string =>
  isPromoter(score) ? 'promoter' : isDetractor(score) ? 'detractor' : 'passive';

/** A fraction of whole numbers to one decimal, half away from zero. */
export function tenths(numerator: number, denominator: number): number {
  const size = Math.floor((20 * Math.abs(numerator) + denominator) / (2 * denominator));
  return size === 0 ? 0 : (Math.sign(numerator) * size) / 10;
}

/** Answers are only looked through where a field asks for them. */
export function npsFigures(
  { subscription: { guides }, pollEvents }: Truth,
  scope: NpsScope,
  zone: string,
): (id: string, measure: NpsMapping['measure'] | 'score') => Wanted {
  const answers = once((_: 'all') => npsAnswers(guides, pollEvents, scope));
  const newest = once((_: 'all') => newestAnswers(answers('all'), scope.by));
  const comments = once((_: 'all') => npsComments(guides, pollEvents, scope));
  const ofAccounts = once((_: 'all') => opinions(answers('all')));

  return (id, measure) => {
    const answer = newest('all').get(id);
    const keep = (reading: Reading): Wanted => ({ reading, whenNothing: 'keep' });
    const opinion = () => ofAccounts('all').get(id);
    switch (measure) {
      case 'score':
        return keep(readingOf(answer?.score ?? null));
      case 'category':
        return keep(answer ? readingOf(categoryOf(answer.score)) : nothing);
      case 'answeredOn':
        return keep(answer ? read('date', localDay(answer.at, zone)) : nothing);
      case 'comment': {
        if (!answer) return keep(nothing);
        const comment = comments('all')(answer);
        return { reading: comment === undefined ? nothing : readText(comment), whenNothing: 'clear' };
      }
      case 'answers':
        return keep(readingOf(opinion()?.answers ?? 0));
      case 'averageScore': {
        const of = opinion();
        return keep(of ? readingOf(tenths(of.sum, of.answers)) : nothing);
      }
      case 'netPromoterScore': {
        const of = opinion();
        return keep(of ? readingOf(tenths(100 * (of.promoters - of.detractors), of.answers)) : nothing);
      }
    }
  };
}
