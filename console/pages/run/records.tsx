import { Anchor, Button, Group, SegmentedControl, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { To } from '../../parts/link.tsx';
import { Waiting } from '../../parts/page.tsx';
import { Nothing } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { Rows } from '../../parts/table.tsx';
import { ToneMark } from '../../parts/tone.tsx';
import { Change } from '../../parts/value.tsx';
import { type RunDetail, recordsQuery } from '../../queries.ts';
import { common } from '../../words/common.ts';
import { count } from '../../words/numbers.ts';
import { run as words } from '../../words/run.ts';
import { type Leg, legs, outcomeOrder, outcomes } from '../../words/things.ts';

type Outcome = Parameters<typeof recordsQuery>[3];

interface Props {
  tenant: string;
  run: RunDetail;
  search: { leg?: Leg | undefined; outcome?: string | undefined; after?: string | undefined };
}

/** The worst outcome that some record has: what a person came for. */
function worst(counts: Readonly<Record<string, number>>): string | undefined {
  return outcomeOrder.find((outcome) => (counts[outcome] ?? 0) > 0);
}

export function RunRecords({ tenant, run, search }: Props) {
  const navigate = useNavigate();
  const of = run.counts.legs ?? {};
  const rank = (one: Leg): number => {
    const found = worst(of[one] ?? {});
    return found === undefined ? outcomeOrder.length : outcomeOrder.indexOf(found);
  };
  const leg: Leg = search.leg ?? (rank('push') < rank('pull') ? 'push' : 'pull');
  const counts = of[leg] ?? {};
  const outcome = search.outcome ?? worst(counts) ?? 'written';
  const { data, error, refetch } = useQuery({
    ...recordsQuery(tenant, run.id, leg, outcome as Outcome, search.after),
    refetchInterval: false,
  });
  const set = (change: Partial<Props['search']>): void =>
    void navigate({ to: '.', search: (before) => ({ ...before, after: undefined, ...change }), resetScroll: false });
  const csv = `/v1/tenants/${tenant}/runs/${run.id}/records.csv?leg=${leg}&outcome=${outcome}`;
  return (
    <Stack gap="sm" id="records">
      <Group justify="space-between">
        <SegmentedControl
          value={leg}
          onChange={(value) => set({ leg: value as Leg, outcome: undefined })}
          data={(['pull', 'push'] as const).map((value) => ({ value, label: legs[value] }))}
          aria-label={words.records}
        />
        <Anchor href={csv} download fz="sm">
          {words.csv}
        </Anchor>
      </Group>
      <Group gap={6}>
        {outcomeOrder
          .filter((name) => (counts[name] ?? 0) > 0)
          .map((name) => (
            <Button
              key={name}
              size="xs"
              variant={name === outcome ? 'filled' : 'default'}
              onClick={() => set({ leg, outcome: name })}
              aria-pressed={name === outcome}
              title={outcomes[name]?.means}
            >
              {outcomes[name]?.word ?? name} {count(counts[name] ?? 0)}
            </Button>
          ))}
      </Group>
      {outcomes[outcome] && (
        <Text fz="sm" c="dimmed">
          {outcomes[outcome].means}
        </Text>
      )}
      {error && <ProblemBox error={error} retry={() => void refetch()} />}
      {data === undefined && !error && <Waiting rows={6} />}
      {data?.records.length === 0 && <Nothing>{words.noRecords}</Nothing>}
      {data && data.records.length > 0 && (
        <Rows
          label={words.records}
          columns={[
            { label: words.record },
            { label: words.partner },
            { label: words.outcome },
            { label: words.changes },
          ]}
        >
          {data.records.map((record) => (
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
      )}
      {data?.next && (
        <Group>
          {search.after && (
            <Button size="xs" variant="default" onClick={() => window.history.back()}>
              {common.previous}
            </Button>
          )}
          <Button size="xs" variant="default" onClick={() => set({ leg, outcome, after: data.next ?? undefined })}>
            {common.next}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

/** Our words first, then the vendor's own. */
function Reason({ reason }: { reason: Record<string, unknown> | null }) {
  if (reason === null) return null;
  const said = [reason.message, reason.vendorText].filter((text) => typeof text === 'string' && text !== '');
  return (
    <Text fz="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
      {[String(reason.code ?? ''), ...said].join(' · ')}
    </Text>
  );
}
