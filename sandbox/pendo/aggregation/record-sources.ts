import type { PendoKind, RawPendoRecord } from '../../contract.ts';
import { onlyKeys } from './fields.ts';
import { idRange } from './id-range.ts';
import { appsOf, parametersOf, type SourceKind } from './source-kind.ts';
import { placesFor } from './visitor-places.ts';

/** `visitors` and `accounts`: every record with its metadata, in the order of ids. */
export const recordSources: Record<string, SourceKind> = {
  visitors: recordSource('visitor'),
  accounts: recordSource('account'),
};

function recordSource(kind: PendoKind): SourceKind {
  const idField = kind === 'visitor' ? 'visitorId' : 'accountId';
  return {
    timed: false,
    compile(request, { parameters, following, name }) {
      const options = parametersOf(parameters);
      // A time series among the parameters is passed over: a reader of the live API sends one.
      onlyKeys(options, [...(kind === 'visitor' ? ['identified'] : []), 'appId', 'timeSeries'], name);
      const apps =
        options.appId === undefined ? null : [...appsOf(options.appId, request)].map((id) => `auto__${Math.abs(id)}`);
      const identified = options.identified === true;
      const records = request.truth.records[kind];
      const { strings } = request.compiler.around;
      const places = placesFor(records.directory.sorted(strings), idRange(following, idField, strings));
      const { ids, indexes } = places.view;
      const hides = request.truth.switches().pendoDoNotProcessFlag === 'listOnly';
      const shown = (metadata: RawPendoRecord['metadata']) => (hides ? withoutFlag(metadata) : metadata);
      return {
        costPerDay: places.count,
        open: () => ({
          flow: { together: idField, ascending: true },
          units: () => places.each(),
          emit(place, sink) {
            const id = ids[place]!;
            if (identified && id.startsWith('_PENDO_T_')) return true;
            const record = records.read(id, indexes[place]);
            if (!record || apps?.every((group) => !record.metadata[group])) return true;
            return sink.push({ [idField]: id, metadata: shown(record.metadata) });
          },
        }),
      };
    },
  };
}

function withoutFlag({ pendo, ...metadata }: RawPendoRecord['metadata']): RawPendoRecord['metadata'] {
  if (pendo === undefined) return metadata;
  const { donotprocess: _, ...others } = pendo;
  return { ...metadata, pendo: others };
}
