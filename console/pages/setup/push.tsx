import { Button, Checkbox, Group, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { ProblemBox } from '../../parts/problem.tsx';
import { setup } from '../../words/setup.ts';
import { metrics } from '../../words/sync.ts';
import { type StepProps, useSaveConfig } from './save.ts';

const words = setup.push;
const windows = [7, 30, 90, 180] as const;

export function PushStep(props: StepProps) {
  const { object, sync } = props;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(
    () => new Set(sync?.config.push.flatMap((field) => ('metric' in field ? [field.metric] : []))),
  );
  const [window, setWindow] = useState<(typeof windows)[number]>(sync?.config.window ?? 180);
  const save = useSaveConfig(props);
  const before = Map.groupBy(sync?.config.push ?? [], (field) => ('metric' in field ? (field.metric as string) : null));
  const of = Object.entries(metrics).filter(([name]) => object === 'account' || name !== 'totalVisitors');
  return (
    <Stack>
      <Text>{words.lead}</Text>
      {(['Usage', 'NPS'] as const).map((group) => (
        <Stack key={group} gap="sm">
          <Title order={3}>{group}</Title>
          {of
            .filter(([, metric]) => metric.group === group)
            .map(([name, metric]) => (
              <Checkbox
                key={name}
                label={metric.label}
                description={metric.means}
                checked={chosen.has(name)}
                onChange={(event) => {
                  const next = new Set(chosen);
                  if (event.currentTarget.checked) next.add(name);
                  else next.delete(name);
                  setChosen(next);
                }}
              />
            ))}
        </Stack>
      ))}
      <div>
        <Text fz="sm" fw={500}>
          {words.window}
        </Text>
        <SegmentedControl
          aria-label={words.window}
          value={String(window)}
          onChange={(value) => setWindow(Number(value) as typeof window)}
          data={windows.map((days) => ({ value: String(days), label: words.windowDays(days) }))}
        />
      </div>
      {save.error && <ProblemBox error={save.error} />}
      <Group>
        <Button
          loading={save.isPending}
          disabled={sync === undefined}
          onClick={() =>
            save.mutate({
              window,
              push: [
                ...[...chosen].flatMap((metric) => before.get(metric) ?? [{ metric: metric as 'firstVisit' }]),
                // What this page does not show stays as it is.
                ...(before.get(null) ?? []),
              ],
            })
          }
        >
          {setup.saveAndGo}
        </Button>
      </Group>
    </Stack>
  );
}
