import { Button, Checkbox, Group, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import type { PushMapping } from '../../../src/sync/push-mapping.ts';
import type { Sync } from '../../queries.ts';
import { setup } from '../../words/setup.ts';
import { metrics } from '../../words/sync.ts';
import { FieldProblems } from './field-problems.tsx';
import { useCheckedPush } from './push-check.ts';
import type { SourceEntry } from './push-entry.ts';
import { PushSources } from './push-sources.tsx';
import { type StepProps, useSaveConfig } from './save.ts';
import { SaveProblem } from './save-problem.tsx';

const words = setup.push;
const windows = [7, 30, 90, 180] as const;

export function PushStep(props: StepProps) {
  if (props.sync === undefined) return <Text>{words.keyFirst}</Text>;
  return <PushForm {...props} sync={props.sync} />;
}

function PushForm(props: StepProps & { sync: Sync }) {
  const { tenant, object, sync } = props;
  const stored: readonly PushMapping[] = sync.config.push;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(
    () => new Set(stored.flatMap((field) => ('metric' in field ? [field.metric] : []))),
  );
  const [sources, setSources] = useState<SourceEntry[]>(() => stored.filter((field) => 'source' in field));
  const [window, setWindow] = useState(sync.config.window);
  const save = useSaveConfig(props);
  const before = Map.groupBy(stored, (field) => ('metric' in field ? (field.metric as string) : null));
  // A field that is counted over several windows stands there several times.
  const ofMetrics = [...chosen].flatMap(
    (metric): readonly PushMapping[] => before.get(metric) ?? [{ metric: metric as 'firstVisit' }],
  );
  const push = [...ofMetrics, ...sources];
  const check = { tenant, object, sync, window, push };
  const checked = useCheckedPush(check);
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
              <Stack key={name} gap={2}>
                <Checkbox
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
                {ofMetrics.map((field, at) => {
                  if (!('metric' in field) || field.metric !== name) return null;
                  const found = checked.fieldOf(at);
                  return (
                    <div key={field.window ?? 0} style={{ paddingLeft: 32 }}>
                      {found && (
                        <Text fz="xs" c="dimmed">
                          {words.property}: <span className="mono">{found.property}</span>
                        </Text>
                      )}
                      <FieldProblems problems={checked.problemsOf(at)} />
                    </div>
                  );
                })}
              </Stack>
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
      <PushSources
        tenant={tenant}
        object={object}
        entries={sources}
        onChange={setSources}
        check={check}
        checked={checked}
      />
      <SaveProblem save={save} />
      <Group>
        <Button loading={save.isPending} onClick={() => save.mutate({ window, push })}>
          {setup.saveAndGo}
        </Button>
      </Group>
    </Stack>
  );
}
