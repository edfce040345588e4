import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { ToneBox } from '../../parts/tone.tsx';
import { setup } from '../../words/setup.ts';
import { type FieldProblem, FieldProblems } from './field-problems.tsx';

interface Props {
  title: string;
  confirm: string;
  ready: boolean;
  onClose: () => void;
  onSave: () => void;
  children: ReactNode;
}

/** Adds or edits one entry of a list. */
export function EntryDialog({ title, confirm, ready, onClose, onSave, children }: Props) {
  return (
    <Modal opened onClose={onClose} title={title} size="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSave();
        }}
      >
        <Stack>
          {children}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {setup.entries.cancel}
            </Button>
            <Button type="submit" disabled={!ready}>
              {confirm}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

interface BecomesProps {
  words: { becomes: string; becomesNothing: string };
  /** Of the property or event in HubSpot. Null: it is not known yet. */
  name: string | null;
  problems: readonly FieldProblem[];
}

/** What the entry becomes in HubSpot, and what stands against it. */
export function Becomes({ words, name, problems }: BecomesProps) {
  return (
    <ToneBox tone={problems.length > 0 ? 'act' : 'idle'}>
      <Text role="status">
        {name === null ? (
          problems.length === 0 && words.becomesNothing
        ) : (
          <>
            {words.becomes} <span className="mono">{name}</span>
          </>
        )}
      </Text>
      <FieldProblems problems={problems} />
    </ToneBox>
  );
}
