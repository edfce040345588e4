import { Select } from '@mantine/core';
import { useState } from 'react';
import type { EventMapping } from '../../../src/sync/event-mapping.ts';
import { ProblemBox } from '../../parts/problem.tsx';
import { events as words } from '../../words/events.ts';
import { pushSources } from '../../words/push.ts';
import type { SyncObject } from '../../words/things.ts';
import { Becomes, EntryDialog } from './entry-dialog.tsx';
import { EntryTarget } from './entry-target.tsx';
import { type CheckPush, useCheckedPush } from './push-check.ts';
import { PushPicker } from './push-picker.tsx';

/** Properties are not offered here: those that the entry has stay with its item. */
type Draft = Required<Omit<EventMapping, 'properties'>> & Pick<EventMapping, 'properties'>;
const empty: Draft = { source: 'page', id: '', name: '', label: '', properties: undefined };

interface Props {
  tenant: string;
  object: SyncObject;
  /** Null: a new one is added. */
  entry: EventMapping | null;
  /** The rest of the configuration, without the entry. */
  check: CheckPush;
  onClose: () => void;
  onSave: (entry: EventMapping) => void;
}

/** Null: nothing is chosen yet. */
function entryOf({ source, id, properties, ...texts }: Draft): EventMapping | null {
  const [name, label] = [texts.name.trim(), texts.label.trim()];
  if (id === '') return null;
  return {
    source,
    id,
    ...(name !== '' && { name }),
    ...(label !== '' && { label }),
    ...(properties && { properties }),
  };
}

/** What the API says of the entry, as the last one of the events. */
function useCheckedEvent(check: CheckPush, made: EventMapping | null) {
  const { events } = check.parts;
  const parts = { ...check.parts, events: [...events, ...(made === null ? [] : [made])] };
  const { isPending, error, eventOf, problemsOf } = useCheckedPush({ ...check, parts }, made !== null);
  const problems = made === null ? [] : problemsOf('events', events.length);
  return { error, problems, isPending, event: made === null ? null : eventOf(events.length) };
}

/** Chooses whose use is sent as a custom event, and shows the event before it is taken over. */
export function EventDialog({ tenant, object, entry, check, onClose, onSave }: Props) {
  const [draft, setDraft] = useState<Draft>({ ...empty, ...entry });
  const made = entryOf(draft);
  const { event, problems, error, isPending } = useCheckedEvent(check, made);
  const change = (next: Partial<Draft>): void => setDraft({ ...draft, ...next });
  return (
    <EntryDialog
      title={entry === null ? words.addTitle : words.editTitle}
      confirm={entry === null ? words.confirmAdd : pushSources.confirmEdit}
      ready={event !== null && problems.length === 0 && !isPending}
      onClose={onClose}
      onSave={() => made !== null && onSave(made)}
    >
      <Select
        label={words.kind}
        description={words.means[draft.source]}
        data={Object.entries(words.kinds).map(([value, label]) => ({ value, label }))}
        value={draft.source}
        onChange={(value) => setDraft({ ...empty, source: value as Draft['source'] })}
        allowDeselect={false}
        data-autofocus
      />
      <PushPicker
        key={draft.source}
        tenant={tenant}
        object={object}
        picked={{ kind: draft.source, id: draft.id, group: '', field: '' }}
        onPick={({ id = '' }) => change({ id, name: '', label: '', properties: undefined })}
      />
      <EntryTarget
        fields={[
          {
            ...{ label: words.label, hint: words.labelHint, made: event?.label, most: 50, value: draft.label },
            onChange: (label) => change({ label }),
          },
          {
            ...{ label: words.name, hint: words.nameHint, made: event?.name, most: 50, value: draft.name },
            onChange: (name) => change({ name }),
          },
        ]}
      />
      <Becomes words={words} name={event?.name ?? null} problems={problems} />
      {error && <ProblemBox error={error} />}
    </EntryDialog>
  );
}
