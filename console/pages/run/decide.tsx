import { Button, Stack, Text, Textarea } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '../../api.ts';
import { Confirm } from '../../parts/confirm.tsx';
import type { Run } from '../../queries.ts';
import { run as words } from '../../words/run.ts';

interface Props {
  tenant: string;
  run: Run;
}

function useDecision({ tenant, run }: Props, decide: (reason: string | undefined) => Promise<unknown>, said: string) {
  const queries = useQueryClient();
  const [opened, { open, close }] = useDisclosure(false);
  const [reason, setReason] = useState('');
  const mutation = useMutation({
    mutationFn: () => decide(reason.trim() === '' ? undefined : reason.trim()),
    onSuccess: () => {
      notifications.show({ message: said });
      close();
      void queries.invalidateQueries({ queryKey: ['run', tenant, run.id] });
      void queries.invalidateQueries({ queryKey: ['attention'] });
    },
  });
  return { opened, open, close, reason, setReason, mutation };
}

/** Lets what the guards held be written. Asks why, for whoever reads the audit trail. */
export function Approve({ tenant, run }: Props) {
  const legs = [...new Set(run.held.map(({ leg }) => leg))];
  const rows = legs.reduce((sum, leg) => sum + (run.counts.legs?.[leg]?.held ?? 0), 0);
  const { opened, open, close, reason, setReason, mutation } = useDecision(
    { tenant, run },
    (why) =>
      answer(
        api.runs[':run'].approve.$post({ param: { tenant, run: run.id }, json: { legs, ...(why && { reason: why }) } }),
      ),
    words.approved,
  );
  return (
    <>
      <Button onClick={open}>{words.approve}</Button>
      <Confirm
        opened={opened}
        onClose={close}
        title={words.approveTitle}
        button={words.approveButton(rows)}
        pending={mutation.isPending}
        error={mutation.error}
        onConfirm={() => mutation.mutate()}
      >
        <Stack>
          <Text>{words.approveText}</Text>
          <Reason value={reason} onChange={setReason} hint={words.approveReasonHint} required />
        </Stack>
      </Confirm>
    </>
  );
}

export function Cancel({ tenant, run }: Props) {
  const { opened, open, close, reason, setReason, mutation } = useDecision(
    { tenant, run },
    (why) =>
      answer(api.runs[':run'].cancel.$post({ param: { tenant, run: run.id }, json: why ? { reason: why } : {} })),
    words.cancelled,
  );
  return (
    <>
      <Button variant="default" onClick={open}>
        {words.cancel}
      </Button>
      <Confirm
        opened={opened}
        onClose={close}
        title={words.cancelTitle}
        button={words.cancel}
        danger
        pending={mutation.isPending}
        error={mutation.error}
        onConfirm={() => mutation.mutate()}
      >
        <Stack>
          <Text>{words.cancelText}</Text>
          <Reason value={reason} onChange={setReason} hint={words.cancelReasonHint} />
        </Stack>
      </Confirm>
    </>
  );
}

interface ReasonProps {
  value: string;
  onChange: (reason: string) => void;
  hint: string;
  required?: boolean;
}

function Reason({ value, onChange, hint, required = false }: ReasonProps) {
  return (
    <Textarea
      label={words.reason}
      description={hint}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      maxLength={500}
      minRows={2}
      autosize
      required={required}
      data-autofocus
    />
  );
}
