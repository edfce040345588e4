import { Table, Text } from '@mantine/core';
import { Panel } from '../../parts/panel.tsx';
import { Rows } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { Value } from '../../parts/value.tsx';
import type { RecordAnswer } from '../../queries.ts';
import { record as words } from '../../words/records.ts';
import { type Leg, legs } from '../../words/things.ts';

type Field = RecordAnswer['legs']['pull']['fields'][number];

const said = {
  keep: words.kept,
  invalid: words.invalid,
  alreadySent: words.alreadySent,
  stopped: words.stopped,
  notRead: words.notRead,
  notCompared: words.notCompared,
} as const;

function stateOf(field: Field): string {
  if (field.owed) return words.owed;
  return field.withheld === undefined ? words.equal : said[field.withheld];
}

/** Both sides field by field: what is there, what should be, and what was last sent. */
export function FieldRows({ leg, fields }: { leg: Leg; fields: readonly Field[] }) {
  if (fields.length === 0) return null;
  return (
    <Panel title={words.fields(legs[leg])}>
      <Rows
        label={words.fields(legs[leg])}
        columns={[words.field, words.wants[leg], words.holds[leg], words.state, words.sent].map((label) => ({ label }))}
      >
        {fields.map((field) => (
          <Table.Tr key={field.field}>
            <Table.Td className="name">{field.field}</Table.Td>
            <Table.Td>
              <Value value={field.wants} />
            </Table.Td>
            <Table.Td>
              <Value value={field.holds} />
            </Table.Td>
            <Table.Td>
              <Text inherit fw={field.owed ? 600 : 400}>
                {stateOf(field)}
              </Text>
            </Table.Td>
            <Table.Td>
              {field.lastSent ? (
                <>
                  <Value value={field.lastSent.value} />
                  <Text fz="xs" c="dimmed">
                    <Time at={field.lastSent.at} />, {field.lastSent.confirmed ? words.confirmed : words.unconfirmed}
                  </Text>
                </>
              ) : (
                '–'
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Rows>
    </Panel>
  );
}
