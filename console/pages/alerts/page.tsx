import { Button, Group, NumberInput, Stack, Table, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { answer, api, done } from '../../api.ts';
import { Page, Waiting } from '../../parts/page.tsx';
import { Nothing, Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { Rows } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { ToneMark } from '../../parts/tone.tsx';
import { alertsQuery, alertTargetQuery, tenantQuery } from '../../queries.ts';
import { useMay } from '../../shell/session.tsx';
import { alerts as words } from '../../words/admin.ts';
import { navigation } from '../../words/common.ts';
import { healths, objects, type SyncObject } from '../../words/things.ts';
import { Recipients } from './recipients.tsx';

export function AlertsPage() {
  const { tenant } = useParams({ from: '/t/$tenant/alerts' });
  const name = useQuery(tenantQuery(tenant)).data?.name ?? navigation.tenant;
  const target = useQuery(alertTargetQuery(tenant));
  const list = useQuery(alertsQuery(tenant));
  return (
    <Page title={words.title} crumbs={[{ label: name, to: `/t/${tenant}` }]}>
      {target.error && <ProblemBox error={target.error} retry={() => void target.refetch()} />}
      {target.data !== undefined && <Target key={target.data?.url ?? ''} tenant={tenant} target={target.data} />}
      <Recipients tenant={tenant} />
      <Panel title={words.list}>
        {list.error && <ProblemBox error={list.error} retry={() => void list.refetch()} />}
        {!list.data && !list.error && <Waiting />}
        {list.data?.alerts.length === 0 && <Nothing>{words.empty}</Nothing>}
        {list.data && list.data.alerts.length > 0 && (
          <Rows label={words.list} columns={Object.values(words.columns).map((label) => ({ label }))}>
            {list.data.alerts.map((alert) => {
              const said = healths[alert.type] ?? healths.ok!;
              return (
                <Table.Tr key={alert.id}>
                  <Table.Td>
                    <Time at={alert.at} />
                  </Table.Td>
                  <Table.Td>{objects[alert.object as SyncObject]?.sync ?? alert.object}</Table.Td>
                  <Table.Td>
                    <ToneMark tone={said.tone} word={said.word} />
                  </Table.Td>
                  <Table.Td>{String(alert.body.message ?? '')}</Table.Td>
                  <Table.Td>
                    {alert.deliveredAt ? (
                      <Time at={alert.deliveredAt} />
                    ) : (
                      words.delivery(alert.nextAttemptAt !== null, alert.attempts, alert.lastError)
                    )}
                    {alert.mails.total > 0 && (
                      <Text fz="sm" c="dimmed">
                        {words.mailed(alert.mails.sent, alert.mails.total)}
                      </Text>
                    )}
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Rows>
        )}
      </Panel>
    </Page>
  );
}

interface TargetProps {
  tenant: string;
  target: { url: string | null; quietHours: number } | null;
}

function Target({ tenant, target }: TargetProps) {
  const queries = useQueryClient();
  const admin = useMay('admin');
  const operate = useMay('operate');
  const [url, setUrl] = useState('');
  const [quiet, setQuiet] = useState<number>(target?.quietHours ?? 36);
  const again = () => queries.invalidateQueries({ queryKey: ['alertTarget', tenant] });
  const save = useMutation({
    mutationFn: () => answer(api.alerts.target.$put({ param: { tenant }, json: { url, quietHours: quiet } })),
    onSuccess: again,
  });
  const test = useMutation({ mutationFn: () => answer(api.alerts.target.test.$post({ param: { tenant } })) });
  const remove = useMutation({
    mutationFn: () => done(api.alerts.target.$delete({ param: { tenant } })),
    onSuccess: again,
  });
  return (
    <Panel title={words.target}>
      <Text>{target?.url ?? words.none}</Text>
      {admin && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate();
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
              value={quiet}
              onChange={(value) => setQuiet(Number(value))}
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
      )}
      {target && operate && (
        <Group>
          <Button variant="default" loading={test.isPending} onClick={() => test.mutate()}>
            {words.test}
          </Button>
          {test.data && <Text role="status">{test.data.delivered ? words.delivered : test.data.error}</Text>}
        </Group>
      )}
    </Panel>
  );
}
