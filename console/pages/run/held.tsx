import { Stack, Table, Text } from '@mantine/core';
import { To } from '../../parts/link.tsx';
import { Rows } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { ToneBox } from '../../parts/tone.tsx';
import { Change } from '../../parts/value.tsx';
import { BeforeNow } from '../../pictures/before-now.tsx';
import type { Run, RunDetail } from '../../queries.ts';
import { count } from '../../words/numbers.ts';
import { run as words } from '../../words/run.ts';
import { legs } from '../../words/things.ts';

interface Sample {
  hubspotId: string | null;
  pendoId: string | null;
  field: string;
  from: unknown;
  to: unknown;
}

type Held = Pick<Run, 'held' | 'object'>;

/** What to know before deciding: who may, what the guards compared with, and what each of them saw. */
export function HeldRun({ tenant, run }: { tenant: string; run: RunDetail }) {
  const { approval } = run;
  return (
    <Stack gap="lg">
      {approval?.refusal && (
        <ToneBox tone="wait">
          <Text fw={600}>{approval.refusal.message}</Text>
          <Text>{approval.refusal.fix}</Text>
        </ToneBox>
      )}
      {approval?.fourEyes && approval.refusal === null && <Text>{words.fourEyes}</Text>}
      {approval?.baseline && (
        <Text>
          {words.baseline}{' '}
          <To underlined to="/t/$tenant/runs/$run" params={{ tenant, run: approval.baseline.run }} search={{}}>
            {words.title(approval.baseline.run)}
          </To>
          , <Time at={approval.baseline.at} />.
        </Text>
      )}
      <HeldGuards tenant={tenant} run={run} />
    </Stack>
  );
}

/** Each guard that tripped: what was expected, what came, and samples of what would be written. */
export function HeldGuards({ tenant, run }: { tenant: string; run: Held }) {
  return (
    <Stack gap="lg">
      {run.held.map((held) => (
        <Stack key={`${held.leg} ${held.test} ${held.subject}`} gap={6}>
          <Text fw={600}>
            {legs[held.leg]}: {held.message}
          </Text>
          <BeforeNow before={held.before} now={held.now} limit={held.limit} />
          {held.limit !== undefined && (
            <Text fz="sm" c="dimmed">
              {words.limit[held.test](count(held.limit))}
            </Text>
          )}
          <Samples tenant={tenant} run={run} samples={(held.samples ?? []) as unknown as Sample[]} />
        </Stack>
      ))}
    </Stack>
  );
}

function Samples({ tenant, run, samples }: { tenant: string; run: Held; samples: readonly Sample[] }) {
  if (samples.length === 0) return null;
  // Where all are of one field, the sentence above names it.
  const several = new Set(samples.map(({ field }) => field)).size > 1;
  const columns = [words.record, ...(several ? [words.field] : []), words.changes];
  return (
    <Rows label={words.samples} columns={columns.map((label) => ({ label }))}>
      {samples.map(({ hubspotId, pendoId, field, from, to }) => (
        <Table.Tr key={`${hubspotId} ${pendoId} ${field}`}>
          <Table.Td>
            <To
              mono
              to="/t/$tenant/$object/records/$side/$id"
              params={{
                tenant,
                object: run.object,
                side: hubspotId === null ? 'pendo' : 'hubspot',
                id: hubspotId ?? pendoId ?? '',
              }}
            >
              {pendoId ?? hubspotId}
            </To>
          </Table.Td>
          {several && <Table.Td className="mono">{field}</Table.Td>}
          <Table.Td>
            <Change from={from} to={to} />
          </Table.Td>
        </Table.Tr>
      ))}
    </Rows>
  );
}
