import { Button, type ButtonProps, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import { common } from '../words/common.ts';
import { ProblemBox } from './problem.tsx';

interface Props {
  /** Of the button that opens the dialog. */
  label: string;
  variant?: ButtonProps['variant'];
  title: string;
  /** The consequence, in numbers. */
  children: ReactNode;
  button: string;
  danger?: boolean;
  /** Must be typed before the button works: for what cannot be undone. */
  typed?: string | undefined;
  /** Where it was refused and something else has to be done first: why, and the button for that. */
  instead?: { text: string; button: ReactNode } | undefined;
  /** The dialog closes when it is done, and stays open with the error where it fails. */
  action: {
    isPending: boolean;
    error: unknown;
    reset: () => void;
    mutate: (variables: undefined, options: { onSuccess: () => void }) => void;
  };
}

/** A button that asks before it acts: nothing that changes much happens without this. */
export function ConfirmedButton({ label, variant, action, ...dialog }: Props) {
  // What was refused the last time says nothing of this time.
  const [opened, { open, close }] = useDisclosure(false, { onOpen: action.reset });
  return (
    <>
      <Button variant={variant} onClick={open}>
        {label}
      </Button>
      <Dialog
        {...dialog}
        opened={opened}
        onClose={close}
        pending={action.isPending}
        error={action.error}
        onConfirm={() => action.mutate(undefined, { onSuccess: close })}
      />
    </>
  );
}

interface DialogProps extends Omit<Props, 'label' | 'variant' | 'action'> {
  opened: boolean;
  onClose: () => void;
  pending: boolean;
  error: unknown;
  onConfirm: () => void;
}

function Dialog(props: DialogProps) {
  const { opened, onClose, title, children, button, danger, typed, instead, pending, error, onConfirm } = props;
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
          {instead && <Text>{instead.text}</Text>}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.close}
            </Button>
            {instead?.button ?? (
              <Button
                type="submit"
                color={danger ? 'red.9' : 'ink'}
                loading={pending}
                disabled={typed !== undefined && text !== typed}
              >
                {button}
              </Button>
            )}
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
