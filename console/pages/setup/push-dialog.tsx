import { Select } from '@mantine/core';
import { useState } from 'react';
import { ProblemBox } from '../../parts/problem.tsx';
import { pushSources as words } from '../../words/push.ts';
import type { SyncObject } from '../../words/things.ts';
import { Becomes, EntryDialog } from './entry-dialog.tsx';
import { EntryTarget } from './entry-target.tsx';
import { type CheckPush, useCheckedPush } from './push-check.ts';
import { PushChoices } from './push-choices.tsx';
import {
  type Draft,
  draftOf,
  emptyDraft,
  entryOf,
  kindsOf,
  type SourceEntry,
  type SourceKind,
  withKind,
} from './push-entry.ts';
import { PushPicker } from './push-picker.tsx';

interface Props {
  tenant: string;
  object: SyncObject;
  /** Null: a new one is added. */
  entry: SourceEntry | null;
  /** The rest of the configuration, without the entry. */
  check: CheckPush;
  onClose: () => void;
  onSave: (entry: SourceEntry) => void;
}

/** What the API says of the entry, as the last one of the push. */
function useCheckedEntry(check: CheckPush, made: SourceEntry | null) {
  const { push } = check.parts;
  const parts = { ...check.parts, push: [...push, ...(made === null ? [] : [made])] };
  const { isPending, error, fieldOf, problemsOf } = useCheckedPush({ ...check, parts }, made !== null);
  const problems = made === null ? [] : problemsOf('push', push.length);
  return { error, problems, isPending, field: made === null ? null : fieldOf(push.length) };
}

/** Chooses what to push from Pendo, and shows what it becomes and what stands against it before it is taken over. */
export function PushDialog({ tenant, object, entry, check, onClose, onSave }: Props) {
  const [draft, setDraft] = useState<Draft>(() => (entry === null ? emptyDraft : draftOf(entry)));
  const made = entryOf(draft);
  const { field, problems, error, isPending } = useCheckedEntry(check, made);
  const change = (next: Partial<Draft>): void => setDraft({ ...draft, ...next });
  return (
    <EntryDialog
      title={entry === null ? words.addTitle : words.editTitle}
      confirm={entry === null ? words.confirmAdd : words.confirmEdit}
      ready={field !== null && problems.length === 0 && !isPending}
      onClose={onClose}
      onSave={() => made !== null && onSave(made)}
    >
      <Select
        label={words.kind}
        description={words.means[draft.kind]}
        data={kindsOf(object).map((value) => ({ value, label: words.kinds[value] }))}
        value={draft.kind}
        onChange={(value) => setDraft(withKind(draft, value as SourceKind, object))}
        allowDeselect={false}
        data-autofocus
      />
      <PushPicker
        key={draft.kind}
        tenant={tenant}
        object={object}
        picked={draft}
        onPick={(choice) => change({ ...choice, property: '', label: '' })}
      />
      <PushChoices object={object} draft={draft} windowOfSync={check.parts.window} onChange={setDraft} />
      <EntryTarget
        fields={[
          {
            ...{ label: words.label, hint: words.labelHint, made: field?.label, most: 200, value: draft.label },
            onChange: (label) => change({ label }),
          },
          {
            ...{ label: words.name, hint: words.nameHint, made: field?.property, most: 100, value: draft.property },
            onChange: (property) => change({ property }),
          },
        ]}
      />
      <Becomes words={words} name={field && words.property(field.property, field.type)} problems={problems} />
      {error && <ProblemBox error={error} />}
    </EntryDialog>
  );
}
