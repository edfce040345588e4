import { Button, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { pushSources as words } from '../../words/push.ts';
import type { SyncObject } from '../../words/things.ts';
import { EntryRow } from './entry-row.tsx';
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
  /** Null: none is open. The number of entries: a new one. */
  const [open, setOpen] = useState<number | null>(null);
  const { push } = check.parts;
  const first = push.length - entries.length;
  return (
    <Stack gap="sm">
      <Title order={3}>{words.title}</Title>
      <Text>{words.lead}</Text>
      {entries.length === 0 && <Text c="dimmed">{words.none}</Text>}
      {entries.map((entry, at) => {
        const field = checked.fieldOf(first + at);
        return (
          <EntryRow
            key={JSON.stringify(entry)}
            label={entry.label ?? field?.label ?? shortName(entry)}
            detail={
              <>
                {words.kinds[entry.source]}
                {field && ' · '}
                {field && <span className="mono">{words.property(field.property, field.type)}</span>}
              </>
            }
            problems={checked.problemsOf('push', first + at)}
            onEdit={() => setOpen(at)}
            onRemove={() => onChange(entries.filter((_, other) => other !== at))}
          />
        );
      })}
      <div>
        <Button variant="default" onClick={() => setOpen(entries.length)}>
          {words.add}
        </Button>
      </div>
      {open !== null && (
        <PushDialog
          tenant={tenant}
          object={object}
          entry={entries[open] ?? null}
          check={{ ...check, parts: { ...check.parts, push: push.filter((_, at) => at !== first + open) } }}
          onClose={() => setOpen(null)}
          onSave={(entry) => {
            onChange(entries.toSpliced(open, 1, entry));
            setOpen(null);
          }}
        />
      )}
    </Stack>
  );
}
