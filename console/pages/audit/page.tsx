import { Anchor, Button, Group, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { To } from '../../parts/link.tsx';
import { Page, Waiting } from '../../parts/page.tsx';
import { Nothing, Panel } from '../../parts/panel.tsx';
import { plainText } from '../../parts/plain.ts';
import { ProblemBox } from '../../parts/problem.tsx';
import { Rows } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { type AuditEntry, auditQuery } from '../../queries.ts';
import { audit as words } from '../../words/admin.ts';
import { common } from '../../words/common.ts';

const route = getRouteApi('/audit');

function brief(value: unknown, most = 160): string {
  if (value === null || value === undefined) return '';
  const text = plainText(value);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

export function AuditPage() {
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/audit' });
  const { data, error, refetch } = useQuery(auditQuery(search.tenant, search.before));
  const csv = `/v1/audit.csv${search.tenant ? `?tenantId=${search.tenant}` : ''}`;
  return (
    <Page
      title={words.title}
      actions={
        <Anchor href={csv} download>
          {words.csv}
        </Anchor>
      }
    >
      <Text>{words.lead}</Text>
      <Panel>
        {error && <ProblemBox error={error} retry={() => void refetch()} />}
        {!data && !error && <Waiting rows={10} />}
        {data?.entries.length === 0 && <Nothing>{words.empty}</Nothing>}
        {data && data.entries.length > 0 && (
          <Rows label={words.title} columns={Object.values(words.columns).map((label) => ({ label }))}>
            {data.entries.map((entry) => (
              <EntryRow key={entry.id} entry={entry} />
            ))}
          </Rows>
        )}
        {data?.next && (
          <Group justify="flex-end">
            <Button
              size="xs"
              variant="default"
              onClick={() => void navigate({ search: (before) => ({ ...before, before: data.next ?? undefined }) })}
            >
              {common.next}
            </Button>
          </Group>
        )}
      </Panel>
    </Page>
  );
}

function EntryRow({ entry }: { entry: AuditEntry }) {
  return (
    <Table.Tr>
      <Table.Td>
        <Time at={entry.at} form="clock" />
      </Table.Td>
      <Table.Td fz="xs">
        {entry.tenantId ? (
          <To mono to="/audit" search={{ tenant: entry.tenantId }}>
            {entry.tenantId}
          </To>
        ) : (
          common.none
        )}
      </Table.Td>
      <Table.Td className="mono" fz="xs" miw={130}>
        {entry.actor}
      </Table.Td>
      <Table.Td className="name" fz="xs">
        {entry.action}
      </Table.Td>
      <Table.Td className="mono" fz="xs" miw={140}>
        {entry.subject}
      </Table.Td>
      <Table.Td>
        <Text fz="xs" className="mono" title={brief(entry.after, 2000)}>
          {brief(entry.after)}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}
