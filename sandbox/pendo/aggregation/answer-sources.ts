import type { RawPollEvent } from '../../contract.ts';
import type { Row } from '../expression/compile.ts';
import { BadRequest } from '../refusals.ts';
import type { GuideEvent } from '../truth/answers.ts';
import type { Truth } from '../truth/truth.ts';
import { onlyKeys } from './fields.ts';
import type { Sink } from './flow.ts';
import { appsOf, parametersOf, type SourceKind, stringOr } from './source-kind.ts';
import type { Window } from './time-series.ts';
import { activePlaces, type Places } from './visitor-places.ts';

/** Answers and guide events are few: a day of them costs this share of a day of events. */
const WEIGHT = 0.01;

/** Where such events came from; nothing here depends on it. */
const whence = {
  url: 'https://app.northwind.example/home',
  serverName: 'app.northwind.example',
  remoteIp: '203.0.113.1',
  country: 'US',
};

/** Poll answers and guide events, one row each. */
export const answerSources: Record<string, SourceKind> = {
  pollEvents: {
    timed: true,
    compile(request, { parameters, following }, series) {
      const options = parametersOf(parameters);
      onlyKeys(options, ['appId', 'guideId', 'pollId', 'blacklist'], 'pollEvents');
      const guideId = stringOr(options.guideId, 'guideId');
      const pollId = stringOr(options.pollId, 'pollId');
      const { pendoPollApps, pendoPollDays } = request.truth.switches();
      if (pendoPollDays === 'atMost730' && series!.days > 730) throw new BadRequest('timeSeries is too long');
      if (options.appId !== undefined && guideId !== undefined && pendoPollApps === 'refused')
        throw new BadRequest('pollEvents takes no appId beside guideId');
      const apps = appsOf(options.appId, request, guideId !== undefined);
      const places = activePlaces(request.truth, request.compiler, following);
      return {
        costPerDay: places.count * WEIGHT,
        open: (window) =>
          perVisitor(places, (index, id, sink) => {
            for (const row of pollAnswers(request.truth, index, id)) {
              const wanted = (!guideId || row.guideId === guideId) && (!pollId || row.pollId === pollId);
              if (!wanted || !apps.has(row.appId) || !within(row.browserTime, window)) continue;
              if (!sink.push({ ...shown(row), type: 'pollResponse', channel: 'inApp' })) return false;
            }
            return true;
          }),
      };
    },
  },

  pollsSeenEver: {
    timed: false,
    compile(request, { parameters, following }) {
      const options = parametersOf(parameters);
      onlyKeys(options, ['appId', 'guideId', 'pollId'], 'pollsSeenEver');
      const guideId = stringOr(options.guideId, 'guideId');
      const pollId = stringOr(options.pollId, 'pollId');
      if (!guideId || !pollId) throw new BadRequest('pollsSeenEver needs guideId and pollId');
      const places = activePlaces(request.truth, request.compiler, following);
      return {
        costPerDay: places.count,
        open: () =>
          perVisitor(places, (index, id, sink) => {
            const answers = pollAnswers(request.truth, index, id).filter(
              (row) => row.guideId === guideId && row.pollId === pollId && !row.excluded,
            );
            if (answers.length === 0) return true;
            const last = answers.reduce((newest, row) => (row.browserTime > newest.browserTime ? row : newest));
            return sink.push({
              visitorId: id,
              accountId: last.accountId,
              guideId,
              pollId,
              response: last.pollResponse,
              time: last.browserTime,
            });
          }),
      };
    },
  },

  guideEvents: {
    timed: true,
    compile(request, { parameters, following }) {
      const options = parametersOf(parameters);
      onlyKeys(options, ['appId', 'guideId', 'guideStepId', 'blacklist'], 'guideEvents');
      const guideId = stringOr(options.guideId, 'guideId');
      const stepId = stringOr(options.guideStepId, 'guideStepId');
      const apps = appsOf(options.appId, request, guideId !== undefined);
      const places = activePlaces(request.truth, request.compiler, following);
      const { truth } = request;
      return {
        costPerDay: places.count * WEIGHT,
        open: (window) =>
          perVisitor(places, (index, id, sink) => {
            if (index < 0 || truth.forgotten.has(id)) return true;
            for (const row of truth.answers.guides(index, id)) {
              const wanted = (!guideId || row.guideId === guideId) && (!stepId || row.guideStepId === stepId);
              if (!wanted || !apps.has(row.appId) || !within(row.browserTime, window)) continue;
              if (!sink.push(shown(row))) return false;
            }
            return true;
          }),
      };
    },
  },
};

/** Every answer of one visitor, those added by hand included. */
export function pollAnswers(truth: Truth, index: number, id: string): RawPollEvent[] {
  if (truth.forgotten.has(id)) return [];
  const generated = index >= 0 ? truth.answers.polls(index, id) : [];
  return [...generated, ...(truth.addedPollEvents.get(id) ?? [])];
}

/** With the instant at which Pendo took the event in, and where it came from. */
function shown(row: RawPollEvent | GuideEvent): Row {
  return { ...row, ...whence, guideTimestamp: row.browserTime };
}

function perVisitor(places: Places, emit: (index: number, id: string, sink: Sink) => boolean) {
  const { ids, indexes } = places.view;
  return {
    flow: { together: 'visitorId' as const, ascending: true },
    units: () => places.each(),
    emit: (place: number, sink: Sink) => emit(indexes[place]!, ids[place]!, sink),
  };
}

function within(time: number, { start, end }: Window): boolean {
  return time >= start && time < end;
}
