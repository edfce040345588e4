import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { common } from '../words/common.ts';
import { ProblemBox } from './problem.tsx';

interface Props {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** The consequence, in numbers. */
  children: ReactNode;
  button: string;
  danger?: boolean;
  /** Must be typed before the button works: for what cannot be undone. */
  typed?: string | undefined;
  pending: boolean;
  error: unknown;
  onConfirm: () => void;
}

/** Nothing that changes much happens without this. */
export function Confirm({ opened, onClose, title, children, button, danger, typed, pending, error, onConfirm }: Props) {
  const [text, setText] = useState('');
  return (
    <Modal opened={opened} onClose={onClose} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onConfirm();
        }}
      >
        <Stack>
          {typeof children === 'string' ? <Text>{children}</Text> : children}
          {typed !== undefined && (
            <TextInput
              label={common.typeToConfirm(typed)}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              data-autofocus
            />
          )}
          {error !== null && error !== undefined && <ProblemBox error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.close}
            </Button>
            <Button
              type="submit"
              color={danger ? 'red.9' : 'ink'}
              loading={pending}
              disabled={typed !== undefined && text !== typed}
            >
              {button}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
