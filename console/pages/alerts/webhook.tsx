import { Button, Group, NumberInput, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api, done } from '../../api.ts';
import { Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { useMay } from '../../shell/session.tsx';
import { alerts as words } from '../../words/admin.ts';

interface Props {
  tenant: string;
  target: { url: string | null; quietHours: number } | null;
}

/** Where alerts are posted to. */
export function Webhook({ tenant, target }: Props) {
  const admin = useMay('admin');
  const operate = useMay('operate');
  return (
    <Panel title={words.target}>
      <Text style={{ overflowWrap: 'anywhere' }}>{target?.url ?? words.none}</Text>
      {admin && <WebhookForm tenant={tenant} target={target} />}
      {target && operate && <TryWebhook tenant={tenant} />}
    </Panel>
  );
}

function useWebhook(tenant: string) {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: ['alertTarget', tenant] });
  const save = useMutation({
    mutationFn: (json: { url: string; quietHours: number }) =>
      answer(api.alerts.target.$put({ param: { tenant }, json })),
    onSuccess,
  });
  const remove = useMutation({ mutationFn: () => done(api.alerts.target.$delete({ param: { tenant } })), onSuccess });
  return { save, remove };
}

function WebhookForm({ tenant, target }: Props) {
  const [url, setUrl] = useState('');
  const [quietHours, setQuietHours] = useState<number>(target?.quietHours ?? 36);
  const { save, remove } = useWebhook(tenant);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ url, quietHours });
      }}
    >
      <Stack>
        <TextInput
          label={words.url}
          description={words.urlHint}
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
          type="url"
          required
        />
        <NumberInput
          label={words.quiet}
          value={quietHours}
          onChange={(value) => setQuietHours(Number(value))}
          min={1}
          max={8760}
          maw={420}
        />
        {save.error && <ProblemBox error={save.error} />}
        {save.data?.secret && (
          <Text>
            {words.secret} <span className="mono">{save.data.secret}</span>
          </Text>
        )}
        <Group>
          <Button type="submit" loading={save.isPending}>
            {words.save}
          </Button>
          {target && (
            <Button variant="default" loading={remove.isPending} onClick={() => remove.mutate()}>
              {words.remove}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}

function TryWebhook({ tenant }: { tenant: string }) {
  const test = useMutation({ mutationFn: () => answer(api.alerts.target.test.$post({ param: { tenant } })) });
  return (
    <Group>
      <Button variant="default" loading={test.isPending} onClick={() => test.mutate()}>
        {words.test}
      </Button>
      {test.data && <Text role="status">{test.data.delivered ? words.delivered : test.data.error}</Text>}
    </Group>
  );
}
