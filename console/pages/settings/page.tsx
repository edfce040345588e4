import { Button, Group, Stack, Switch, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { answer, api, done } from '../../api.ts';
import { ConfirmedButton } from '../../parts/confirm.tsx';
import { Page, Waiting } from '../../parts/page.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { type Tenant, tenantQuery } from '../../queries.ts';
import { useMay } from '../../shell/session.tsx';
import { common } from '../../words/common.ts';
import { settings as words } from '../../words/settings.ts';

export function SettingsPage() {
  const { tenant: id } = useParams({ from: '/t/$tenant/settings' });
  const { data: tenant, error, refetch } = useQuery(tenantQuery(id));
  return (
    <Page title={words.title} crumbs={[{ label: tenant?.name ?? id, to: `/t/${id}` }]}>
      {error && <ProblemBox error={error} retry={() => void refetch()} />}
      {!tenant && !error && <Waiting rows={4} />}
      {tenant && <Form key={tenant.id} tenant={tenant} />}
      {tenant && <Remove tenant={tenant} />}
    </Page>
  );
}

function Form({ tenant }: { tenant: Tenant }) {
  const admin = useMay('admin');
  const queries = useQueryClient();
  const [name, setName] = useState(tenant.name);
  const [fourEyes, setFourEyes] = useState(tenant.fourEyes);
  const save = useMutation({
    mutationFn: () => answer(api.tenants[':tenant'].$patch({ param: { tenant: tenant.id }, json: { name, fourEyes } })),
    onSuccess: () => {
      notifications.show({ message: words.saved });
      return queries.invalidateQueries();
    },
  });
  return (
    <Panel>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack>
          {!admin && <Text>{common.needsScope('admin')}</Text>}
          {tenant.externalId !== null && <Text>{words.externalId(tenant.externalId)}</Text>}
          <TextInput
            label={words.name}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            maxLength={200}
            disabled={!admin}
            required
          />
          <Switch
            label={words.fourEyes}
            description={words.fourEyesHint}
            checked={fourEyes}
            onChange={(event) => setFourEyes(event.currentTarget.checked)}
            disabled={!admin}
          />
          {save.error && <ProblemBox error={save.error} />}
          {admin && (
            <Group>
              <Button type="submit" loading={save.isPending} disabled={name.trim() === ''}>
                {words.save}
              </Button>
            </Group>
          )}
        </Stack>
      </form>
    </Panel>
  );
}

function Remove({ tenant }: { tenant: Tenant }) {
  const admin = useMay('admin');
  const queries = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () =>
      done(api.tenants[':tenant'].$delete({ param: { tenant: tenant.id }, query: { confirm: tenant.id } })),
    onSuccess: async () => {
      notifications.show({ message: words.removed });
      await navigate({ to: '/' });
      await queries.invalidateQueries();
    },
  });
  if (!admin) return null;
  return (
    <Panel title={words.removeTitle}>
      <Text>{words.removeText}</Text>
      <Group>
        <ConfirmedButton
          label={words.remove}
          variant="default"
          title={words.removeTitle}
          button={words.removeButton}
          danger
          typed={tenant.name}
          action={remove}
        >
          {words.removeText}
        </ConfirmedButton>
      </Group>
    </Panel>
  );
}
