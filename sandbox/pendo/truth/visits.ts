import { mix } from '../../world/random.ts';
import { DAY } from '../calendar.ts';
import type { Activity } from './activity.ts';

/** First and last visit; 0: never. */
export interface Visits {
  first: number;
  last: number;
}

const WEIGHT = 0x1_0000_0000;

/**
 * A visitor's visits: never later than the first event nor earlier than the last, yet not derivable from them, since
 * many were seen before the events that are kept, or came again without leaving any.
 */
export function visitsOf(activity: Activity, seed: number, index: number, worldMade: number): Visits {
  const dice = mix(seed, index);
  const share = (salt: number) => mix(dice, salt) / WEIGHT;
  const span = activity.span(index);
  if (!span) {
    if (dice % 10 < 4) return { first: 0, last: 0 };
    const first = worldMade - Math.floor((30 + share(1) * 1200) * DAY);
    return { first, last: first + Math.floor(share(2) * (worldMade - first)) };
  }
  const first = dice % 2 === 0 ? span.first : span.first - Math.floor(share(3) * 700 * DAY);
  const again = (dice >>> 8) % 10;
  if (again < 7 || span.last >= worldMade) return { first, last: span.last };
  const until = again === 9 ? worldMade - span.last : Math.min(worldMade - span.last, 20 * DAY);
  return { first, last: span.last + Math.floor((again === 9 ? 0.999 : share(4)) * until) };
}
