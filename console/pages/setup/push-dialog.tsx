import {
  Button,
  Group,
  Input,
  Modal,
  SegmentedControl,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useState } from 'react';
import { ProblemBox } from '../../parts/problem.tsx';
import { ToneBox } from '../../parts/tone.tsx';
import { pushSources as words } from '../../words/push.ts';
import type { SyncObject } from '../../words/things.ts';
import { FieldProblems } from './field-problems.tsx';
import { type CheckPush, useCheckedPush } from './push-check.ts';
import {
  type Draft,
  draftOf,
  emptyDraft,
  entryOf,
  isWindowed,
  kindsOf,
  measuresOf,
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

/** Chooses what to push from Pendo, and shows what it becomes and what stands against it before it is taken over. */
export function PushDialog({ tenant, object, entry, check, onClose, onSave }: Props) {
  const [draft, setDraft] = useState<Draft>(() => (entry === null ? emptyDraft : draftOf(entry)));
  const made = entryOf(draft);
  const checked = useCheckedPush({ ...check, push: [...check.push, ...(made === null ? [] : [made])] }, made !== null);
  const at = check.push.length;
  const problems = made === null ? [] : checked.problemsOf(at);
  const field = made === null ? null : checked.fieldOf(at);
  return (
    <Modal opened onClose={onClose} title={entry === null ? words.addTitle : words.editTitle} size="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (made !== null) onSave(made);
        }}
      >
        <Stack>
          <Select
            label={words.kind}
            description={words.means[draft.kind]}
            data={kindsOf(object).map((value) => ({ value, label: words.kinds[value] }))}
            value={draft.kind}
            onChange={(value) => setDraft(withKind(draft, value as SourceKind, object))}
            allowDeselect={false}
            data-autofocus
          />
          <PushPicker key={draft.kind} tenant={tenant} object={object} draft={draft} onChange={setDraft} />
          <Choices object={object} draft={draft} windowOfSync={check.window} onChange={setDraft} />
          <Target draft={draft} onChange={setDraft} placeholder={field} />
          <ToneBox tone={problems.length > 0 ? 'act' : 'idle'}>
            <Text role="status">
              {field === null ? (
                problems.length === 0 && words.becomesNothing
              ) : (
                <>
                  {words.becomes} <span className="mono">{words.property(field.property, field.type)}</span>
                </>
              )}
            </Text>
            <FieldProblems problems={problems} />
          </ToneBox>
          {checked.error && <ProblemBox error={checked.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {words.cancel}
            </Button>
            <Button type="submit" disabled={field === null || problems.length > 0 || checked.isPending}>
              {entry === null ? words.confirmAdd : words.confirmEdit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

interface PartProps {
  draft: Draft;
  onChange: (draft: Draft) => void;
}

function Choices({ object, draft, windowOfSync, onChange }: PartProps & { object: SyncObject; windowOfSync: number }) {
  const measures = measuresOf(draft.kind, object);
  const named: Record<string, string> = { ...words.measures, ...words.npsMeasures };
  return (
    <>
      {measures.length > 0 && (
        <Select
          label={words.measure}
          data={measures.map((value) => ({ value, label: named[value] ?? value }))}
          value={draft.measure}
          onChange={(value) => onChange({ ...draft, measure: value as Draft['measure'], property: '' })}
          allowDeselect={false}
        />
      )}
      {isWindowed(draft.kind) && (
        <Select
          label={words.window}
          data={[
            { value: '', label: words.windowOfSync(windowOfSync) },
            ...[7, 30, 90, 180].map((days) => ({ value: String(days), label: words.windowDays(days) })),
          ]}
          value={draft.window === null ? '' : String(draft.window)}
          onChange={(value) =>
            onChange({ ...draft, window: value ? (Number(value) as Draft['window']) : null, property: '' })
          }
          allowDeselect={false}
        />
      )}
      {draft.kind === 'metadata' && draft.isTime && (
        <Either
          label={words.timeAs}
          words={words.times}
          value={draft.timeAs}
          onChange={(timeAs) => onChange({ ...draft, timeAs })}
        />
      )}
      {draft.kind === 'metadata' && (
        <Either
          label={words.onEmpty}
          words={words.empties}
          value={draft.onEmpty}
          onChange={(onEmpty) => onChange({ ...draft, onEmpty })}
        />
      )}
    </>
  );
}

function Either<T extends string>(props: {
  label: string;
  words: Record<T, string>;
  value: T;
  onChange: (value: T) => void;
}) {
  return (
    <Input.Wrapper label={props.label} labelElement="div">
      <SegmentedControl
        fullWidth
        aria-label={props.label}
        value={props.value}
        onChange={(value) => props.onChange(value as T)}
        data={Object.entries<string>(props.words).map(([value, label]) => ({ value, label }))}
      />
    </Input.Wrapper>
  );
}

function Target({
  draft,
  onChange,
  placeholder,
}: PartProps & { placeholder: { property: string; label: string } | null }) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <TextInput
        label={words.label}
        description={words.labelHint}
        placeholder={placeholder?.label}
        maxLength={200}
        value={draft.label}
        onChange={(event) => onChange({ ...draft, label: event.currentTarget.value })}
      />
      <TextInput
        label={words.name}
        description={words.nameHint}
        placeholder={placeholder?.property}
        maxLength={100}
        value={draft.property}
        onChange={(event) => onChange({ ...draft, property: event.currentTarget.value })}
      />
    </SimpleGrid>
  );
}
