import { Stack, Table, Text } from '@mantine/core';
import { Rows } from '../../parts/table.tsx';
import { Change } from '../../parts/value.tsx';
import { BeforeNow } from '../../pictures/before-now.tsx';
import type { Run } from '../../queries.ts';
import { run as words } from '../../words/run.ts';
import { legs } from '../../words/things.ts';

interface Sample {
  hubspotId: string | null;
  pendoId: string | null;
  field: string;
  from: unknown;
  to: unknown;
}

/** Each guard that tripped: what was expected, what came, and samples of what would be written. */
export function HeldGuards({ run }: { run: Pick<Run, 'held'> }) {
  return (
    <Stack gap="lg">
      {run.held.map((held) => {
        const samples = (held.samples ?? []) as unknown as Sample[];
        return (
          <Stack key={`${held.leg} ${held.test} ${held.subject}`} gap={6}>
            <Text fw={600}>
              {legs[held.leg]}: {held.message}
            </Text>
            <BeforeNow before={held.before} now={held.now} />
            {samples.length > 0 && (
              <Rows
                label={words.samples}
                columns={[{ label: words.record }, { label: words.field }, { label: words.changes }]}
              >
                {samples.map((sample) => (
                  <Table.Tr key={`${sample.hubspotId} ${sample.pendoId} ${sample.field}`}>
                    <Table.Td className="mono">{sample.pendoId ?? sample.hubspotId}</Table.Td>
                    <Table.Td className="mono">{sample.field}</Table.Td>
                    <Table.Td>
                      <Change from={sample.from} to={sample.to} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Rows>
            )}
          </Stack>
        );
      })}
    </Stack>
  );
}
