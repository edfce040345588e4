import { compareUtf8 } from './text.ts';

/** Pendo keeps answers for so long. */
export const npsMonths = 84;

export interface NpsAnswer {
  /** Epoch ms. */
  browserTime: number;
  guideId: string;
  pollId: string;
  score: number;
  visitorId: string;
}

/** 0 to 10, as an integer or as its decimal text; null for everything else (free text, `''`, 7.5). */
export function npsScore(raw: unknown): number | null {
  if (typeof raw === 'string') return /^(?:\d|10)$/.test(raw) ? Number(raw) : null;
  return Number.isInteger(raw) && (raw as number) >= 0 && (raw as number) <= 10 ? (raw as number) + 0 : null;
}

/** The newer of two: by time, then by guide, poll, score and visitor, so that it never depends on the order of reading. */
export function newerAnswer<T extends NpsAnswer>(a: T, b: T): T {
  return compareAnswers(a, b) >= 0 ? a : b;
}

/** Positive when `a` is the newer one. */
export function compareAnswers(a: NpsAnswer, b: NpsAnswer): number {
  return (
    a.browserTime - b.browserTime ||
    compareUtf8(a.guideId, b.guideId) ||
    compareUtf8(a.pollId, b.pollId) ||
    a.score - b.score ||
    compareUtf8(a.visitorId, b.visitorId)
  );
}
