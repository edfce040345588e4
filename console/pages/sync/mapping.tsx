import { Group, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { ButtonTo, To } from '../../parts/link.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Rows } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import type { Sync } from '../../queries.ts';
import { useMay } from '../../shell/session.tsx';
import { metrics, sync as words } from '../../words/sync.ts';
import { type Leg, legs, objects } from '../../words/things.ts';

/** Which field feeds which, and when that was last changed. */
export function MappingTable({ tenant, sync }: { tenant: string; sync: Sync }) {
  const may = useMay('operate');
  const { config, object } = sync;
  const pull = sync.fields.pull.map(({ property, field }) => ({ from: property, to: field }));
  const push = sync.fields.push.map(({ metric, label, property }) => ({
    from: (metric && metrics[metric]?.label) ?? label,
    to: property,
  }));
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
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Direction leg="pull" rows={pull} />
        <Direction leg="push" rows={push} />
      </SimpleGrid>
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

function Direction({ leg, rows }: { leg: Leg; rows: readonly { from: string; to: string }[] }) {
  return (
    <Stack gap={4} miw={0}>
      <Title order={3}>{legs[leg]}</Title>
      {rows.length === 0 ? (
        <Text c="dimmed">{words.noField}</Text>
      ) : (
        <Rows label={legs[leg]} columns={[{ label: words.from[leg] }, { label: words.to[leg] }]}>
          {rows.map(({ from, to }) => (
            <Table.Tr key={`${from} ${to}`}>
              <Table.Td className={leg === 'pull' ? 'mono' : undefined}>{from}</Table.Td>
              <Table.Td className="mono">{to}</Table.Td>
            </Table.Tr>
          ))}
        </Rows>
      )}
    </Stack>
  );
}
