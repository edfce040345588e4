import { Stack, Text, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '../../api.ts';
import { ConfirmedButton } from '../../parts/confirm.tsx';
import type { Run } from '../../queries.ts';
import { run as words } from '../../words/run.ts';

interface Props {
  tenant: string;
  run: Run;
}

function useDecision({ tenant, run }: Props, decide: (reason: string | undefined) => Promise<unknown>, said: string) {
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const mutation = useMutation({
    mutationFn: () => decide(reason.trim() === '' ? undefined : reason.trim()),
    onSuccess: () => {
      notifications.show({ message: said });
      void queries.invalidateQueries({ queryKey: ['run', tenant, run.id] });
      void queries.invalidateQueries({ queryKey: ['attention'] });
    },
  });
  return { reason, setReason, mutation };
}

/** Lets what the guards held be written. Asks why, for whoever reads the audit trail. */
export function Approve({ tenant, run }: Props) {
  const legs = [...new Set(run.held.map(({ leg }) => leg))];
  const rows = legs.reduce((sum, leg) => sum + (run.counts.legs?.[leg]?.held ?? 0), 0);
  const { reason, setReason, mutation } = useDecision(
    { tenant, run },
    (why) =>
      answer(
        api.runs[':run'].approve.$post({ param: { tenant, run: run.id }, json: { legs, ...(why && { reason: why }) } }),
      ),
    words.approved,
  );
  return (
    <ConfirmedButton
      label={words.approve}
      title={words.approveTitle}
      button={words.approveButton(rows)}
      action={mutation}
    >
      <Stack>
        <Text>{words.approveText}</Text>
        <Reason value={reason} onChange={setReason} hint={words.approveReasonHint} required />
      </Stack>
    </ConfirmedButton>
  );
}

export function Cancel({ tenant, run }: Props) {
  const { reason, setReason, mutation } = useDecision(
    { tenant, run },
    (why) =>
      answer(api.runs[':run'].cancel.$post({ param: { tenant, run: run.id }, json: why ? { reason: why } : {} })),
    words.cancelled,
  );
  return (
    <ConfirmedButton
      label={words.cancel}
      variant="default"
      title={words.cancelTitle}
      button={words.cancel}
      danger
      action={mutation}
    >
      <Stack>
        <Text>{words.cancelText}</Text>
        <Reason value={reason} onChange={setReason} hint={words.cancelReasonHint} />
      </Stack>
    </ConfirmedButton>
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
