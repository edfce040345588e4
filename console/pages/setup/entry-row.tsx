import { Button, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { setup } from '../../words/setup.ts';
import { type FieldProblem, FieldProblems } from './field-problems.tsx';

const words = setup.entries;

interface Props {
  label: string;
  /** What it is, and what it becomes. */
  detail: ReactNode;
  problems: readonly FieldProblem[];
  onEdit: () => void;
  onRemove: () => void;
}

/** One entry of a list that a dialogue edits. */
export function EntryRow({ label, detail, problems, onEdit, onRemove }: Props) {
  return (
    <Group justify="space-between" align="flex-start" gap="xs">
      <div style={{ flex: '1 1 220px', minWidth: 0 }}>
        <Text style={{ overflowWrap: 'anywhere' }}>{label}</Text>
        <Text fz="xs" c="dimmed">
          {detail}
        </Text>
        <FieldProblems problems={problems} />
      </div>
      <Group gap="xs">
        <Button size="xs" variant="default" aria-label={words.editOf(label)} onClick={onEdit}>
          {words.edit}
        </Button>
        <Button size="xs" variant="default" aria-label={words.removeOf(label)} onClick={onRemove}>
          {words.remove}
        </Button>
      </Group>
    </Group>
  );
}
