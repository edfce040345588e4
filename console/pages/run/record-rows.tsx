import { Stack, Table, Text } from '@mantine/core';
import { To } from '../../parts/link.tsx';
import { Rows } from '../../parts/table.tsx';
import { ToneMark } from '../../parts/tone.tsx';
import { Change } from '../../parts/value.tsx';
import type { RunDetail, RunRecord } from '../../queries.ts';
import { common } from '../../words/common.ts';
import { run as words } from '../../words/run.ts';
import { type Leg, outcomes } from '../../words/things.ts';

interface Props {
  tenant: string;
  run: RunDetail;
  leg: Leg;
  records: readonly RunRecord[];
}

/** Records of a run, each with its outcome, the reason, and what changed. */
export function RecordRows({ tenant, run, leg, records }: Props) {
  const columns = [words.record, words.partner, words.outcome, words.changes];
  return (
    <Rows label={words.records} columns={columns.map((label) => ({ label }))}>
      {records.map((record) => (
        <Table.Tr key={record.id}>
          <Table.Td>
            <To
              mono
              to="/t/$tenant/$object/records/$side/$id"
              params={{ tenant, object: run.object, side: leg === 'pull' ? 'hubspot' : 'pendo', id: record.id }}
            >
              {record.id}
            </To>
          </Table.Td>
          <Table.Td className="mono">{record.partnerId ?? common.none}</Table.Td>
          <Table.Td>
            <Stack gap={2} align="flex-start">
              <ToneMark
                tone={outcomes[record.outcome]?.tone ?? 'idle'}
                word={outcomes[record.outcome]?.word ?? record.outcome}
              />
              <Reason reason={record.reason} />
            </Stack>
          </Table.Td>
          <Table.Td>
            {Object.entries(record.changes ?? {}).map(([field, [from, to]]) => (
              <div key={field}>
                <Text component="span" fz="sm" c="dimmed" className="mono">
                  {field}{' '}
                </Text>
                <Change from={from} to={to} />
              </div>
            ))}
          </Table.Td>
        </Table.Tr>
      ))}
    </Rows>
  );
}

/** Our words first, then the vendor's own. */
function Reason({ reason }: Pick<RunRecord, 'reason'>) {
  if (reason === null) return null;
  const said = [reason.message, reason.vendorText].filter((text) => typeof text === 'string' && text !== '');
  return (
    <Text fz="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
      {[String(reason.code ?? ''), ...said].join(' · ')}
    </Text>
  );
}
