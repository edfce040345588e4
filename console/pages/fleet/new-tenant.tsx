import { Button, Modal, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { answer, api } from '../../api.ts';
import { ProblemBox } from '../../parts/problem.tsx';
import { fleet } from '../../words/fleet.ts';

export function NewTenant({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [name, setName] = useState('');
  const [externalId, setExternalId] = useState('');
  const navigate = useNavigate();
  const queries = useQueryClient();
  const create = useMutation({
    mutationFn: () =>
      answer(api.tenants.$post({ json: { name, ...(externalId.trim() && { externalId: externalId.trim() }) } })),
    onSuccess: async ({ id }) => {
      onClose();
      await queries.invalidateQueries({ queryKey: ['fleet'] });
      await navigate({ to: '/t/$tenant/setup', params: { tenant: id }, search: {} });
    },
  });
  return (
    <Modal opened={opened} onClose={onClose} title={fleet.newTenant}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <Stack>
          <TextInput
            label={fleet.tenantName}
            description={fleet.tenantNameHint}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            maxLength={200}
            required
            data-autofocus
          />
          <TextInput
            label={fleet.externalId}
            description={fleet.externalIdHint}
            value={externalId}
            onChange={(event) => setExternalId(event.currentTarget.value)}
            maxLength={200}
          />
          {create.error && <ProblemBox error={create.error} />}
          <Button type="submit" loading={create.isPending} disabled={name.trim() === ''}>
            {fleet.create}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
