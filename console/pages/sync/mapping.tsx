import { Group, Table, Text } from '@mantine/core';
import { ButtonTo, To } from '../../parts/link.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Rows } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import type { Sync } from '../../queries.ts';
import { useMay } from '../../shell/session.tsx';
import { metrics, sync as words } from '../../words/sync.ts';
import { legs, objects, vendors } from '../../words/things.ts';

/** Which field feeds which, and when that was last changed. */
export function MappingTable({ tenant, sync }: { tenant: string; sync: Sync }) {
  const may = useMay('operate');
  const { config, object } = sync;
  const rows = [
    ...sync.fields.pull.map(({ property, field }) => ({
      leg: 'pull' as const,
      from: `${vendors.hubspot}: ${property}`,
      to: `${vendors.pendo}: ${field}`,
    })),
    ...sync.fields.push.map(({ metric, label, property }) => ({
      leg: 'push' as const,
      from: `${vendors.pendo}: ${(metric && metrics[metric]?.label) ?? label}`,
      to: `${vendors.hubspot}: ${property}`,
    })),
  ];
  return (
    <Panel
      title={words.mapping}
      aside={
        may && (
          <ButtonTo
            size="xs"
            variant="default"
            target={{ to: '/t/$tenant/setup', params: { tenant }, search: { object, step: 'match' } }}
          >
            {words.edit}
          </ButtonTo>
        )
      }
    >
      <Text>{words.joinKey(config.joinKey.property, objects[object].pendo)}</Text>
      <Rows label={words.mapping} columns={[{ label: '' }, { label: words.from }, { label: words.to }]}>
        {rows.map((row) => (
          <Table.Tr key={`${row.leg} ${row.from} ${row.to}`}>
            <Table.Td>{legs[row.leg]}</Table.Td>
            <Table.Td className="mono">{row.from}</Table.Td>
            <Table.Td className="mono">{row.to}</Table.Td>
          </Table.Tr>
        ))}
      </Rows>
      <Group gap="md" fz="sm" c="dimmed">
        <span>{words.schedule(config.schedule.cron, config.schedule.timeZone)}</span>
        <span>
          <To underlined to="/t/$tenant/$object/versions" params={{ tenant, object }} search={{}}>
            {words.version(sync.version)}
          </To>
          , {words.changed.toLowerCase()} <Time at={sync.updatedAt} />
        </span>
      </Group>
    </Panel>
  );
}
