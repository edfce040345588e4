import { Group, Table, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { answer, api } from '../../api.ts';
import { ConfirmedButton } from '../../parts/confirm.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { Rows } from '../../parts/table.tsx';
import { Value } from '../../parts/value.tsx';
import { type Sync, versionQuery } from '../../queries.ts';
import { useMay } from '../../shell/session.tsx';
import { versions as words } from '../../words/versions.ts';
import { type Difference, differences } from './diff.ts';

/** An earlier version against the present one, setting by setting, and the way back to it. */
export function Comparison({ tenant, sync, version }: { tenant: string; sync: Sync; version: number }) {
  const may = useMay('operate');
  const { data, error } = useQuery(versionQuery(tenant, sync.object, version));
  if (error) return <ProblemBox error={error} />;
  if (!data) return null;
  const found = differences(data.config, sync.config);
  return (
    <Panel title={words.comparing(version, sync.version)}>
      {found.length === 0 && <Text>{words.none}</Text>}
      {found.length > 0 && (
        <Rows
          label={words.comparing(version, sync.version)}
          columns={[words.setting, words.before(version), words.now].map((label) => ({ label }))}
        >
          {found.map(({ path, from, to }) => (
            <Table.Tr key={path}>
              <Table.Td className="mono">{path}</Table.Td>
              <Table.Td>{from === undefined ? '–' : <Value value={from} />}</Table.Td>
              <Table.Td>{to === undefined ? '–' : <Value value={to} />}</Table.Td>
            </Table.Tr>
          ))}
        </Rows>
      )}
      {may && found.length > 0 && <Restore tenant={tenant} sync={sync} version={version} found={found} />}
    </Panel>
  );
}

interface RestoreProps {
  tenant: string;
  sync: Sync;
  version: number;
  found: readonly Difference[];
}

function Restore({ tenant, sync, version, found }: RestoreProps) {
  const { object } = sync;
  const queries = useQueryClient();
  const navigate = useNavigate();
  const restore = useMutation({
    mutationFn: () =>
      answer(api.versions[':version'].restore.$post({ param: { tenant, object, version: String(version) } })),
    onSuccess: async () => {
      notifications.show({ message: words.restored });
      await queries.invalidateQueries();
      await navigate({ to: '/t/$tenant/$object/versions', params: { tenant, object }, search: {} });
    },
  });
  return (
    <Group>
      <ConfirmedButton
        label={words.restore(version)}
        title={words.restoreTitle}
        button={words.restoreTitle}
        action={restore}
      >
        {words.restoreText(found.length, sync.state === 'enabled' || sync.state === 'paused')}
      </ConfirmedButton>
    </Group>
  );
}
