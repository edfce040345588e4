import type { RawGuide, RawPollEvent } from '../../contract.ts';
import { hash, mix } from '../../world/random.ts';
import { DAY } from '../calendar.ts';
import { pollType } from './subscription.ts';

/** A step of a guide that a visitor saw or acted on. */
export interface GuideEvent {
  visitorId: string;
  accountId: string;
  appId: number;
  guideId: string;
  guideStepId: string;
  type: 'guideSeen' | 'guideActivity' | 'guideDismissed';
  browserTime: number;
}

export interface Answers {
  /** Every answer that one visitor gave, in no particular order. */
  polls(index: number, visitorId: string): RawPollEvent[];
  guides(index: number, visitorId: string): GuideEvent[];
}

/** Answers that no rating is: a rating asks for 0 to 10, and Pendo hands on whatever was stored. */
const unusual = ['', null, 'great', 11, -1, 7.5, ' 9'];
const comments = ['Love it', 'Too slow', '10', '', 'Señor support', '7'];
/** Comments that say nothing, or that not everyone can store. */
const oddComments = ['   ', '\u00a0\t', 5, null, 'NUL \u0000', 'half \ud83d', ' as it is ', 'Größe 😀'];
/** How long after the score a comment is given, in ms; some are of another day altogether. */
const apart = [0, 0, 20_000, 95_000, 5 * 3_600_000, DAY, DAY + 1, -40_000, -DAY, -DAY - 1, 3 * DAY, -20 * DAY];

/** Poll answers and guide events as a pure function of (seed, visitor), and of the days that have passed since. */
export function createAnswers(options: {
  seed: number;
  tame: boolean;
  /** The guides that the world was made with; answers to later ones are added by hand. */
  guides: RawGuide[];
  accountsOf: (index: number) => string[];
  /** Came after the world was made: has no answers from before. */
  newcomer: (index: number) => boolean;
  /** Answers end here, but for those of the days below. */
  worldMade: number;
  /** Starts of the days with activity that passed since. */
  laterDays: number[];
}): Answers {
  const { tame, worldMade, laterDays } = options;
  const seed = hash(options.seed, 'pendo answers');

  function polls(index: number, visitorId: string): RawPollEvent[] {
    const own = mix(seed, index);
    const out: RawPollEvent[] = [];
    const answers = own % 100 < 25 && !options.newcomer(index);
    if (!answers && laterDays.length === 0) return out;
    let accounts: string[] | undefined;
    const { guides } = options;
    const tie = worldMade - 1000 - Math.floor((mix(own, 9) / 0x1_0000_0000) * 500 * DAY);
    guides.forEach((guide, g) => {
      if (guide.state === 'draft') return;
      guide.polls.forEach((poll, p) => {
        const times: number[] = [];
        const base = mix(own, 0x100 + g * 16);
        const count = answers && base % 10 < 5 ? 1 + ((base >>> 4) % 3) : 0;
        for (let k = 0; k < count; k++) {
          const x = mix(base, k);
          // Some answer two surveys within one millisecond, some answered today, most in the last three years.
          if (!tame && x % 11 === 0) times.push(tie);
          else if (x % 17 === 0) times.push(worldMade - 1000 - (x % 20_000_000));
          else times.push(worldMade - 1000 - Math.floor((mix(x, 1) / 0x1_0000_0000) ** 2 * 1100 * DAY));
        }
        for (const day of laterDays) {
          const x = mix(own, Math.floor(day / 3_600_000) + g);
          if (x % 150 === 0) times.push(day + 28_800_000 + (x % 40_000_000));
        }
        times.forEach((browserTime, k) => {
          const x = mix(mix(own, 0x1000 + g * 64 + p * 16), k + (k >= count ? Math.floor(browserTime / 1000) : 0));
          accounts ??= options.accountsOf(index);
          const row: RawPollEvent = {
            visitorId,
            accountId: accounts.length === 0 || (!tame && x % 23 === 0) ? '' : accounts[(x >>> 7) % accounts.length]!,
            guideId: guide.id,
            pollId: poll.id,
            appId: guide.appId,
            pollResponse: response(poll, x),
            pollType: pollType(poll),
            browserTime: tame || isRating(poll) || k >= count ? browserTime : commentTime(browserTime, x),
          };
          if (!tame && x % 31 === 0) row.excluded = true;
          out.push(row);
        });
      });
    });
    return out;
  }

  /** Nothing of it is later than the world. */
  function commentTime(scored: number, x: number): number {
    const shift = apart[mix(x, 0xc0) % apart.length]!;
    return scored + shift < worldMade ? scored + shift : scored - shift;
  }

  function isRating(poll: RawGuide['polls'][number]): boolean {
    return /^(npsrating|numberscale)$/i.test(pollType(poll));
  }

  function response(poll: RawGuide['polls'][number], x: number): unknown {
    if (!isRating(poll)) {
      const strange = !tame && (x >>> 21) % 7 === 0;
      return strange ? oddComments[(x >>> 25) % oddComments.length] : comments[x % comments.length];
    }
    if (!tame && (x >>> 3) % 13 === 0) return unusual[(x >>> 9) % unusual.length];
    const score = (x >>> 5) % 6 === 0 ? (x >>> 11) % 7 : 6 + ((x >>> 11) % 5);
    return !tame && (x >>> 15) % 5 === 0 ? String(score) : score;
  }

  function guideEvents(index: number, visitorId: string): GuideEvent[] {
    const events: GuideEvent[] = [];
    const step = (guideId: string) => `${guideId.slice(0, 20)}-step-1`;
    for (const { accountId, appId, guideId, pollId, browserTime } of polls(index, visitorId)) {
      if (options.guides.find(({ id }) => id === guideId)?.polls[0]?.id !== pollId) continue;
      const common = { visitorId, accountId, appId, guideId, guideStepId: step(guideId) };
      events.push({ ...common, type: 'guideSeen', browserTime: browserTime - 30_000 });
      events.push({ ...common, type: 'guideActivity', browserTime });
    }
    const own = mix(seed ^ 0x6e1de, index);
    const welcome = options.guides.find((guide) => guide.polls.length === 0);
    if (welcome && own % 3 === 0 && !options.newcomer(index)) {
      const browserTime = worldMade - 1000 - Math.floor((own / 0x1_0000_0000) * 300 * DAY);
      const accountId = options.accountsOf(index)[0] ?? '';
      const common = { visitorId, accountId, appId: welcome.appId, guideId: welcome.id, guideStepId: step(welcome.id) };
      events.push({ ...common, type: 'guideSeen', browserTime });
      if (own % 2 === 0) events.push({ ...common, type: 'guideDismissed', browserTime: browserTime + 9_000 });
    }
    return events;
  }

  return { polls, guides: guideEvents };
}
