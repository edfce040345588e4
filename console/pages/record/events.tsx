import { Table } from '@mantine/core';
import { Panel } from '../../parts/panel.tsx';
import { Rows } from '../../parts/table.tsx';
import { ToneMark } from '../../parts/tone.tsx';
import type { RecordAnswer } from '../../queries.ts';
import { events as words } from '../../words/events.ts';
import { count, dayName } from '../../words/numbers.ts';

/** Occurrences of custom events of this record, the newest days first. */
export function SentEvents({ occurrences }: Pick<RecordAnswer, 'occurrences'>) {
  if (occurrences.length === 0) return null;
  const { sentColumns: columns, sentTitle } = words;
  return (
    <Panel title={sentTitle}>
      <Rows
        label={sentTitle}
        columns={[
          { label: columns.day },
          { label: columns.event },
          { label: columns.count, align: 'right' },
          { label: columns.state },
        ]}
      >
        {occurrences.map(({ source, id, day, count: n, state, uuid, run }) => (
          <Table.Tr key={`${source} ${id} ${day} ${uuid ?? ''} ${run ?? ''}`}>
            <Table.Td>{dayName(day)}</Table.Td>
            <Table.Td>
              {words.kinds[source as keyof typeof words.kinds] ?? source} <span className="mono">{id}</span>
            </Table.Td>
            <Table.Td ta="right">{count(n)}</Table.Td>
            <Table.Td>
              <ToneMark {...words.states[state]} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Rows>
    </Panel>
  );
}
