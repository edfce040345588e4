import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { pushSources as words } from '../../words/push.ts';
import type { SyncObject } from '../../words/things.ts';
import { FieldProblems } from './field-problems.tsx';
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
  const first = check.push.length - entries.length;
  return (
    <Stack gap="sm">
      <Title order={3}>{words.title}</Title>
      <Text>{words.lead}</Text>
      {entries.length === 0 && <Text c="dimmed">{words.none}</Text>}
      {entries.map((entry, at) => {
        const field = checked.fieldOf(first + at);
        const label = entry.label ?? field?.label ?? shortName(entry);
        return (
          <Group key={JSON.stringify(entry)} justify="space-between" align="flex-start" gap="xs">
            <div style={{ flex: '1 1 220px', minWidth: 0 }}>
              <Text style={{ overflowWrap: 'anywhere' }}>{label}</Text>
              <Text fz="xs" c="dimmed">
                {words.kinds[entry.source]}
                {field && (
                  <>
                    {' · '}
                    <span className="mono">{words.property(field.property, field.type)}</span>
                  </>
                )}
              </Text>
              <FieldProblems problems={checked.problemsOf(first + at)} />
            </div>
            <Group gap="xs">
              <Button size="xs" variant="default" aria-label={words.editOf(label)} onClick={() => setOpen(at)}>
                {words.edit}
              </Button>
              <Button
                size="xs"
                variant="default"
                aria-label={words.removeOf(label)}
                onClick={() => onChange(entries.filter((_, other) => other !== at))}
              >
                {words.remove}
              </Button>
            </Group>
          </Group>
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
          check={{ ...check, push: check.push.filter((_, at) => at !== first + open) }}
          onClose={() => setOpen(null)}
          onSave={(entry) => {
            onChange(
              open < entries.length ? entries.map((one, at) => (at === open ? entry : one)) : [...entries, entry],
            );
            setOpen(null);
          }}
        />
      )}
    </Stack>
  );
}
