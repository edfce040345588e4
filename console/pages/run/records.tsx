import { Anchor, Button, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Waiting } from '../../parts/page.tsx';
import { Nothing } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { type RunDetail, recordsQuery } from '../../queries.ts';
import { common } from '../../words/common.ts';
import { count } from '../../words/numbers.ts';
import { run as words } from '../../words/run.ts';
import { type Leg, legs, outcomeOrder, outcomes } from '../../words/things.ts';
import { RecordRows } from './record-rows.tsx';

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

/** What the address says, and otherwise where the worst is. */
function chosenOf({ run, search }: Pick<Props, 'run' | 'search'>) {
  const of = run.counts.legs ?? {};
  const rank = (one: Leg): number => {
    const found = worst(of[one] ?? {});
    return found === undefined ? outcomeOrder.length : outcomeOrder.indexOf(found);
  };
  const leg: Leg = search.leg ?? (rank('push') < rank('pull') ? 'push' : 'pull');
  const counts = of[leg] ?? {};
  return { leg, counts, outcome: search.outcome ?? worst(counts) ?? 'written' };
}

/** The records of a run by direction and outcome, a page at a time. */
export function RunRecords({ tenant, run, search }: Props) {
  const navigate = useNavigate();
  const { leg, counts, outcome } = chosenOf({ run, search });
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
      <Outcomes counts={counts} chosen={outcome} onChoose={(name) => set({ leg, outcome: name })} />
      {error && <ProblemBox error={error} retry={() => void refetch()} />}
      {data === undefined && !error && <Waiting rows={6} />}
      {data?.records.length === 0 && <Nothing>{words.noRecords}</Nothing>}
      {data && data.records.length > 0 && <RecordRows tenant={tenant} run={run} leg={leg} records={data.records} />}
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

interface OutcomesProps {
  counts: Readonly<Record<string, number>>;
  chosen: string;
  onChoose: (outcome: string) => void;
}

/** Those that some record has, worst first, and what the chosen one means. */
function Outcomes({ counts, chosen, onChoose }: OutcomesProps) {
  return (
    <>
      <Group gap={6}>
        {outcomeOrder
          .filter((name) => (counts[name] ?? 0) > 0)
          .map((name) => (
            <Button
              key={name}
              size="xs"
              variant={name === chosen ? 'filled' : 'default'}
              onClick={() => onChoose(name)}
              aria-pressed={name === chosen}
              title={outcomes[name]?.means}
            >
              {outcomes[name]?.word ?? name} {count(counts[name] ?? 0)}
            </Button>
          ))}
      </Group>
      {outcomes[chosen] && (
        <Text fz="sm" c="dimmed">
          {outcomes[chosen].means}
        </Text>
      )}
    </>
  );
}
