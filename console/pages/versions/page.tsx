import { Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { To } from '../../parts/link.tsx';
import { Page, Waiting } from '../../parts/page.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { Rows } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { syncsQuery, tenantQuery, versionsQuery } from '../../queries.ts';
import { navigation } from '../../words/common.ts';
import { objects, type SyncObject } from '../../words/things.ts';
import { versions as words } from '../../words/versions.ts';
import { Comparison } from './comparison.tsx';
import { FilePanel } from './file-panel.tsx';

const route = getRouteApi('/t/$tenant/$object/versions');

export function VersionsPage() {
  const { tenant: id, object: asked } = route.useParams();
  const { version: chosen } = route.useSearch();
  const object: SyncObject = asked === 'account' ? 'account' : 'visitor';
  const tenant = useQuery(tenantQuery(id)).data;
  const sync = useQuery(syncsQuery(id)).data?.syncs.find((one) => one.object === object);
  const { data, error, refetch } = useQuery(versionsQuery(id, object));
  return (
    <Page
      title={words.title}
      crumbs={[
        { label: tenant?.name ?? navigation.tenant, to: `/t/${id}` },
        { label: objects[object].sync, to: `/t/${id}/${object}` },
      ]}
    >
      {error && <ProblemBox error={error} retry={() => void refetch()} />}
      {!data && !error && <Waiting />}
      {data && sync && (
        <Stack gap="lg">
          <Text>{words.lead}</Text>
          <Panel>
            <Rows label={words.title} columns={[words.version, words.when, words.by, ''].map((label) => ({ label }))}>
              {data.versions.map(({ version, changedAt, changedBy, restoredFrom }) => (
                <Table.Tr key={version}>
                  <Table.Td>
                    {version}
                    {restoredFrom !== null && `, ${words.restoredFrom(restoredFrom)}`}
                  </Table.Td>
                  <Table.Td>
                    <Time at={changedAt} />
                  </Table.Td>
                  <Table.Td className="mono">{changedBy ?? words.unknown}</Table.Td>
                  <Table.Td>
                    {version === sync.version ? (
                      words.present
                    ) : (
                      <To to="/t/$tenant/$object/versions" params={{ tenant: id, object }} search={{ version }}>
                        {words.compare}
                      </To>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Rows>
          </Panel>
          {chosen !== undefined && <Comparison tenant={id} sync={sync} version={chosen} />}
          {tenant && <FilePanel tenant={tenant} sync={sync} />}
        </Stack>
      )}
    </Page>
  );
}
