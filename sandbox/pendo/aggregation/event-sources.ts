import type { RawEvent } from '../../contract.ts';
import type { Calendar } from '../calendar.ts';
import type { Row } from '../expression/compile.ts';
import { BadRequest } from '../refusals.ts';
import { onlyKeys } from './fields.ts';
import type { Sink } from './flow.ts';
import { appsOf, parametersOf, type SourceKind, stringOr } from './source-kind.ts';
import { activePlaces } from './visitor-places.ts';

type IdField = 'pageId' | 'featureId' | 'trackTypeId';

/** The item that a row is of; undefined: the row is none of the narrower source. */
function itemOf(row: RawEvent, idField: IdField): string | undefined {
  return idField === 'pageId' && row.pageId === 'allevents' ? undefined : row[idField];
}

/** `events` and its narrower relatives: rows already added up per visitor, account, app, page, address, … and day. */
export const eventSources: Record<string, SourceKind> = {
  events: eventSource(null),
  pageEvents: eventSource('pageId'),
  featureEvents: eventSource('featureId'),
  trackEvents: eventSource('trackTypeId'),
};

function eventSource(idField: IdField | null): SourceKind {
  /** What the rows of this source do not show: ids of other kinds, and the properties of track events. */
  const hidden = (['featureId', 'trackTypeId', 'properties'] as const).filter(
    (field) => field !== idField && !(field === 'properties' && idField === 'trackTypeId'),
  );
  return {
    timed: true,
    compile(request, { parameters, following, name }, series) {
      const options = parametersOf(parameters);
      onlyKeys(options, ['appId', 'blacklist', 'eventClass', ...(idField ? [idField] : [])], name);
      const wanted = idField ? stringOr(options[idField], idField) : undefined;
      const apps = appsOf(options.appId, request, wanted !== undefined);
      const { blacklist = 'apply' } = options;
      if (!['apply', 'ignore', 'only'].includes(blacklist as string))
        throw new BadRequest(`unknown blacklist ${JSON.stringify(blacklist)}`);
      const none = !includesWeb(options.eventClass);
      const { truth, compiler } = request;
      const { calendar } = compiler.around;
      const places = activePlaces(truth, compiler, following);
      const { ids: visitorIds, indexes } = places.view;
      const identifies = idField === null && truth.switches().pendoEvents === 'alsoIdentify';
      const wide = needsCalendarFields(following) || hidden.some((field) => JSON.stringify(following).includes(field));

      return {
        costPerDay: places.count,
        open({ start, end }) {
          const [from, to] = [calendar.dayNumber(start), calendar.dayNumber(end - 1)];
          let sink: Sink;
          const take = (row: RawEvent, blacklisted: boolean): boolean => {
            if (blacklist === 'apply' ? blacklisted : blacklist === 'only' && !blacklisted) return true;
            if (!apps.has(row.appId)) return true;
            if (idField) {
              const own = itemOf(row, idField);
              if (own === undefined || (wanted !== undefined && own !== wanted)) return true;
            }
            const at = series!.hourly ? calendar.startOf('hourly', row.firstTime) : row.day;
            if (at < start || at >= end) return true;
            return sink.push(wide || series!.hourly ? shown(row, at) : (row as unknown as Row));
          };
          const shown = (row: RawEvent, at: number): Row => {
            const { day, ...rest } = row;
            for (const field of hidden) delete rest[field];
            return {
              ...rest,
              ...(series!.hourly ? { hour: at } : { day }),
              week: calendar.startOf('weekly', at),
              month: calendar.startOf('monthly', at),
              quarter: calendar.startOf('quarterly', at),
              country: 'US',
            };
          };
          return {
            flow: { together: 'visitorId', ascending: true },
            units: () => (none ? [] : places.each()),
            emit(place, into) {
              const id = visitorIds[place]!;
              const index = indexes[place]!;
              if (truth.forgotten.has(id)) return true;
              sink = into;
              if (index >= 0 && !truth.activity.events(index, id, from, to, take)) return false;
              if (identifies && index >= 0)
                for (const row of identifications(calendar, id, index, [from, to]))
                  take({ ...row, appId: [...apps][0]! }, false);
              for (const { blacklisted = false, ...row } of truth.addedEvents.get(id) ?? []) {
                if (!take(row, blacklisted)) return false;
              }
              return true;
            },
          };
        },
      };
    },
  };
}

/** On every third day the server tells Pendo who a visitor is, whether or not the visitor comes. */
function* identifications(
  calendar: Calendar,
  visitorId: string,
  index: number,
  days: [number, number],
): Iterable<Omit<RawEvent, 'appId'>> {
  for (let day = days[0]; day <= days[1]; day++) {
    const start = calendar.dayStart(day);
    if ((index + day) % 3 !== 0 || calendar.dayNumber(start) !== day) continue;
    const firstTime = start + 6 * 3_600_000;
    yield {
      visitorId,
      accountId: '',
      pageId: 'allevents',
      day: start,
      server: 'api.northwind.example',
      remoteIp: '203.0.113.1',
      userAgent: '',
      numEvents: 1,
      numMinutes: 1,
      firstTime,
      lastTime: firstTime,
    };
  }
}

/** All generated activity is web activity. */
function includesWeb(eventClass: unknown): boolean {
  if (eventClass === undefined || eventClass === null) return true;
  const classes = Array.isArray(eventClass) ? eventClass : [eventClass];
  for (const each of classes) {
    if (typeof each !== 'string') throw new BadRequest(`unknown eventClass ${JSON.stringify(each)}`);
  }
  return classes.some((each) => each === 'web' || each === 'ui');
}

/** Weeks, months and quarters are worked out only where someone can see them: it is most of a row's cost. */
function needsCalendarFields(following: [string, unknown][]): boolean {
  const reshaped = following.some(([name]) => ['select', 'group', 'reduce', 'count'].includes(name));
  return !reshaped || /week|month|quarter|country/.test(JSON.stringify(following));
}
