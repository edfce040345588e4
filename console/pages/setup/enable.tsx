import { Button, Group, List, Select, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { answer, api } from '../../api.ts';
import { ButtonTo } from '../../parts/link.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { runQuery, runsQuery } from '../../queries.ts';
import { readerZone } from '../../words/numbers.ts';
import { setup } from '../../words/setup.ts';
import { sync as syncWords } from '../../words/sync.ts';
import type { Leg } from '../../words/things.ts';
import type { StepProps } from './save.ts';

const words = setup.enable;
const zones = Intl.supportedValuesOf('timeZone');

export function EnableStep({ tenant, object, sync }: StepProps) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const config = sync?.config;
  const [cron, setCron] = useState(config?.schedule.cron ?? '0 4 * * *');
  const [zone, setZone] = useState(sync?.state === 'draft' ? readerZone : (config?.schedule.timeZone ?? readerZone));
  const latest = useQuery(runsQuery(tenant, { object, limit: 20 })).data?.runs.find(
    (run) => run.trigger === 'preview' && run.state === 'succeeded',
  );
  const preview = useQuery({ ...runQuery(tenant, latest?.id ?? ''), enabled: latest !== undefined }).data;
  const current = preview !== undefined && preview.configVersion === sync?.version;
  const written = current && preview.preview !== null ? writtenOf(preview.counts.legs) : null;
  const enable = useMutation({
    mutationFn: async () => {
      if (config === undefined) throw new Error('nothing is configured');
      if (config.schedule.cron !== cron || config.schedule.timeZone !== zone) {
        await answer(
          api.syncs[':object'].$put({
            param: { tenant, object },
            query: { version: String(sync?.version ?? 0) },
            json: { ...config, schedule: { ...config.schedule, cron, timeZone: zone } },
          }),
        );
      }
      return answer(api.syncs[':object'].enable.$post({ param: { tenant, object } }));
    },
    onSuccess: async ({ run }) => {
      await queries.invalidateQueries();
      await navigate({ to: '/t/$tenant/runs/$run', params: { tenant, run: run.id }, search: {} });
    },
  });
  if (sync === undefined) return <Text>{syncWords.notConfigured}</Text>;
  if (sync.state === 'enabled') {
    return (
      <Stack align="flex-start">
        <Text>{words.already}</Text>
        <ButtonTo target={{ to: '/t/$tenant/$object', params: { tenant, object } }}>{words.watch}</ButtonTo>
      </Stack>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        enable.mutate();
      }}
    >
      <Stack>
        <Text>{words.lead}</Text>
        <List>
          <List.Item>{written === null ? words.nowUnknown : words.now(written)}</List.Item>
          <List.Item>{words.afterwards(cron, zone)}</List.Item>
        </List>
        <Group align="flex-end">
          <TextInput
            label={words.schedule}
            value={cron}
            onChange={(event) => setCron(event.currentTarget.value)}
            description={words.scheduleHint}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
            required
          />
          <Select
            label={words.zone}
            data={zones.includes(zone) ? zones : [zone, ...zones]}
            value={zone}
            onChange={(value) => setZone(value ?? readerZone)}
            searchable
            allowDeselect={false}
            limit={100}
          />
        </Group>
        {enable.error && <ProblemBox error={enable.error} />}
        <Group>
          <Button type="submit" loading={enable.isPending} size="md">
            {words.button(written && written.pull + written.push)}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function writtenOf(legs: Record<string, Record<string, number>> | undefined): Record<Leg, number> {
  return { pull: legs?.pull?.written ?? 0, push: legs?.push?.written ?? 0 };
}
