import { Input, SegmentedControl, Select } from '@mantine/core';
import { pushSources as words } from '../../words/push.ts';
import type { SyncObject } from '../../words/things.ts';
import { type Draft, isWindowed, measuresOf } from './push-entry.ts';

interface Props {
  object: SyncObject;
  draft: Draft;
  windowOfSync: number;
  onChange: (draft: Draft) => void;
}

/** What of the chosen thing is pushed, and how. */
export function PushChoices({ object, draft, windowOfSync, onChange }: Props) {
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

interface EitherProps<T extends string> {
  label: string;
  hint?: string;
  words: Record<T, string>;
  value: T;
  onChange: (value: T) => void;
}

export function Either<T extends string>({ label, hint, words: said, value, onChange }: EitherProps<T>) {
  return (
    <Input.Wrapper label={label} description={hint} labelElement="div">
      <SegmentedControl
        fullWidth
        aria-label={label}
        value={value}
        onChange={(next) => onChange(next as T)}
        data={Object.entries<string>(said).map(([of, text]) => ({ value: of, label: text }))}
      />
    </Input.Wrapper>
  );
}
