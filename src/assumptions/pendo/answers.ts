/** Where the answers to NPS surveys are found. */
import { pipelines } from '../../pendo/index.ts';
import { daysCovering, monthsBefore } from '../../sync/clock.ts';
import { npsMonths } from '../../sync/nps.ts';
import { VendorError } from '../../sync/vendor-error.ts';
import { readsAnswers } from '../needs.ts';
import { disproved, type PendoAssumption, proved, unknown } from '../types.ts';

export const allGuides: PendoAssumption = {
  id: 'pendo.allGuides',
  vendor: 'pendo',
  assumed: '`GET guide?expand=*` lists the guides of every app and state.',
  matters: 'Surveys of other apps would be left out: old or no NPS scores.',
  source: 'Clients (tap-pendo); not documented.',
  check: 'The list is compared with the aggregation source `guides` over all apps.',
  calls: 2,
  otherwise: 'otherWay',
  fix: 'Nothing to do: surveys are listed by the aggregation, which knows those of every app.',
  neededBy: readsAnswers,
  async ask({ client, guides }) {
    const listed = new Set((await guides()).map(({ id }) => id));
    let missing = 0;
    const known = await client.aggregate<{ id: unknown }>(pipelines.definitionIds('guides'), ({ id }) => {
      if (!listed.has(String(id))) missing++;
    });
    const evidence = `${listed.size} guides are listed; ${missing} of the ${known} that the aggregation knows are not among them.`;
    return missing === 0 ? proved(evidence) : disproved(evidence);
  },
};

export const longAnswers: PendoAssumption = {
  id: 'pendo.longAnswers',
  vendor: 'pendo',
  assumed: '`pollEvents` takes an app beside guide and poll, and 84 months in one call.',
  matters: 'No NPS score could be read.',
  source: 'The parameters are documented one by one; the longest window seen in a client is 730 days.',
  check: 'One survey is asked for in exactly this way.',
  calls: 2,
  otherwise: 'stop',
  fix: 'Take the NPS fields out of the mapping, and report this: answers have to be asked for in another way.',
  neededBy: readsAnswers,
  async ask({ client, guides, zone, now }) {
    const isNps = ({ type }: { type: string }): boolean => type.toLowerCase() === 'npsrating';
    const guide = (await guides()).find(({ polls }) => polls.some(isNps));
    const poll = guide?.polls.find(isNps);
    if (guide === undefined || poll === undefined) return unknown('There is no NPS survey.');
    const start = monthsBefore(now, zone, npsMonths);
    try {
      const answers = await client.aggregate(
        [
          ...pipelines.npsAnswers({
            guideId: guide.id,
            pollId: poll.id,
            by: 'visitor',
            apps: null,
            from: start,
            to: now,
            first: start,
            days: daysCovering(start, now, zone),
          }),
          { limit: 1 },
        ],
        () => undefined,
      );
      return proved(`Pendo took the question and gave ${answers} answer.`);
    } catch (error) {
      if (error instanceof VendorError && error.kind === 'rejected') return disproved('Pendo refuses the question.');
      throw error;
    }
  },
};
