import { Button, Group, Stack, Table, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '../../api.ts';
import { To } from '../../parts/link.tsx';
import { Waiting } from '../../parts/page.tsx';
import { Nothing } from '../../parts/panel.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { Rows } from '../../parts/table.tsx';
import { ToneBox } from '../../parts/tone.tsx';
import { Change } from '../../parts/value.tsx';
import { MatchBar } from '../../pictures/match-bar.tsx';
import { activeStates, runQuery, runsQuery } from '../../queries.ts';
import { count } from '../../words/numbers.ts';
import { setup } from '../../words/setup.ts';
import { legs } from '../../words/things.ts';
import { RunProgress } from '../run/progress.tsx';
import { type Preview, previewFigures } from './preview-figures.ts';
import type { StepProps } from './save.ts';

const words = setup.preview;

export function PreviewStep({ tenant, object, sync, onNext }: StepProps) {
  const queries = useQueryClient();
  const latest = useQuery(runsQuery(tenant, { object, limit: 20 })).data?.runs.find((run) => run.trigger === 'preview');
  const run = useQuery({ ...runQuery(tenant, latest?.id ?? ''), enabled: latest !== undefined }).data;
  const start = useMutation({
    mutationFn: () => answer(api.syncs[':object'].preview.$post({ param: { tenant, object } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['runs', tenant] }),
  });
  const running = run !== undefined && activeStates.includes(run.state);
  const preview = run?.preview as Preview | null | undefined;
  return (
    <Stack>
      <Text>{words.lead}</Text>
      {start.error && <ProblemBox error={start.error} />}
      {latest === undefined && !start.isPending && <Nothing>{words.none}</Nothing>}
      {latest !== undefined && run === undefined && <Waiting />}
      {running && (
        <Stack>
          <Text role="status">{words.running}</Text>
          <RunProgress run={run} />
        </Stack>
      )}
      {run && !running && run.reason && (
        <ToneBox tone="act">
          {run.reason.message} {run.reason.fix}
        </ToneBox>
      )}
      {run && sync && run.configVersion !== sync.version && !running && <ToneBox tone="wait">{words.stale}</ToneBox>}
      {run && preview && <Found preview={preview} read={run.counts.read ?? {}} />}
      <Group>
        <Button
          variant={preview ? 'default' : 'filled'}
          loading={start.isPending || running}
          disabled={sync === undefined}
          onClick={() => start.mutate()}
        >
          {preview ? words.again : words.start}
        </Button>
        {preview && run && (
          <>
            <To to="/t/$tenant/runs/$run" params={{ tenant, run: run.id }} search={{}}>
              {words.openRun}
            </To>
            <Button onClick={onNext}>{setup.next}</Button>
          </>
        )}
      </Group>
    </Stack>
  );
}

function Found({ preview, read }: { preview: Preview; read: Record<string, number> }) {
  const figures = previewFigures(preview);
  const { match, fields, examples, estimate } = preview;
  const sorted = fields.toSorted((a, b) => b.cleared + b.zeroed - (a.cleared + a.zeroed) || b.changes - a.changes);
  return (
    <Stack>
      <ToneBox tone={match.matched === 0 ? 'act' : figures.lost > 0 ? 'wait' : 'good'}>
        <Text fz="lg">
          {match.matched === 0 ? words.nothingMatched : words.answer(figures.changed, figures.lost, figures.created)}
        </Text>
        <Text>
          {match.matched === 0 ? words.nothingMatchedWhy : estimate && words.estimate(figures.calls, figures.seconds)}
        </Text>
      </ToneBox>
      <MatchBar
        hubspot={(read.hubspot ?? 0) - match.matched}
        both={match.matched}
        pendo={(read.pendo ?? 0) - match.matched}
      />
      {fields.length > 0 && (
        <Rows
          label={words.changes}
          columns={[
            { label: words.field },
            { label: words.changesOf, align: 'right' },
            { label: words.cleared, align: 'right' },
            { label: words.zeroed, align: 'right' },
            { label: words.example },
          ]}
        >
          {sorted.map((field) => (
            <Table.Tr key={`${field.leg} ${field.field}`}>
              <Table.Td>
                <span className="name">{field.field}</span>
                <Text fz="xs" c="dimmed">
                  {legs[field.leg]}
                </Text>
              </Table.Td>
              <Table.Td ta="right">{count(field.changes)}</Table.Td>
              <Table.Td ta="right" style={{ color: field.cleared > 0 ? 'var(--cw-act)' : undefined }}>
                {count(field.cleared)}
              </Table.Td>
              <Table.Td ta="right" style={{ color: field.zeroed > 0 ? 'var(--cw-act)' : undefined }}>
                {count(field.zeroed)}
              </Table.Td>
              <Table.Td>
                {field.samples[0] && <Change from={field.samples[0].from} to={field.samples[0].to} />}
              </Table.Td>
            </Table.Tr>
          ))}
        </Rows>
      )}
      {match.nearMisses > 0 && (
        <Stack gap={4}>
          <Text fw={600}>{words.near}</Text>
          <Text>{words.nearText(match.nearMisses)}</Text>
          <Rows label={words.near} columns={[{ label: words.hubspotKey }, { label: words.pendoKey }]}>
            {examples.nearMisses.map((near) => (
              <Table.Tr key={`${near.hubspotId} ${near.pendoId}`}>
                <Table.Td className="mono">{near.hubspotKey}</Table.Td>
                <Table.Td className="mono">{near.pendoKey}</Table.Td>
              </Table.Tr>
            ))}
          </Rows>
        </Stack>
      )}
      {examples.ambiguous.length > 0 && (
        <Stack gap={4}>
          <Text fw={600}>{words.ambiguous}</Text>
          <Text>{words.ambiguousText}</Text>
          <Rows
            label={words.ambiguous}
            columns={[{ label: words.hubspotKey }, { label: 'HubSpot' }, { label: 'Pendo' }]}
          >
            {examples.ambiguous.map((shared) => (
              <Table.Tr key={shared.key}>
                <Table.Td className="mono">{shared.key}</Table.Td>
                <Table.Td className="mono">{shared.hubspotIds.join(', ')}</Table.Td>
                <Table.Td className="mono">{shared.pendoIds.join(', ')}</Table.Td>
              </Table.Tr>
            ))}
          </Rows>
        </Stack>
      )}
    </Stack>
  );
}
