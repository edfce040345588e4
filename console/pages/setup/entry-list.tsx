import { Button, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { EntryRow } from './entry-row.tsx';
import type { FieldProblem } from './field-problems.tsx';

interface Shown {
  key: string;
  label: string;
  /** What it is. */
  kind: string;
  /** What it becomes in HubSpot, once that is known. */
  target: string | undefined;
  problems: readonly FieldProblem[];
}

/** What a dialogue edits. */
export interface Edited<T> {
  /** Null: a new one. */
  entry: T | null;
  onClose: () => void;
  onSave: (entry: T) => void;
}

interface Props<T> {
  words: { title: string; lead: string; none: string; add: string };
  entries: readonly T[];
  onChange: (entries: T[]) => void;
  show: (entry: T, at: number) => Shown;
  /** @param at place in the list; of a new one, behind the last */
  dialog: (at: number, edited: Edited<T>) => ReactNode;
  /** Stands below the list. */
  children?: ReactNode;
}

/** Entries that are listed with what each becomes, and added, edited and removed. */
export function EntryList<T>({ words, entries, onChange, show, dialog, children }: Props<T>) {
  /** Null: none is open. The number of entries: a new one. */
  const [open, setOpen] = useState<number | null>(null);
  const onClose = (): void => setOpen(null);
  return (
    <Stack gap="sm">
      <Title order={3}>{words.title}</Title>
      <Text>{words.lead}</Text>
      {entries.length === 0 && <Text c="dimmed">{words.none}</Text>}
      {entries.map((entry, at) => {
        const { key, label, kind, target, problems } = show(entry, at);
        return (
          <EntryRow
            key={key}
            label={label}
            detail={
              <>
                {kind}
                {target !== undefined && ' · '}
                {target !== undefined && <span className="mono">{target}</span>}
              </>
            }
            problems={problems}
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
      {children}
      {open !== null &&
        dialog(open, {
          entry: entries[open] ?? null,
          onClose,
          onSave: (entry) => {
            onChange(entries.toSpliced(open, 1, entry));
            onClose();
          },
        })}
    </Stack>
  );
}
