import { pushSources as words } from '../../words/push.ts';
import type { SyncObject } from '../../words/things.ts';
import { EntryList } from './entry-list.tsx';
import type { CheckPush, useCheckedPush } from './push-check.ts';
import { PushDialog } from './push-dialog.tsx';
import { type SourceEntry, shortName } from './push-entry.ts';

interface Props {
  tenant: string;
  object: SyncObject;
  entries: readonly SourceEntry[];
  onChange: (entries: SourceEntry[]) => void;
  /** The whole configuration as it stands on the page; the entries come last in its push. */
  check: CheckPush;
  checked: ReturnType<typeof useCheckedPush>;
}

/** Fields with a source: listed with the property that each becomes, added, edited and removed. */
export function PushSources({ tenant, object, entries, onChange, check, checked }: Props) {
  const { push } = check.parts;
  const first = push.length - entries.length;
  const without = (open: number): CheckPush => ({
    ...check,
    parts: { ...check.parts, push: push.filter((_, at) => at !== first + open) },
  });
  return (
    <EntryList
      words={words}
      entries={entries}
      onChange={onChange}
      show={(entry, at) => {
        const field = checked.fieldOf(first + at);
        return {
          key: JSON.stringify(entry),
          label: entry.label ?? field?.label ?? shortName(entry),
          kind: words.kinds[entry.source],
          target: field ? words.property(field.property, field.type) : undefined,
          problems: checked.problemsOf('push', first + at),
        };
      }}
      dialog={(at, edited) => <PushDialog tenant={tenant} object={object} check={without(at)} {...edited} />}
    />
  );
}
