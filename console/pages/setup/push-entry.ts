/** One field with a source as the dialogue edits it, and as the configuration has it. */
import type { PushMapping } from '../../../src/sync/push-mapping.ts';
import type { SyncObject } from '../../words/things.ts';

export type SourceEntry = Exclude<PushMapping, { metric: unknown }>;
export type SourceKind = SourceEntry['source'];
export type ItemKind = 'page' | 'feature' | 'trackType' | 'segment';
export type Measure = Extract<SourceEntry, { measure: unknown }>['measure'];

export interface Draft {
  kind: SourceKind;
  group: string;
  field: string;
  /** A time of Pendo's may be a date or an instant. */
  isTime: boolean;
  id: string;
  measure: Measure;
  /** Null: that of the sync. */
  window: 7 | 30 | 90 | 180 | null;
  timeAs: 'date' | 'datetime';
  onEmpty: 'clear' | 'keep';
  label: string;
  property: string;
}

export const emptyDraft: Draft = {
  kind: 'metadata',
  group: '',
  field: '',
  isTime: false,
  id: '',
  measure: 'events',
  window: null,
  timeAs: 'date',
  onEmpty: 'clear',
  label: '',
  property: '',
};

export const isItemKind = (kind: SourceKind): kind is ItemKind =>
  kind === 'page' || kind === 'feature' || kind === 'trackType' || kind === 'segment';

export const isWindowed = (kind: SourceKind): boolean =>
  kind === 'page' || kind === 'feature' || kind === 'trackType' || kind === 'activeVisitors';

/** Those that the object has. */
export function kindsOf(object: SyncObject): SourceKind[] {
  const kinds: SourceKind[] = ['metadata', 'page', 'feature', 'trackType', 'nps', 'segment'];
  return object === 'account' ? [...kinds, 'activeVisitors'] : kinds;
}

export function measuresOf(kind: SourceKind, object: SyncObject): Measure[] {
  if (kind === 'nps') {
    const ofBoth: Measure[] = ['category', 'comment', 'answeredOn'];
    return object === 'account' ? [...ofBoth, 'averageScore', 'netPromoterScore', 'answers'] : ofBoth;
  }
  if (!isItemKind(kind) || kind === 'segment') return [];
  return kind === 'page'
    ? ['events', 'days', 'minutes', 'firstUse', 'lastUse']
    : ['events', 'days', 'firstUse', 'lastUse'];
}

/** Another kind of thing: what was chosen of the former one says nothing of it. */
export function withKind(draft: Draft, kind: SourceKind, object: SyncObject): Draft {
  const measure = measuresOf(kind, object)[0] ?? draft.measure;
  return { ...draft, kind, measure, group: '', field: '', isTime: false, id: '', property: '', label: '' };
}

export function draftOf(entry: SourceEntry): Draft {
  return {
    ...emptyDraft,
    kind: entry.source,
    ...('group' in entry && { group: entry.group, field: entry.field, timeAs: entry.timeAs, onEmpty: entry.onEmpty }),
    // Which it is, the catalogue says; the choice is shown where it was made before.
    isTime: 'timeAs' in entry && entry.timeAs === 'datetime',
    ...('id' in entry && { id: entry.id }),
    ...('measure' in entry && { measure: entry.measure }),
    ...('window' in entry && { window: entry.window ?? null }),
    label: entry.label ?? '',
    property: entry.property ?? '',
  };
}

/** Null: something is still to be chosen. */
export function entryOf(draft: Draft): SourceEntry | null {
  const { kind, group, field, id, measure, timeAs, onEmpty } = draft;
  const label = draft.label.trim();
  const property = draft.property.trim();
  const target = { ...(label !== '' && { label }), ...(property !== '' && { property }) };
  const window = draft.window === null ? {} : { window: draft.window };
  if (kind === 'metadata') return field === '' ? null : { source: kind, group, field, timeAs, onEmpty, ...target };
  if (kind === 'nps') return { source: kind, measure: measure as 'category', ...target };
  if (kind === 'activeVisitors') return { source: kind, ...window, ...target };
  if (id === '') return null;
  if (kind === 'segment') return { source: kind, id, ...target };
  return { source: kind, id, measure: measure as 'events', ...window, ...target };
}

/** Names it in a list, until the API has said what its property is called. */
export function shortName(entry: SourceEntry): string {
  if ('group' in entry) return `${entry.group}.${entry.field}`;
  return [entry.source, 'id' in entry ? entry.id : '', 'measure' in entry ? entry.measure : '']
    .filter(Boolean)
    .join(' ');
}
