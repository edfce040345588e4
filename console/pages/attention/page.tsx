import { Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ButtonTo, To } from '../../parts/link.tsx';
import { Page, Waiting } from '../../parts/page.tsx';
import { Nothing, Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { Time } from '../../parts/time.tsx';
import { ToneMark } from '../../parts/tone.tsx';
import { type AttentionItem, attentionQuery } from '../../queries.ts';
import { attention } from '../../words/attention.ts';
import { healths, objects } from '../../words/things.ts';
import { HeldGuards } from '../run/held.tsx';

export function AttentionPage() {
  const { data, error, refetch } = useQuery(attentionQuery());
  return (
    <Page title={attention.title}>
      {error && <ProblemBox error={error} retry={() => void refetch()} />}
      {data === undefined ? (
        !error && <Waiting rows={4} height={120} />
      ) : (
        <Stack>
          <Text fz="lg">{attention.answer(data.total)}</Text>
          {data.items.length === 0 && <Nothing>{attention.empty}</Nothing>}
          {data.items.map((item) => (
            <Item key={`${item.tenant.id} ${item.object} ${item.kind}`} item={item} />
          ))}
        </Stack>
      )}
    </Page>
  );
}

function Item({ item }: { item: AttentionItem }) {
  const said = healths[item.kind] ?? healths.failed!;
  const { tenant, object, run, reason } = item;
  return (
    <Panel entry>
      <Group justify="space-between" align="flex-start" gap="sm">
        <Group gap="sm">
          <ToneMark tone={said.tone} word={said.word} />
          <Text fw={600}>
            <To to="/t/$tenant" params={{ tenant: tenant.id }}>
              {tenant.name}
            </To>
            {' · '}
            <To to="/t/$tenant/$object" params={{ tenant: tenant.id, object }}>
              {objects[object].sync}
            </To>
          </Text>
          <Text fz="sm" c="dimmed">
            {attention.since} <Time at={item.since} />
          </Text>
        </Group>
        <Action item={item} />
      </Group>
      <Text>{(item.kind === 'held' ? undefined : reason?.message) ?? said.means}</Text>
      {reason?.fix && item.kind !== 'held' && <Text c="dimmed">{reason.fix}</Text>}
      {item.kind === 'held' && run && <HeldGuards tenant={tenant.id} run={run} />}
    </Panel>
  );
}

function Action({ item: { kind, tenant, object, run } }: { item: AttentionItem }) {
  if (kind === 'held' && run) {
    return (
      <ButtonTo target={{ to: '/t/$tenant/runs/$run', params: { tenant: tenant.id, run: run.id }, search: {} }}>
        {attention.review}
      </ButtonTo>
    );
  }
  if (kind === 'reconnect') {
    return (
      <ButtonTo target={{ to: '/t/$tenant/connections', params: { tenant: tenant.id } }}>
        {attention.reconnect}
      </ButtonTo>
    );
  }
  if (run && kind !== 'quiet') {
    return (
      <ButtonTo
        variant="default"
        target={{ to: '/t/$tenant/runs/$run', params: { tenant: tenant.id, run: run.id }, search: {} }}
      >
        {attention.openRun}
      </ButtonTo>
    );
  }
  return (
    <ButtonTo variant="default" target={{ to: '/t/$tenant/$object', params: { tenant: tenant.id, object } }}>
      {attention.openSync}
    </ButtonTo>
  );
}
