import { Button, Group, List, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ButtonTo } from '../../parts/link.tsx';
import { ProblemBox } from '../../parts/problem.tsx';
import { runQuery, runsQuery, type Sync } from '../../queries.ts';
import { events } from '../../words/events.ts';
import { readerZone } from '../../words/numbers.ts';
import { setup } from '../../words/setup.ts';
import { sync as syncWords } from '../../words/sync.ts';
import type { Leg } from '../../words/things.ts';
import type { Preview } from './preview-figures.ts';
import type { StepProps } from './save.ts';
import { ScheduleFields } from './schedule.tsx';
import { useEnable } from './use-enable.ts';

const words = setup.enable;

export function EnableStep(props: StepProps) {
  const { tenant, object, sync } = props;
  if (sync === undefined) return <Text>{syncWords.notConfigured}</Text>;
  if (sync.state === 'enabled') {
    return (
      <Stack align="flex-start">
        <Text>{words.already}</Text>
        <ButtonTo target={{ to: '/t/$tenant/$object', params: { tenant, object } }}>{words.watch}</ButtonTo>
      </Stack>
    );
  }
  return <EnableForm tenant={tenant} sync={sync} />;
}

function EnableForm({ tenant, sync }: { tenant: string; sync: Sync }) {
  const { schedule } = sync.config;
  const [cron, setCron] = useState(schedule.cron);
  const [zone, setZone] = useState(sync.state === 'draft' ? readerZone : schedule.timeZone);
  const { written, occurrences } = useForeseen(tenant, sync);
  const enable = useEnable(tenant, sync, { cron, zone });
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
          <List.Item>
            {written === null ? words.nowUnknown : words.now(written)} {occurrences > 0 && events.nowAlso(occurrences)}
          </List.Item>
          <List.Item>{words.afterwards(cron, zone)}</List.Item>
        </List>
        <ScheduleFields cron={cron} onCron={setCron} zone={zone} onZone={setZone} />
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

/** What the first run will write and send, where there is a preview of the configuration as it is. */
function useForeseen(
  tenant: string,
  { object, version }: Sync,
): { written: Record<Leg, number> | null; occurrences: number } {
  const latest = useQuery(runsQuery(tenant, { object, limit: 20 })).data?.runs.find(
    (run) => run.trigger === 'preview' && run.state === 'succeeded',
  );
  const run = useQuery({ ...runQuery(tenant, latest?.id ?? ''), enabled: latest !== undefined }).data;
  if (run === undefined || run.preview === null || run.configVersion !== version)
    return { written: null, occurrences: 0 };
  const { legs } = run.counts;
  return {
    written: { pull: legs?.pull?.written ?? 0, push: legs?.push?.written ?? 0 },
    occurrences: (run.preview as unknown as Preview).events?.occurrences ?? 0,
  };
}
