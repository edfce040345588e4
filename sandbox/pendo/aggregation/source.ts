import { shownGuide } from '../definition-lists.ts';
import type { Row } from '../expression/compile.ts';
import { BadRequest } from '../refusals.ts';
import { definitions } from '../truth/definitions.ts';
import { answerSources } from './answer-sources.ts';
import { doNotProcessSources } from './do-not-process-sources.ts';
import { eventSources } from './event-sources.ts';
import { onlyKeys, plainObject } from './fields.ts';
import type { Request, RowSource } from './flow.ts';
import { recordSources } from './record-sources.ts';
import { appsOf, listSource, parametersOf, type SourceKind, type SourceRequest } from './source-kind.ts';
import { readTimeSeries } from './time-series.ts';

const kinds: Record<string, SourceKind> = {
  ...recordSources,
  ...doNotProcessSources,
  ...eventSources,
  ...answerSources,
  const: {
    timed: false,
    compile(_request, { parameters }) {
      if (!Array.isArray(parameters)) throw new BadRequest('const needs a list of rows');
      return { open: () => listSource(parameters.map((row) => plainObject(row, 'const'))), costPerDay: 0 };
    },
  },
  pages: listed('pages', ({ truth }) => definitions('pageId', truth.subscription.pages)),
  features: listed('features', ({ truth }) => definitions('featureId', truth.subscription.features)),
  trackTypes: listed('trackTypes', ({ truth }) => definitions('trackTypeId', truth.subscription.trackTypes)),
  guides: listed('guides', (request) =>
    request.truth.subscription.guides.map((guide) => ({ ...shownGuide(guide), guideId: guide.id })),
  ),
  apps: {
    timed: false,
    compile(request, { parameters }) {
      onlyKeys(parametersOf(parameters), [], 'apps');
      const rows = request.truth.subscription.apps.map((app) => ({
        id: app.id,
        appId: app.id,
        name: app.name,
        isDefault: app.default,
      }));
      return { open: () => listSource(rows), costPerDay: 0 };
    },
  },
};

interface CompiledSource {
  iterative: boolean;
  startTime?: number;
  periods: { start?: number; source: RowSource }[];
}

/** Compiles a source with its time series, and adds what it asks for to the request's cost. */
export function compileSource(source: SourceRequest, request: Request): CompiledSource {
  const kind = Object.hasOwn(kinds, source.name) ? kinds[source.name] : undefined;
  if (!kind) throw new BadRequest(`unknown source ${JSON.stringify(source.name)}`);
  if (kind.timed && source.timeSeries === undefined) throw new BadRequest(`source ${source.name} needs a timeSeries`);
  if (!kind.timed && source.timeSeries !== undefined) throw new BadRequest(`source ${source.name} takes no timeSeries`);
  const series = kind.timed ? readTimeSeries(source.timeSeries, request.compiler) : undefined;
  const opened = kind.compile(request, source, series);
  request.cost += opened.costPerDay * (series?.days ?? 1);
  if (!series) return { iterative: false, periods: [{ source: opened.open({ start: 0, end: 0 }) }] };
  return {
    iterative: series.iterative,
    startTime: series.windows[0]!.start,
    periods: series.windows.map((window) => ({ start: window.start, source: opened.open(window) })),
  };
}

/** Definitions that belong to apps. */
function listed(name: string, list: (request: Request) => (Row & { appId: number })[]): SourceKind {
  return {
    timed: false,
    compile(request, { parameters }) {
      const options = parametersOf(parameters);
      onlyKeys(options, ['appId', 'timeSeries'], name);
      const apps = appsOf(options.appId, request);
      const rows = list(request).filter((row) => apps.has(row.appId));
      return { open: () => listSource(rows), costPerDay: 0 };
    },
  };
}
